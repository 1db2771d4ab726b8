"""`listserv moderate`, driven by its keys (Textual's pilot), on a clock that stands still."""

from __future__ import annotations

import io
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext

import pytest
from sqlalchemy.exc import OperationalError
from textual.pilot import Pilot
from textual.widgets import Static

from listserv.cli.context import App
from listserv.cli.terminal.app import Screen
from listserv.cli.terminal.desk import Desk
from listserv.core.dialogue.model import Participation
from listserv.store import contributions
from tests.cli.conftest import Cli

LOOK = 0.01  # seconds between looks at what others do
LOOKS = 2_000  # until a test gives up


class Seen:
    """The screen as a moderator has it before them."""

    def __init__(self, screen: Screen, desk: Desk, pilot: Pilot[None], time: list[float]) -> None:
        self.screen, self.desk, self.pilot, self.time = screen, desk, pilot, time

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.press(*({" ": "space", ".": "full_stop", ",": "comma"}.get(c, c) for c in text))

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, line by line."""
        strips = self.screen.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def said(self) -> str:
        return str(self.screen.query_one("#said", Static).content)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for what threads bring about."""
        for _ in range(LOOKS):
            if holds():
                return
            await self.pilot.pause(LOOK)
        raise AssertionError(f"{self.said}\n{self.text}")

    async def shows(self, *words: str) -> None:
        await self.until(lambda: all(word in self.text for word in words))


@asynccontextmanager
async def seen(cli: Cli, size: tuple[int, int] = (80, 24), actor: str = "mod@example.org") -> AsyncIterator[Seen]:
    app = App(str(cli.toml), actor)
    time = [0.0]
    desk = Desk(app, None, seconds=lambda: time[0])
    screen = Screen(desk, desk.look(), pause=LOOK)
    screen.suspend = nullcontext  # type: ignore[method-assign]
    try:
        async with screen.run_test(size=size) as pilot:
            yield Seen(screen, desk, pilot, time)
    finally:
        app.close()


def states(cli: Cli) -> dict[int, str]:
    return {row["id"]: row["state"] for row in cli.json("queue list --state all")}


async def test_it_shows_the_queue_and_the_contribution(full: Cli) -> None:
    full.write_in(
        "We pay for it ourselves: who pays?\n\nOn Monday, Boris wrote:\n> Plans\n> and more\n", subject="Money"
    )
    async with seen(full) as at:
        await at.shows("3 waiting", "Second")
        await at.press("end")
        await at.shows("We pay for it ourselves")
        for word in (
            "Planning for Action | module 1 of 3, Getting started: 5 h",
            "as mod@example.org",
            "Subject   Money",
            "Anna <anna@example.net>",
            "Ministry, FR",
            "1 more held, 1 released",
            "nothing proves who sent it",
            "1, Getting started",
            "perhaps 2. Who pays?",
            "both speak of money",
            "Every contribution is read",
            "cut: goes to nobody",
        ):
            assert word in at.text, word
        assert "r release" in at.lines[-1]


async def test_how_its_author_wishes_to_be_shown(full: Cli) -> None:
    """Before it is released: somebody who is not to be named may have signed it."""
    held = full.json("queue list")[0]["id"]
    full.ok(f"queue attribute {held} --attribution anonymous --quotable no")
    async with seen(full) as it:
        await it.shows("Shown as  a participant who prefers not to be", "named; not to be quoted")


async def test_a_release_waits_and_is_taken_back(full: Cli) -> None:
    async with seen(full) as at:
        await at.shows("2 waiting")
        await at.press("r")
        await at.until(lambda: "number 2" in at.said)
        assert at.said == "Anna: number 2, to 4 participants; leaves in 60 s, u takes it back"
        assert "1 waiting | number 2 leaves in 60 s: u takes it back" in at.text
        assert states(full)[2] == "released"
        at.time[0] = 20.0
        at.screen._head()
        await at.shows("leaves in 40 s")
        await at.press("u")
        await at.shows("2 waiting")
        assert at.said == "number 2 was taken back: it waits again"
        assert states(full)[2] == "held"
        await at.press("u")
        assert at.said == "! there is no release that could still be taken back"


async def test_it_is_taken_back_as_soon_as_it_can_be(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    async with seen(full) as at:
        await at.shows("2 waiting")
        look = at.desk.look
        held_up = threading.Event()
        monkeypatch.setattr(at.desk, "look", lambda: (held_up.wait(10), look())[1])
        await at.press("r")
        await at.until(lambda: "number 2" in at.said)
        await at.press("u")  # the queue has not been looked at again yet
        await at.until(lambda: at.said == "number 2 was taken back: it waits again")
        held_up.set()
        await at.shows("2 waiting")


async def test_two_releases_are_taken_back_the_last_first(full: Cli) -> None:
    async with seen(full) as at:
        await at.press("r")
        await at.press("r")
        await at.shows("nothing waits", "number 3 leaves in")
        await at.press("u")
        await at.shows("1 waiting", "number 2 leaves in")
        await at.press("u")
        await at.shows("2 waiting", "as mod@example.org")
    assert set(states(full).values()) == {"released", "held"}


async def test_when_its_moment_is_over_it_cannot_be_taken_back(full: Cli) -> None:
    async with seen(full) as at:
        await at.press("r")
        await at.until(lambda: "number 2" in at.said)
        at.time[0] = 61.0
        await at.press("u")
        assert at.said == "! there is no release that could still be taken back"
        assert at.screen.farewell() == []


async def test_without_a_moment_for_second_thoughts_it_goes_at_once(full: Cli) -> None:
    full.change("word_limit = 50", 'word_limit = 50\nundo = "0"')
    full.ok("apply --yes")
    async with seen(full) as at:
        await at.press("r")
        await at.until(lambda: at.said == "Anna: number 2, to 4 participants")
        assert "leaves in" not in at.text


async def test_whoever_leaves_is_told_what_still_can_be_taken_back(full: Cli) -> None:
    async with seen(full) as at:
        await at.press("r")
        await at.until(lambda: "number 2" in at.said)
        await at.press("q")
        assert at.screen.farewell() == ["number 2 leaves in 60 s; to take it back: listserv queue undo 2"]


async def test_a_return_with_a_ready_reason_edited_and_seen_before_it_goes(full: Cli) -> None:
    async with seen(full) as at:
        await at.press("down", "b")
        await at.shows("1-7 chooses", "It quotes much")
        await at.press("1")
        await at.shows("Elle est plus longue", "F2")  # Boris reads French
        await at.type(" Merci.")
        await at.press("f2")
        await at.shows("To: boris@example.net", "Subject: [nap] À revoir", "Merci.")
        assert states(full)[3] == "held"
        await at.press("y")
        await at.shows("1 waiting")
        assert at.said == "Boris: returned to its author"
    with full.house() as house:
        (sent,) = house.sent("returned")
        assert "contribution. Merci." in " ".join(sent.text.split())


async def test_a_return_to_who_may_never_have_written_says_so_before_it_goes(full: Cli) -> None:
    with full.house() as house:
        forged = {"reasons": [["forged", "It may be forged. Our mail host says no."]]}
        house.session.write(lambda connection: contributions.change(connection, 3, forged))
    async with seen(full) as at:
        await at.press("down", "b")
        await at.shows("1-7 chooses")
        await at.press("1")
        await at.shows("F2")
        await at.press("f2")
        await at.shows("! It may be forged. Our mail host says no. Does this mail go out all the")
        await at.press("y")
        await at.shows("1 waiting")
        assert at.said == "Boris: returned to its author"


async def test_a_return_can_be_left_at_every_step(full: Cli) -> None:
    before = full.dump()
    async with seen(full) as at:
        for keys in (
            ["b", "escape"],
            ["b", "w", "escape"],
            ["b", "1", "f2", "escape"],
            ["b", "1", "f2", "e", "escape"],
        ):
            for key in keys:
                depth = len(at.screen.screen_stack)
                await at.press(key)
                await at.until(lambda depth=depth: (at.screen.workers and len(at.screen.screen_stack) != depth) or True)
                await at.pilot.pause(0.1)
            await at.until(lambda: len(at.screen.screen_stack) == 1)
        await at.press("b")
        await at.shows("own words")
        await at.press("w", "f2")
        await at.until(lambda: at.said.startswith("! a contribution is returned with a reason"))
    assert full.dump() == before


async def test_a_second_decision_hears_who_was_first(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    async with seen(full) as at:
        await at.shows("2 waiting")
        at.screen._pause = 1e9
        monkeypatch.setattr(at.screen, "_look", nothing)
        await at.pilot.pause(LOOK * 3)
        full.ok("queue release 2 --as chief@example.org")
        await at.press("r")
        await at.until(lambda: at.said != "")
        assert at.said.startswith("! contribution 2 was already released by chief@example.org on")


async def nothing(decided: object = None) -> None: ...


async def test_what_others_do_shows_by_itself(full: Cli) -> None:
    async with seen(full) as at:
        await at.shows("2 waiting", "Second")
        full.ok("queue claim 3 --as chief@example.org")
        await at.shows(" @ Boris")
        full.write_in("New.", subject="Just in")
        await at.shows("3 waiting", "Just in")
        full.ok("queue discard 2 --as chief@example.org --yes")
        await at.shows("2 waiting")
        await at.until(lambda: at.said == "Anna: was discarded by chief@example.org meanwhile")


async def test_a_claim_of_another_is_refused_by_name(full: Cli) -> None:
    full.ok("queue claim 2 --as chief@example.org")
    async with seen(full) as at:
        await at.press("c")
        await at.until(lambda: at.said != "")
        assert at.said == "! contribution 2 is claimed by chief@example.org until 17:30 UTC"
        await at.press("down", "c")
        await at.until(lambda: "yours" in at.said)
        assert at.said == "Boris: yours until 13:30"


async def test_move_tag_and_question(full: Cli) -> None:
    async with seen(full) as at:
        await at.press("m")
        await at.shows("To which module? 1 Getting started, 2 Drafting, 3 Monitoring")
        await at.type("9")
        await at.press("enter")
        await at.until(lambda: at.said == "! nap has no module 9; it has 1, 2, 3")
        await at.press("m", "x", "enter")
        await at.until(lambda: at.said == "! x is not a number; nothing was changed")
        await at.press("m", "2", "enter")
        await at.until(lambda: at.said == "Anna: moved to module 2")
        await at.press("down", "t")
        await at.shows("Tags, with commas")
        await at.type("money, quotas")
        await at.press("enter")
        await at.until(lambda: at.said == "Boris: tagged money, quotas")
        await at.shows("Tags      money, quotas")
        await at.press("a")
        await at.shows("Which guiding questions")
        await at.press("2", "enter")
        await at.until(lambda: at.said == "Boris: question 2")
        await at.shows("Question  2. Who pays?")
        await at.press("t")
        await at.shows("experience, good practice", "money, quotas")
        await at.press(*["backspace"] * len(", quotas"))
        await at.type(", Bonne pratique")
        await at.press("enter")
        await at.until(lambda: at.said == "Boris: tagged money, good practice")
        await at.shows("Tags      good practice, money")
    with full.house() as house:
        assert house.contribution(2)["module"] == 2
        assert house.contribution(3)["question"] == 2


async def test_a_suggested_question_is_noted_by_one_key_and_never_by_itself(full: Cli) -> None:
    full.write_in("The ministry pays for it. Its budget is small.", subject="With us")
    before = full.dump()
    async with seen(full) as at:
        await at.shows("3 waiting", "Second")
        await at.press("end")
        await at.shows("perhaps 2. Who pays?", "both speak of pays")
        await at.press("a")
        await at.shows("It seems to answer question 2: both speak of pays.", "y notes 2", "> [?] 2. Who pays?")
        await at.press("enter")  # nothing was marked: nothing is noted
        await at.until(lambda: at.said == "nothing was changed")
        assert full.dump() == before
        await at.press("a")
        await at.shows("y notes 2")
        await at.press("y")
        await at.until(lambda: at.said == "Anna: question 2")
        await at.shows("Question  2. Who pays?")
    with full.house() as house:
        assert house.contribution(4)["question"] == 2


async def test_several_questions_the_first_one_marked_is_the_main_one(full: Cli) -> None:
    async with seen(full) as at:
        await at.shows("2 waiting", "Second")
        await at.press("a")
        await at.shows("Which guiding questions")
        await at.press("2", "up", "space")
        await at.shows("[2] 1. Is it needed?", "[1] 2. Who pays?")
        await at.press("enter")
        await at.until(lambda: at.said == "Anna: question 2, 1")
        await at.shows("Question  2. Who pays?", "1. Is it needed?")
        await at.press("a")
        await at.shows("Which guiding questions")
        await at.press("0", "enter")
        await at.until(lambda: at.said == "Anna: no question")


async def test_a_module_without_questions_says_so(full: Cli) -> None:
    full.ok("queue move 2 --module 2")
    async with seen(full) as at:
        await at.shows("the module asks none")
        await at.press("a")
        await at.until(lambda: at.said == "! its module asks no guiding questions")


async def test_sentences_are_marked_with_keys(full: Cli) -> None:
    full.write_in("We mapped first. Then we asked.\n\n> Who pays?\n\nAsk Ina in Lima.", subject="Marking")
    async with seen(full) as at:
        await at.shows("3 waiting", "Second")
        await at.press("end")
        await at.shows("We mapped first.")
        await at.press("p")
        await at.shows("> [ ] We mapped first.", "5 contact")
        assert at.text.count("Who pays?") == 0  # that is somebody else's
        await at.press("space", "down", "down", "5")
        await at.shows("[*] We mapped first.", "> [5] Ask Ina in Lima.")
        await at.press("enter")
        await at.until(lambda: at.said == "Anna: 2 passages marked")
        await at.shows("Marked    passage “We mapped first.”", "Marked    contact “Ask Ina in Lima.”")
        await at.press("p")
        await at.shows("> [*] We mapped first.")
        await at.press("space", "end", "4", "enter")
        await at.until(lambda: at.said == "Anna: 1 passage marked")
        await at.shows("Marked    recommendation “Ask Ina in Lima.”")
    assert [(one["kind"], one["text"]) for one in full.json("queue show 4")["passages"]] == [
        ("recommendation", "Ask Ina in Lima.")
    ]


async def test_a_long_text_is_followed_to_the_sentence_pointed_at(full: Cli) -> None:
    full.write_in("\n\n".join(f"This is sentence {n}." for n in range(60)), subject="Long")
    async with seen(full) as at:
        await at.shows("3 waiting", "Second")
        await at.press("end", "p")
        await at.shows("> [ ] This is sentence 0.")
        await at.press("end")
        await at.shows("> [ ] This is sentence 59.")
        await at.press("home")
        await at.shows("> [ ] This is sentence 0.")


async def test_discard_asks_and_keeps_the_reason(full: Cli) -> None:
    async with seen(full) as at:
        await at.press("d")
        await at.shows("Discard “Second”?")
        await at.press("escape", "d")
        await at.type("spam")
        await at.press("enter")
        await at.until(lambda: at.said == "Anna: discarded")
    assert states(full)[2] == "discarded"
    assert full.json("audit")[-1]["reason"] == "spam"


async def test_edit_in_the_editor(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/Two/2/")
    async with seen(full) as at:
        await at.press("e")
        await at.until(lambda: at.said == "Anna: edited; the original is kept")
        await at.shows("2.", "as its author wrote it", "Two.")
        monkeypatch.setenv("EDITOR", "no-such-editor")
        await at.press("e")
        await at.until(lambda: at.said.startswith("! "))
        assert "nothing was changed" in at.said


async def test_requests_stand_first_and_are_answered_with_one_key(full: Cli) -> None:
    with full.house() as house:
        for name in ("Dora", "Emil"):
            house.join(f"{name.lower()}@example.net", name=name, status=Participation.REQUESTED)
    async with seen(full) as at:
        await at.shows("2 waiting, 2 requests", "A request to take part", "dora@example.net")
        assert "y yes approve" in at.lines[-1]
        await at.press("r")
        assert at.said == "that is a request to take part: y or x"
        await at.press("end", "y")
        assert at.said == "y and x are for requests"
        await at.press("n", "y")
        await at.until(lambda: at.said == "Dora: takes part; the welcome goes out")
        await at.press("n", "x")
        await at.type("Full.")
        await at.press("enter")
        await at.until(lambda: at.said == "Emil: declined")
        await at.press("n")
        assert at.said == "nobody has asked to take part"
    people = {row["name"]: row["status"] for row in full.json("participant list")}
    assert (people["Dora"], people["Emil"]) == ("active", "declined")


async def test_an_empty_queue_says_what_comes_next(cli: Cli) -> None:
    async with seen(cli) as at:
        await at.shows("Nothing waits for you.", "Next: ", "Thursday 06 November 18:00")
        for key in "rbematpcdu":
            await at.press(key)
            assert at.said.startswith("! "), key


HOSTILE = "Anna \x1b]0;owned\x07\x1b[2J\x9b31m\u202eevil\u2066 [bold]x[/] [/nothing]\r\x08\x08"


async def test_nothing_of_a_mail_reaches_the_terminal_but_letters(full: Cli) -> None:
    with full.house() as house:
        row = house.contribute("x")
        values = dict.fromkeys(("text", "cut", "original", "subject", "from_name", "claimed_by"), HOSTILE)
        from listserv.store import contributions

        house.session.write(lambda c: contributions.change(c, row["id"], values | {"reasons": [["private", HOSTILE]]}))
        house.join("dora@example.net", name=HOSTILE, profile={"country": HOSTILE}, status=Participation.REQUESTED)
    out = io.StringIO()
    async with seen(full, (120, 40)) as at:
        for keys in (["n"], ["end"], ["b", "1", "f2"], ["escape", "d"], ["escape", "m"], ["escape", "t"]):
            await at.press(*keys)
            await at.pilot.pause(0.1)
            out.write(at.text)
        said = at.screen
        said.say(HOSTILE)
        await at.pilot.pause()
        out.write(at.text)
    shown = out.getvalue().replace("\n", "")
    assert "[bold]x[/] [/nothing]" in shown  # markup of others is text
    assert not {c for c in shown if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066"}


async def test_a_database_that_does_not_answer_is_said_and_asked_again(
    full: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*words: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    async with seen(full) as at:
        await at.shows("2 waiting", "Second")
        with monkeypatch.context() as patch:
            for name in ("look", "whole", "release", "reasons"):
                patch.setattr(at.desk, name, locked)
            for key in ("g", "down", "r", "b"):
                at.screen.say("")
                await at.press(key)
                await at.until(lambda: at.said == "! the database does not answer; try again")
        await at.press("r")
        await at.until(lambda: "number 2" in at.said)
        await at.shows("1 waiting")


@pytest.mark.parametrize("size", [(1, 1), (12, 4), (59, 10), (300, 90)])
async def test_any_size_will_do(full: Cli, size: tuple[int, int]) -> None:
    async with seen(full, size) as at:
        await at.press("down", "tab", "down", "question_mark", "escape", "d", "escape", "up")


async def test_an_undo_that_comes_too_late_is_refused(full: Cli) -> None:
    async with seen(full) as at:
        await at.press("r")
        await at.until(lambda: "number 2" in at.said)
        full.ok("queue release 3 --as chief@example.org")
        await at.until(lambda: "meanwhile" in at.said)
        await at.press("u")
        await at.until(lambda: at.said == "! number 3 has been given after it; undo the later ones first")
        await at.shows("number 2 leaves in 60 s")  # the other may still be taken back


async def test_narrow_one_side_at_a_time(full: Cli) -> None:
    async with seen(full, (40, 20)) as at:
        await at.shows("Second")
        assert "Subject " not in at.text
        await at.press("enter")
        await at.shows("Subject   Second")
        assert "Boris" not in at.text
        await at.press("escape")
        await at.shows("Boris")


async def test_arabic_stands_at_the_right(full: Cli) -> None:
    full.write_in("الخطة الوطنية\n\nIn English.", subject="خطة")
    async with seen(full, (100, 30)) as at:
        await at.press("end")
        await at.shows("In English.")
        (line,) = (line for line in at.lines if "الخطة الوطنية" in line)
        assert len(line) > 90
        (line,) = (line for line in at.lines if "In English." in line)
        assert len(line) < 60


async def test_help_names_every_key(full: Cli) -> None:
    async with seen(full, (80, 40)) as at:
        await at.press("question_mark")
        await at.shows("release: it goes to all", "n    the first request")
        await at.press("escape")
        await at.shows("2 waiting")


def test_without_a_terminal_it_names_what_to_use(full: Cli) -> None:
    assert full.refused("moderate") == "moderate needs a terminal; without one: listserv queue"


async def test_to_leave_while_it_looks_is_no_error(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    held_up = threading.Event()
    async with seen(full) as at:
        await at.shows("2 waiting")
        look = at.desk.look
        monkeypatch.setattr(at.desk, "look", lambda: (held_up.wait(10), look())[1])
        await at.press("r")
        await at.until(lambda: "number 2" in at.said)
        await at.press("q")
        held_up.set()
    assert at.screen.return_code == 0
