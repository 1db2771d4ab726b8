"""The tables behind media.sniff: how formats begin, and which of them are programs, mails or open to a claim."""

from __future__ import annotations

import re
from typing import Final

UNKNOWN: Final = "application/octet-stream"
ZIP: Final = "application/zip"
TNEF: Final = "application/ms-tnef"

#: Whole mails, of any program.
MAILS: Final = frozenset({"message/rfc822", "application/vnd.ms-outlook", "application/mbox"})

#: What a system runs, or a browser runs scripts of.
_PROGRAMS: Final = """
    application/vnd.microsoft.portable-executable application/x-elf application/x-mach-binary application/x-dex
    application/java-vm application/wasm application/x-ms-shortcut application/vnd.ms-htmlhelp application/x-msi
    application/x-shockwave-flash application/x-rpm application/vnd.debian.binary-package application/x-iso9660-image
    application/java-archive application/vnd.android.package-archive text/x-script text/html image/svg+xml
"""
PROGRAMS: Final = frozenset(_PROGRAMS.split())

#: By offset: the bytes at it, and the type. The first that fits.
MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\0\0\1\0", "image/vnd.microsoft.icon"),
    (0, b"\xd7\xcd\xc6\x9a", "image/wmf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xffWPC", "application/vnd.wordperfect"),
    (0, b"%!PS", "application/postscript"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"MThd", "audio/midi"),
    (0, b"FLV\1", "video/x-flv"),
    (0, b"\0\0\1\xba", "video/mpeg"),
    (0, b"\0\0\1\xb3", "video/mpeg"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "video/x-ms-asf"),
    (0, b"x\x9f>\x22", TNEF),
    (0, b"\x7fELF", "application/x-elf"),
    *(
        (0, bytes.fromhex(start), "application/x-mach-binary")
        for start in ("feedface", "feedfacf", "cefaedfe", "cffaedfe")
    ),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"dex\n", "application/x-dex"),
    (0, b"\0asm", "application/wasm"),
    (0, b"L\0\0\0\1\x14\2\0", "application/x-ms-shortcut"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    *((0, start, "application/x-shockwave-flash") for start in (b"FWS", b"CWS", b"ZWS")),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"!<arch>\ndebian", "application/vnd.debian.binary-package"),
    (0x8001, b"CD001", "application/x-iso9660-image"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\7", "application/vnd.rar"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
    (257, b"ustar", "application/x-tar"),
)

#: In RIFF and IFF files the kind stands at 8, in the family of MP4 the brand.
RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo", b"AIFF": "audio/aiff"}
BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "image/heic"),
    b"avif": "image/avif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp",
}

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
OOXML: Final = {
    "word/": _OFFICE + "wordprocessingml.document",
    "xl/": _OFFICE + "spreadsheetml.sheet",
    "ppt/": _OFFICE + "presentationml.presentation",
    "visio/": "application/vnd.ms-visio.drawing",
}
IWORK: Final = {
    "pages": "application/vnd.apple.pages",
    "numbers": "application/vnd.apple.numbers",
    "key": "application/vnd.apple.keynote",
}

#: Entries in an OLE file's directory that tell what it is; an encrypted Office document says no more than that.
OLE: Final = (
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("VisioDocument", "application/vnd.visio"),
)
INSTALLER: Final = bytes.fromhex("84100c0000000000c000000000000046")  # class of a Windows Installer package

#: Texts and formats without bytes of their own: the claim decides, or else the ending.
_CLAIMABLE: Final = """
    text/csv text/tab-separated-values text/markdown text/calendar text/vcard application/json application/xml
    application/pkcs7-signature application/x-pkcs7-signature application/pkcs7-mime application/x-pkcs7-mime
"""
CLAIMED: Final = frozenset(_CLAIMABLE.split())
ENDINGS: Final = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "md": "text/markdown",
    "json": "application/json",
    "p7s": "application/pkcs7-signature",
    "p7m": "application/pkcs7-mime",
}

BEGINNINGS: Final = (
    (re.compile(r"#!"), "text/x-script"),
    (re.compile(r"(?:<\?xml[^>]*>\s*)?(?:<!(?:--|doctype\s+svg)[^>]*>\s*)*<svg\b", re.I), "image/svg+xml"),
    (
        re.compile(r"(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*>\s*)*<(?:!doctype\s+html|html|head|body|script|iframe)\b", re.I),
        "text/html",
    ),
    (re.compile(r"<\?(?:php|=)", re.I), "text/x-script"),
    (re.compile(r"<\?xml\b", re.I), "application/xml"),
    (re.compile(r"BEGIN:VCARD", re.I), "text/vcard"),
    (re.compile(r"BEGIN:VCALENDAR", re.I), "text/calendar"),
    (re.compile(r"-----BEGIN PGP MESSAGE"), "application/pgp-encrypted"),
    (re.compile(r"-----BEGIN PGP SIGNATURE"), "application/pgp-signature"),
    (re.compile(r"-----BEGIN PGP PUBLIC KEY"), "application/pgp-keys"),
    (re.compile(r"From \S+ .*\n[\w-]+: "), "application/mbox"),
    (re.compile(r"(?=(?s:.{0,16000}?)^message-id:)(?:[\w-]+:.*\n(?:[ \t].*\n)*){3}", re.I | re.M), "message/rfc822"),
)

#: What Windows, macOS or Linux run when it is opened, and what brings programs along past their guards.
_RUN: Final = """
    ade adp apk app appimage application appref-ms asp aspx bas bat chm cmd com cpl crt deb desktop diagcab dll dmg
    docm dotm ear exe gadget hlp hta htm html img inf ins iqy iso isp jar js jse jnlp ksh lnk mam mde mht mhtml msc msi
    msix msp mst one onepkg pcd php phtml pif pkg pl potm ppam ppsm pptm ps1 ps1xml ps2 psc1 psd1 psm1 py pyc pyw pyz rb
    rdp reg rpm run scf scr sct settingcontent-ms sh shb shs shtml sldm slk svg svgz swf sys url vb vbe vbs vhd vhdx war
    website ws wsc wsf wsh xbap xhtml xht xlam xll xlm xlsm xltm xnk xpi
"""
RUN: Final = frozenset(_RUN.split())
