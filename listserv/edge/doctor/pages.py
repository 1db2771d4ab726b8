"""Whether the links in our mails lead to our pages, from here at least."""

from __future__ import annotations

import urllib.error
import urllib.request

from listserv.core.mail.compliance import Finding, failed, ok, skipped

CHECK = "pages"
PATIENCE = 10.0


def look(base_url: str, *, open_: bool, deep: bool) -> list[Finding]:
    """`open_`: there is a [web]. `deep`: they are asked for, as participants would."""
    rule = "RFC 8058 §3.2"
    if not open_:
        return [skipped(CHECK, "listserv.toml has no [web], and mails link to no page.")]
    if not deep:
        return [skipped(CHECK, f"{base_url} is asked for with --deep only.")]
    url = f"{base_url}/health"
    do = "Start serve, and check that the web server in front passes requests on."
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 (http or https, by the settings)
            said = answer.read(1000).strip()
    except urllib.error.HTTPError as error:
        error.close()
        return [failed(CHECK, f"{url} answers {error.code}.", do, rule)]
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        return [failed(CHECK, f"{url} cannot be reached ({why}).", do, rule)]
    word, _, why = said.decode("ascii", "replace").partition("\n")
    if word == "warn":
        return [
            failed(CHECK, f"{url} warns: {'; '.join(why.splitlines())}.", "See what it names, and start that part.")
        ]
    if word != "ok":
        return [failed(CHECK, f"{url} is answered by something else.", do, rule)]
    return [ok(CHECK, f"{url} answers.", rule)]
