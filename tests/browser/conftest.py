"""Debian's Chromium, driven by Selenium, and axe-core from npm. `.ci/run` installs both; without them: skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.browser.browser import Browser
from tests.browser.running import Running

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

#: Nothing of the browser's own goes out; whatever a page asks of another host is not found, and is seen in its log.
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    paths = shutil.which("chromium"), shutil.which("chromedriver")
    if not all(paths):
        pytest.skip("no Chromium with chromedriver here: install Debian's chromium and chromium-driver")
    options = ChromeOptions()
    options.binary_location = str(paths[0])
    for one in (*_OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(one)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options=options, service=Service(str(paths[1])))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    one = Running(tmp_path_factory.mktemp("running"))
    yield one
    one.stop()


@pytest.fixture(scope="session")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    one = Running(tmp_path_factory.mktemp("public"), archive="public")
    yield one
    one.stop()


@pytest.fixture
def browser(chromium: Chrome) -> Iterator[Browser]:
    """With no cookies, on a desk's window. Whatever a test does, nothing may be asked of another host."""
    browser = Browser(chromium)
    browser.fresh()
    yield browser
    ours = ("http://127.0.0.1:", "data:", "chrome:", "about:")
    elsewhere = [url for url in browser.asked() if not url.startswith(ours)]
    assert elsewhere == []


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not here: npm install --prefix tests/browser")
    return AXE.read_text("utf-8")
