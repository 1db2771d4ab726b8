"""Marked passages and resources taken out: rows in their order, each once."""

from __future__ import annotations

from listserv.core.publication.passages import LONGEST
from listserv.store import hidden, passages
from tests.store.conftest import NOW


def test_passages_stand_in_the_order_in_which_they_were_marked(world):
    one, other = world.contribution(), world.contribution(message_id="<2@x>")

    def add(to: int, kind: str, text: str) -> bool:
        return world.session.write(lambda c: passages.add(c, NOW, to, kind, text, "mod@example.org"))

    assert [add(one, "contact", "Zeta."), add(one, "", "Alpha."), add(one, "", "Alpha.")] == [True, True, False]
    with world.session.read() as connection:
        assert [(row["kind"], row["text"]) for row in passages.of(connection, one)] == [
            ("contact", "Zeta."),
            ("", "Alpha."),
        ]
    world.session.write(lambda c: passages.take_over(c, one, other))
    with world.session.read() as connection:
        found = passages.of_all(connection, world.dialogue)
        assert {key: len(rows) for key, rows in found.items()} == {one: 2, other: 2}
        ids = [row["id"] for row in found[one]]
    world.session.write(lambda c: passages.remove(c, ids[:1]))
    with world.session.read() as connection:
        assert [row["text"] for row in passages.of(connection, one)] == ["Alpha."]


def test_the_longest_passage_is_kept_in_any_script(world):
    one, text = world.contribution(), "".join(chr(0x4E00 + n) for n in range(LONGEST))  # nothing that compresses
    world.session.write(lambda c: passages.add(c, NOW, one, "experience", text, "mod@example.org"))
    with world.session.read() as connection:
        assert passages.of(connection, one)[0]["text"] == text


def test_a_resource_is_hidden_once_and_per_dialogue(world):
    other = world.new_dialogue("other")

    def write(what, *arguments):
        return world.session.write(lambda c: what(c, *arguments))

    assert write(hidden.add, NOW, world.dialogue, "https://x.example/", "mod@example.org")
    assert not write(hidden.add, NOW, world.dialogue, "https://x.example/", "chief@example.org")
    with world.session.read() as connection:
        assert hidden.keys(connection, world.dialogue) == {"https://x.example/"}
        assert hidden.keys(connection, other) == frozenset()
    assert not write(hidden.remove, other, "https://x.example/")
    assert write(hidden.remove, world.dialogue, "https://x.example/")
    assert not write(hidden.remove, world.dialogue, "https://x.example/")
