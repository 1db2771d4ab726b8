"""The addresses and tokens we own: built, read back, and refused when somebody else made or mended them."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.addresses import Addresses, Role, Target

SECRET = b"a secret of the tests, 32 bytes."
OURS = Addresses("Dialogue.Example.org", SECRET)
LONGEST = "a" * 20
IDS = st.integers(0, 2**48 - 1)
SLUGS = st.from_regex(r"[a-z0-9]{2,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("address", "role"),
    [
        ("nap1325@dialogue.example.org", Role.DIALOGUE),
        ("nap1325-request@dialogue.example.org", Role.REQUEST),
        ("nap1325-join@dialogue.example.org", Role.JOIN),
        ("nap1325-leave@dialogue.example.org", Role.LEAVE),
        ("nap1325-owner@dialogue.example.org", Role.OWNER),
        ("nap1325-help@dialogue.example.org", Role.HELP),
        ("NAP1325-Help@DIALOGUE.example.org.", Role.HELP),
    ],
)
def test_roles_without_a_token(address: str, role: Role) -> None:
    assert OURS.parse(address) == Target("nap1325", role)


def test_addresses_are_built_as_they_are_read() -> None:
    for build, role in (
        (OURS.dialogue, Role.DIALOGUE),
        (OURS.request, Role.REQUEST),
        (OURS.join, Role.JOIN),
        (OURS.leave, Role.LEAVE),
        (OURS.owner, Role.OWNER),
        (OURS.help, Role.HELP),
    ):
        assert OURS.parse(build("nap1325")) == Target("nap1325", role)


BUILDERS = {
    Role.BOUNCES: OURS.bounces,
    Role.REPLY: OURS.reply,
    Role.LEAVE: OURS.leave,
}


@given(st.sampled_from(list(BUILDERS)), SLUGS, IDS, st.booleans())
def test_signed_addresses_survive_any_case_and_fit(role: Role, slug: str, number: int, upper: bool) -> None:
    address = BUILDERS[role](slug, number)
    local = address.rpartition("@")[0]
    assert len(local) <= 64, "RFC 5321 §4.5.3.1.1"
    assert re.fullmatch(r"[a-z0-9+-]+", local)
    target = OURS.parse(address.upper() if upper else address)
    assert target == Target(slug, role, number, local.rpartition("+")[2])


@given(st.data())
def test_one_changed_character_makes_a_token_worthless(data: st.DataObject) -> None:
    address = OURS.bounces("nap1325", 4711)
    start = address.index("+") + 1
    at = data.draw(st.integers(start, start + 25))
    other = data.draw(st.sampled_from([c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != address[at]]))
    assert OURS.parse(address[:at] + other + address[at + 1 :]) is None


TOKEN = OURS.bounces("nap1325", 7).partition("+")[2].partition("@")[0]
UNSUBSCRIBE = OURS.token("unsubscribe", 7)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nap1325@example.org", "not our domain"),
        ("nap1325@sub.dialogue.example.org", "not our domain"),
        ("nap1325", "no domain"),
        ("", "nothing"),
        ("@dialogue.example.org", "no local part"),
        ("n@dialogue.example.org", "too short for a slug"),
        ("a" * 21 + "@dialogue.example.org", "too long for a slug"),
        ("nap-1325-owner@dialogue.example.org", "no such role"),
        ("nap1325-admin@dialogue.example.org", "no such role"),
        ("nap1325-dialogue@dialogue.example.org", "a role that is no word"),
        ("nap1325-reply@dialogue.example.org", "a role that is no word"),
        (f"nap1325-reply+{TOKEN}@dialogue.example.org", "a role that is no word"),
        ("nap1325-owner+x@dialogue.example.org", "a token where none belongs"),
        ("nap1325-bounces@dialogue.example.org", "no token"),
        ("nap1325-moderate@dialogue.example.org", "no token"),
        ("nap1325-confirm@dialogue.example.org", "no token"),
        ("nap1325+@dialogue.example.org", "an empty token"),
        (f"nap1325-bounces+{TOKEN[:-1]}@dialogue.example.org", "too short"),
        (f"nap1325-bounces+{TOKEN}a@dialogue.example.org", "too long"),
        (f"nap1325-bounces+{'1' * 26}@dialogue.example.org", "not base32"),
        (f"nap1325+{TOKEN}@dialogue.example.org", "made for another role"),
        (f"nap1325-leave+{TOKEN}@dialogue.example.org", "made for another role"),
        (f"nap1326-bounces+{TOKEN}@dialogue.example.org", "made for another dialogue"),
        (f"nap1325-bounces+{UNSUBSCRIBE}@dialogue.example.org", "made for a URL"),
        ("nap1325-confirm+short@dialogue.example.org", "no random token"),
        ("nap1325\r\n@dialogue.example.org", "a line end"),
        ('"nap1325"@dialogue.example.org', "quoted"),
        ("nap١٣٢٥@dialogue.example.org", "digits of another script"),
    ],
)
def test_refused(address: str, why: str) -> None:
    assert OURS.parse(address) is None, why


def test_another_secret_reads_nothing_and_a_retired_one_is_still_believed() -> None:
    address = OURS.reply("nap1325", 5)
    rotated = Addresses("dialogue.example.org", b"another secret of 32 bytes......", retired=[SECRET])
    assert Addresses("dialogue.example.org", b"x" * 32).parse(address) is None
    assert rotated.parse(address) == OURS.parse(address)
    assert rotated.reply("nap1325", 5) != address
    assert OURS.parse(rotated.reply("nap1325", 5)) is None


@pytest.mark.parametrize(("build", "role"), [(OURS.confirm, Role.CONFIRM), (OURS.moderate, Role.MODERATE)])
def test_confirm_and_moderate_take_the_callers_random_token(build: Callable[[str, str], str], role: Role) -> None:
    address = build("nap1325", "k3j5h7g9f2d4s6a8")
    assert address == f"nap1325-{role}+k3j5h7g9f2d4s6a8@dialogue.example.org"
    assert OURS.parse(address.upper()) == Target("nap1325", role, None, "k3j5h7g9f2d4s6a8")
    assert len(build(LONGEST, "a" * 32).partition("@")[0]) <= 64
    with pytest.raises(ValueError, match="16 to 32 letters and digits"):
        build("nap1325", "K3J5@x")
    assert OURS.without_tokens(f"write to {address}!") == f"write to nap1325-{role}@dialogue.example.org!"


@given(IDS)
def test_url_tokens_are_good_for_their_purpose_only(number: int) -> None:
    token = OURS.token("unsubscribe", number)
    assert OURS.read_token("unsubscribe", token) == number
    assert OURS.read_token("unsubscribe", token.upper()) == number
    assert OURS.read_token("login", token) is None
    assert OURS.read_token("unsubscribe", token[:-1]) is None


@pytest.mark.parametrize("text", ["", "ß" * 26, "ı" * 26, "=" * 26, "a" * 26, "a" * 100_000, "\0" * 26])
def test_no_text_breaks_reading_a_token(text: str) -> None:
    assert OURS.read_token("unsubscribe", text) is None


@given(st.text(max_size=80))
def test_no_text_breaks_parsing(text: str) -> None:
    OURS.parse(text)
    assert OURS.parse(f"nap1325-bounces+{text}@dialogue.example.org") is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: OURS.bounces("nap1325", 2**48), "0 to 2^48 - 1"),
        (lambda: OURS.bounces("nap1325", -1), "0 to 2^48 - 1"),
        (lambda: OURS.bounces("Not a slug", 1), "not a slug"),
        (lambda: Addresses("example.org", b"short"), "at least 16 bytes"),
    ],
)
def test_what_a_caller_must_not_pass(call, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
