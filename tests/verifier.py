"""An independent DKIM verifier: dkimpy, with DNS answers out of a table instead of the net.

`verdicts(mail, records)` gives what dkimpy says of each signature, from the top: "" for one that holds, else why not.
`records`: DNS name (without the last dot) -> TXT.
"""

from __future__ import annotations

from collections.abc import Mapping

import dkim


def verdicts(mail: bytes, records: Mapping[str, str]) -> list[str]:
    def answer(name: bytes, timeout: int = 5) -> bytes | None:
        record = records.get(name.decode().removesuffix("."))
        return record.encode() if record is not None else None

    def verdict(index: int) -> str:
        try:
            good = dkim.DKIM(mail, minkey=2048).verify(index, dnsfunc=answer)
        except (dkim.DKIMException, ValueError) as error:  # PyNaCl's on a signature of the wrong length
            return str(error)
        return "" if good else "the signature does not hold"

    head = (b"\r\n" + mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")).partition(b"\r\n\r\n")[0]
    return [verdict(index) for index in range(head.lower().count(b"\r\ndkim-signature:"))]
