"""How mail programs write: the same words as Gmail, Outlook, Apple Mail, a phone … would send them.

A reply is made from the copy that stands in the writer's own Maildir: its Reply-To, its Message-ID, its text quoted
in the way of that program. `write` gives the mail's bytes. Never reads a clock or a file.
"""

from __future__ import annotations

import html
import re
import textwrap
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr

from listserv.edge.demo.boxes import text_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be written. `copy`: the mail it answers, as it came; `at` is aware, in the dialogue's zone."""

    id: str
    name: str
    address: str
    to: str
    at: datetime
    subject: str
    text: str
    language: str = "en"
    copy: EmailMessage | None = None

    @property
    def message_id(self) -> str:
        domain = self.address.partition("@")[2]
        return f"<{self.id}.{zlib.crc32(self.text.encode()):08x}@{domain}>"


@dataclass(frozen=True, slots=True)
class Pen:
    """`shown`: the account's words for it; `quotes`: those for what it does with the mail it answers."""

    shown: str
    quotes: str
    fill: Callable[[EmailMessage, Sheet], None]
    program: str
    threads: bool = True  # some telephones send no In-Reply-To


def write(form: str, sheet: Sheet) -> bytes:
    """The mail. Raises KeyError for a form that is none of PENS."""
    pen = PENS[form]
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((sheet.name, sheet.address)) if sheet.name.isascii() else _from(sheet)
    mail["To"] = sheet.to
    mail["Subject"] = sheet.subject
    mail["Date"] = format_datetime(sheet.at)
    mail["Message-ID"] = sheet.message_id
    if sheet.copy is not None and pen.threads:
        mail["In-Reply-To"] = str(sheet.copy["Message-ID"])
        mail["References"] = " ".join([*str(sheet.copy["References"] or "").split(), str(sheet.copy["Message-ID"])])
    mail["X-Mailer"] = pen.program
    pen.fill(mail, sheet)
    return mail.as_bytes()


def _from(sheet: Sheet) -> str:
    return f'"{sheet.name}" <{sheet.address}>'


# --- what is quoted


def _quoted(sheet: Sheet) -> str:
    return text_of(sheet.copy) if sheet.copy else ""


def _marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _wrote(sheet: Sheet) -> str:
    """The line above a quote, as programs of that language put it."""
    assert sheet.copy is not None
    name, address = parseaddr(str(sheet.copy["From"]))
    at = sheet.copy["Date"].datetime
    if sheet.language == "fr":
        return f"Le {at:%d/%m/%y} à {at:%H:%M}, {name} <{address}> a écrit :"
    if sheet.language == "es":
        return f"El {at:%d/%m/%Y}, a las {at:%H:%M}, {name} <{address}> escribió:"
    return f"On {at:%a, %b %d, %Y at %H:%M}, {name} <{address}> wrote:"


_BLOCK = {
    "en": ("-----Original Message-----", "From", "Sent", "To", "Subject"),
    "fr": ("-----Message d'origine-----", "De", "Envoyé", "À", "Objet"),
    "es": ("-----Mensaje original-----", "De", "Enviado el", "Para", "Asunto"),
}


def _block(sheet: Sheet) -> list[tuple[str, str]]:
    """The header lines that Outlook and telephones put above a quote."""
    assert sheet.copy is not None
    _, sender, sent, to, subject = _BLOCK.get(sheet.language, _BLOCK["en"])
    at = sheet.copy["Date"].datetime
    values = (str(sheet.copy["From"]), f"{at:%A, %d %B %Y %H:%M}", str(sheet.copy["To"]), str(sheet.copy["Subject"]))
    return list(zip((sender, sent, to, subject), values, strict=True))


def _filled(text: str, width: int = 72) -> str:
    """Paragraphs wrapped as plain-text programs wrap them; quotes and lists stay as they are."""
    out = []
    for paragraph in text.split("\n\n"):
        kept = any(line.startswith((">", "- ", "|")) or re.match(r"\d+[.)] ", line) for line in paragraph.split("\n"))
        out.append(paragraph if kept else textwrap.fill(paragraph.replace("\n", " "), width))
    return "\n\n".join(out)


def _paragraphs(text: str) -> str:
    blocks = (html.escape(one).replace("\n", "<br>") for one in text.split("\n\n"))
    return "".join(f"<p>{one}</p>\n" for one in blocks)


# --- the pens


def _plain(mail: EmailMessage, sheet: Sheet) -> None:
    mail.set_content(_filled(sheet.text) + "\n", cte="quoted-printable")


def _gmail(mail: EmailMessage, sheet: Sheet) -> None:
    below, below_html = "", ""
    if sheet.copy is not None:
        quote = _quoted(sheet)
        below = f"\n\n{_wrote(sheet)}\n\n{_marked(quote)}"
        below_html = (
            f'<br><div class="gmail_quote"><div class="gmail_attr">{html.escape(_wrote(sheet))}<br></div>'
            f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">'
            f"{html.escape(quote).replace(chr(10), '<br>')}</blockquote></div>"
        )
    mail.set_content(_filled(sheet.text) + below + "\n", cte="quoted-printable")
    mail.add_alternative(
        f'<div dir="ltr">{_paragraphs(sheet.text)}</div>{below_html}', subtype="html", cte="quoted-printable"
    )


def _outlook(mail: EmailMessage, sheet: Sheet) -> None:
    """HTML only, as Word writes it."""
    words = "".join(
        f'<p class=MsoNormal><span style="font-size:11.0pt;font-family:Calibri">{html.escape(one)}'
        "<o:p></o:p></span></p>\n<p class=MsoNormal><o:p>&nbsp;</o:p></p>\n"
        for one in sheet.text.replace("\n", " \n").split("\n \n")
        for one in one.split("\n\n")
    )
    below = ""
    if sheet.copy is not None:
        lines = "<br>".join(f"<b>{name}:</b> {html.escape(value)}" for name, value in _block(sheet))
        quote = html.escape(_quoted(sheet)).replace("\n", "<br>")
        below = (
            '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
            f'<p class=MsoNormal><span style="font-size:10.0pt;font-family:Tahoma">{lines}</span></p></div>'
            f"<p class=MsoNormal>{quote}</p>"
        )
    page = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        '<meta name=Generator content="Microsoft Word 12">'
        "<style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt;} --></style></head>"
        f"<body lang=EN-GB><div class=Section1>{words}{below}</div></body></html>"
    )
    mail.set_content(page, subtype="html", cte="quoted-printable")


def _outlook_text(mail: EmailMessage, sheet: Sheet) -> None:
    below = ""
    if sheet.copy is not None:
        head = "\n".join(f"{name}: {value}" for name, value in _block(sheet))
        below = f"\n\n{_BLOCK.get(sheet.language, _BLOCK['en'])[0]}\n{head}\n\n{_quoted(sheet)}"
    text = _filled(sheet.text) + below + "\n"
    try:
        text.encode("windows-1252")
        mail.set_content(text, charset="windows-1252", cte="quoted-printable")
    except UnicodeEncodeError:
        mail.set_content(text, cte="quoted-printable")


def _apple(mail: EmailMessage, sheet: Sheet) -> None:
    below = f"\n\n{_wrote(sheet)}\n\n{_marked(_quoted(sheet))}" if sheet.copy is not None else ""
    mail.set_content(_filled(sheet.text) + below + "\n", cte="quoted-printable")


def _inline(mail: EmailMessage, sheet: Sheet) -> None:
    """Answers between the paragraphs quoted: a line {2} in the text is the second paragraph of what is answered."""
    paragraphs = [one for one in _quoted(sheet).split("\n\n") if one.strip()]
    text = re.sub(r"^\{(\d)\}$", lambda found: _marked(paragraphs[int(found[1])]), _filled(sheet.text), flags=re.M)
    mail.set_content(f"{_wrote(sheet)}\n\n{text}\n", cte="8bit")


def _phone(mail: EmailMessage, sheet: Sheet) -> None:
    tagline = {
        "fr": "Envoyé de mon BlackBerry",
        "es": "Enviado desde mi BlackBerry",
    }.get(sheet.language, "Sent from my BlackBerry wireless device")
    below = ""
    if sheet.copy is not None:
        head = "\n".join(f"{name}: {value}" for name, value in _block(sheet))
        below = f"\n\n{_BLOCK.get(sheet.language, _BLOCK['en'])[0]}\n{head}\n\n{_quoted(sheet)}"
    mail.set_content(f"{sheet.text}\n\n{tagline}{below}\n", cte="base64")


def _webmail(mail: EmailMessage, sheet: Sheet) -> None:
    """HTML only, and nothing quoted."""
    mail.set_content(f'<div style="font-family:times">{_paragraphs(sheet.text)}</div>', subtype="html", cte="base64")


def _winmail(mail: EmailMessage, sheet: Sheet) -> None:
    """Outlook's rich text: the words, and a TNEF file that nobody else can open."""
    mail.set_content(_filled(sheet.text) + "\n", cte="quoted-printable")
    tnef = (
        b"\x78\x9f\x3e\x22\x01\x00\x01\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00\x01\x07\x90\x06\x00\x08\x00"
    )
    mail.add_attachment(tnef + bytes(4000), "application", "ms-tnef", filename="winmail.dat")


def _away(mail: EmailMessage, sheet: Sheet) -> None:
    """An automatic answer (RFC 3834 §5)."""
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(sheet.text + "\n", cte="quoted-printable")


PENS = {
    "plain": Pen("in plain text", "quoting nothing", _plain, "Thunderbird 2.0.0.17"),
    "gmail": Pen("from Gmail", "above a full quote", _gmail, "Gmail"),
    "outlook": Pen("from Outlook in HTML", "above a full quote", _outlook, "Microsoft Office Outlook 12.0"),
    "outlook-text": Pen("from Outlook", "above the original message", _outlook_text, "Microsoft Office Outlook 11"),
    "apple": Pen("from Apple Mail", "above a full quote", _apple, "Apple Mail (2.929.2)"),
    "inline": Pen("from mutt", "between the lines quoted", _inline, "Mutt/1.5.18"),
    "phone": Pen("from a phone", "above the original message", _phone, "BlackBerry", threads=False),
    "webmail": Pen("from webmail in HTML only", "quoting nothing", _webmail, "YahooMailClassic"),
    "winmail": Pen("from Outlook with a winmail.dat", "quoting nothing", _winmail, "Microsoft Exchange V6.5"),
    "away": Pen("automatically", "quoting nothing", _away, "Microsoft Exchange V6.5"),
}


def report(sheet: Sheet, recipient: str) -> bytes:
    """A provider's delivery report on a copy (RFC 3464): mailbox full; `sheet.to`: the copy's return address."""
    assert sheet.copy is not None
    host = f"mx.{recipient.partition('@')[2]}"
    copy_id, subject = sheet.copy["Message-ID"], sheet.copy["Subject"]
    words = f"Your message could not be delivered:\n\n<{recipient}>: 552 5.2.2 {sheet.text}\n"
    facts = (
        f"Reporting-MTA: dns; {host}\nArrival-Date: {format_datetime(sheet.at)}\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.2.2\n"
        f"Diagnostic-Code: smtp; 552 5.2.2 {sheet.text}\n"
    )
    text = (
        f"From: Mail Delivery System <MAILER-DAEMON@{host}>\nTo: {sheet.to}\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        f"Date: {format_datetime(sheet.at)}\nMessage-ID: {sheet.message_id}\nAuto-Submitted: auto-replied\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="report"\n\n'
        f"--report\nContent-Type: text/plain; charset=us-ascii\n\n{words}\n"
        f"--report\nContent-Type: message/delivery-status\n\n{facts}\n"
        f"--report\nContent-Type: text/rfc822-headers\n\nMessage-ID: {copy_id}\nSubject: {subject}\n\n--report--\n"
    )
    return text.replace("\n", "\r\n").encode()
