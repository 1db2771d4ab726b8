"""What tests do with a browser: go somewhere, read, fill in, press; its window, language, colours; what it asked."""

from __future__ import annotations

import json
from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

PHONE, DESK = (360, 740), (1280, 900)
PATIENCE = 20.0


class Browser:
    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        self._asked: list[str] = []

    def fresh(self, size: tuple[int, int] = DESK) -> None:
        """As nobody who was ever here."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.see()
        self.window(size)
        self.speak("en")
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get_log("browser")

    def window(self, size: tuple[int, int]) -> None:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def speak(self, language: str) -> None:
        """What it asks pages to be in."""
        agent = self.driver.execute_script("return navigator.userAgent")
        override = {"userAgent": agent, "acceptLanguage": language}
        self.driver.execute_cdp_cmd("Network.setUserAgentOverride", override)

    def see(self, scheme: str = "light") -> None:
        """Its reader prefers light or dark pages."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def go(self, url: str) -> None:
        self.driver.get(url)

    @property
    def text(self) -> str:
        """What can be read in the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def heading(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "h1").text

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def fill(self, name: str, text: str) -> None:
        field = self.find(f"[name={name}]")
        field.clear()
        field.send_keys(text)

    def press(self, words: str) -> None:
        """The button with these words; then the page that follows."""
        self._then(self.driver.find_element(By.XPATH, f"//button[normalize-space(.)={words!r}]"))

    def send(self, form: str) -> None:
        """The first form that fits, by its button."""
        self._then(self.find(f"{form} button"))

    def follow(self, link: str) -> None:
        """The first link that fits."""
        self._then(self.find(link))

    def _then(self, element: WebElement) -> None:
        self.driver.execute_script("window.before = true")
        element.click()
        another = "return window.before !== true && document.readyState === 'complete'"
        WebDriverWait(self.driver, PATIENCE).until(lambda driver: driver.execute_script(another))

    def asked(self) -> list[str]:
        """All URLs that pages asked for since `fresh`."""
        for entry in self.driver.get_log("performance"):
            event: dict[str, Any] = json.loads(entry["message"])["message"]
            if event["method"] == "Network.requestWillBeSent":
                self._asked.append(event["params"]["request"]["url"])
        return self._asked

    def complaints(self) -> list[str]:
        """What the browser did not like: a policy that was not kept, a file that was not there."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def overflows(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth"))

    def violations(self, axe: str) -> list[str]:
        """What axe-core finds wrong with the page: each rule, with the first place."""
        self.driver.execute_script(axe)
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']})"
            ".then(r => done(r.violations), e => done([{id: String(e), nodes: []}]))"
        )
        return [f"{one['id']}: {[node['html'] for node in one['nodes']][:2]}" for one in found]
