"""The mailbox that mail is fetched from: whether we can log in, and whether its folders are there."""

from __future__ import annotations

from listserv.core.mail.compliance import Finding, failed, ok
from listserv.edge.mailbox import Account, Mailbox, Trouble

CHECK = "mailbox"


def look(account: Account) -> list[Finding]:
    """Logs in, selects the folder, makes those that are missing as `serve` would. No mail is touched."""
    try:
        mailbox = Mailbox(account)
    except Trouble as trouble:
        return [failed(CHECK, f"{str(trouble).rstrip('.')}.", "Mend [intake.imap] in listserv.toml.", "RFC 9051 §6")]
    mailbox.close()
    folders = f"{account.folder}, {mailbox.done} and {mailbox.quarantine}"
    return [ok(CHECK, f"{account.place} lets us in; {folders} are there.", "RFC 9051 §6")]
