"""What signing costs: signatures a second on one core, and a fan-out of signed copies through the whole program.

`core(add)` measures core/mail/dkim alone, on a head like those of contributions; `fanout(add, release, numbers)` runs
`serve` with a key. `python signing.py` prints signatures per second only. Needs the repository's .venv.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sink import start_sink
from trial import trial

from listserv.core.mail.dkim import Key, body_hash, sign
from listserv.edge import keyfile

HEAD = b"""\
From: Ana Maria Souza via Planning for Action <nap1325@dialogue.example.org>
To: Planning for Action <nap1325@dialogue.example.org>
Subject: [NAP1325 1] Who should sit in the committee that drafts the plan?
Date: Tue, 04 Nov 2008 11:00:00 -0400
Message-ID: <20081104150000.12345@mail.people.example.net>
Reply-To: nap1325+abcdefghijklmnopqrstuvwxyz234567@dialogue.example.org
In-Reply-To: <announcement.1.1@dialogue.example.org>
References: <announcement.1.1@dialogue.example.org>
List-Id: Planning for Action <nap1325.dialogue.example.org>
List-Help: <mailto:nap1325-help@dialogue.example.org>
List-Post: <mailto:nap1325@dialogue.example.org>
List-Owner: <mailto:nap1325-owner@dialogue.example.org>
Precedence: list
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
""".replace(b"\n", b"\r\n")
BODY = b"In our ministry the plan was drafted by a committee of nine.\r\n" * 80
SETTINGS = '\n[dkim]\ndomain = "dialogue.example.org"\nselector = "d1"\nkey_file = "var/dkim.pem"\n'
TRIES = 3_000

Add = Callable[..., Any]  # name, unit, target, values


def per_second(keys: list[Key]) -> float:
    """By processor time. Each head has an address to leave by of its own, as in a fan-out."""
    hashed, now = body_hash(BODY), datetime.now(UTC)
    leave = b"List-Unsubscribe: <mailto:nap1325-leave+%026d@dialogue.example.org>\r\n"
    heads = [HEAD + leave % number for number in range(TRIES)]
    began = time.process_time()
    for head in heads:
        sign(keys, head, hashed, now)
    return TRIES / (time.process_time() - began)


def core(add: Add) -> None:
    rsa, ed25519 = (keyfile.generate("dialogue.example.org", "d1", f"{one}-sha256") for one in ("rsa", "ed25519"))
    add("signatures, RSA-2048", "1/s/core", ">= 3,000", per_second([rsa]))
    add("signatures, Ed25519", "1/s/core", "", per_second([ed25519]))
    add("signatures, both on each copy", "copies/s/core", "", per_second([rsa, ed25519]))


def fanout(add: Add, release: Callable[..., tuple[float, float, float]], numbers: tuple[int, ...]) -> None:
    """One contribution to so many, each copy signed; 8 connections."""
    for participants in numbers:
        sink = start_sink()
        try:
            with trial(sink.port, participants) as place:
                with (place.folder / "listserv.toml").open("a") as settings:
                    settings.write(SETTINGS)
                place.command("dkim", "new")
                with place.serving() as serving:
                    committed, first, last = release(place, serving, sink)
                rate = place.recipients / (last - committed)
                add(f"signed fan-out to {participants:,}: commit to last copy", "copies/s", ">= 3,000", rate)
                add(f"signed fan-out to {participants:,}: commit to first copy", "s", "< 0.3", first - committed)
        finally:
            sink.stop()


if __name__ == "__main__":
    core(lambda name, unit, target, value: print(f"{name}: {value:,.0f} {unit}"))
