"""Private DKIM keys on the disk: a file that nobody but its owner may read, in PEM form.

`read` gives the key or raises SettingsError naming the file, what is wrong with it and what to do; `write` makes a new
file, whole or not at all. Neither ever says what is in it.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from listserv.core.mail.dkim import Key
from listserv.errors import SettingsError

_LARGEST = 64 * 1024  # octets; no key is that long


def read(path: Path, domain: str, selector: str, algorithm: str) -> Key:
    """The key in `path`, which must be one for `algorithm` ("rsa-sha256", "ed25519-sha256")."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            pem = file.read(_LARGEST)
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file; make the key with: listserv dkim new") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}); give it to the user that runs this") from None
    if mode & 0o077:
        what = f"{path}: others may read this key (mode {mode:04o})"
        raise SettingsError(f"{what}; run: chmod 600 {path} (if somebody has read it, make another)")
    try:
        key = Key.read(domain, selector, pem)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None
    if key.algorithm != algorithm:
        wrong = "an Ed25519 key, which many receivers do not know; write it as ed25519_key_file beside an RSA one"
        if algorithm != "rsa-sha256":
            wrong = "an RSA key; write it as key_file, or make an Ed25519 one with: listserv dkim new --ed25519"
        raise SettingsError(f"{path}: {wrong}")
    return key


def generate(domain: str, selector: str, algorithm: str) -> Key:
    """A new one; RSA of 2048 bits, for a longer one does not fit into one DNS answer everywhere (RFC 6376 §3.3.3)."""
    if algorithm == "rsa-sha256":
        return Key(domain, selector, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    return Key(domain, selector, ed25519.Ed25519PrivateKey.generate())


def write(path: Path, key: Key) -> None:
    """The whole file or none, mode 0600, in place of one that is there. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key.pem)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
