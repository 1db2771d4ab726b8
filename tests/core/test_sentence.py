"""Why something is held, in English and in any language, also after it lay in the database or crossed a process."""

import json
import pickle

import pytest

from listserv.core.sentence import Sentence, packed, remade, together, translated, unpacked

FRENCH = {
    "It is empty.": "Il est vide.",
    "It may be forged. %(why)s": "Elle est peut-être falsifiée. %(why)s",
    "%(n)s links from %(who)s.": "%(who)s : %(n)s liens.",
}

NESTED = Sentence("It may be forged. %(why)s", why=Sentence("%(n)s links from %(who)s.", n=7, who="100 % us %(n)s"))
CASES = [
    (Sentence("It is empty."), "It is empty.", "Il est vide."),
    ("It is empty.", "It is empty.", "Il est vide."),  # as older rows have it
    (Sentence("18 % are %(lost)s"), "18 % are %(lost)s", "18 % are %(lost)s"),
    (
        NESTED,
        "It may be forged. 7 links from 100 % us %(n)s.",
        "Elle est peut-être falsifiée. 100 % us %(n)s : 7 liens.",
    ),
    (Sentence("Not known, %(n)s.", n=1), "Not known, 1.", "Not known, 1."),
    (together(["It is empty.", Sentence("Odd.")]), "It is empty. Odd.", "Il est vide. Odd."),
    (together([Sentence("It is empty."), NESTED]), None, "Il est vide. " + "Elle est peut-être falsifiée. "
     "100 % us %(n)s : 7 liens."),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "english", "french"), CASES)
def test_it_is_its_english_and_can_be_said_in_another_language(sentence: str, english: str | None, french: str) -> None:
    assert english is None or sentence == english
    assert translated(sentence, lambda message: FRENCH.get(message, message)) == french


@pytest.mark.parametrize("sentence", [case[0] for case in CASES])
def test_it_stays_itself_in_the_database_and_between_processes(sentence: str) -> None:
    for again in (unpacked(json.loads(json.dumps(packed(sentence)))), pickle.loads(pickle.dumps(sentence))):
        assert again == sentence
        said = [translated(one, lambda message: FRENCH.get(message, message)) for one in (sentence, again)]
        assert said[0] == said[1]


def test_what_it_was_made_of_can_be_changed_and_it_is_still_a_sentence() -> None:
    inner = Sentence("by %(who)s", who="bob")
    whole = Sentence("%(n)s mails %(how)s, not bob", n=2, how=inner)
    changed = remade(whole, lambda text: text.replace("bob", "eve"))
    assert (changed, changed.message) == ("2 mails by eve, not bob", "%(n)s mails %(how)s, not bob")
    assert remade("of bob", str.upper) == "OF BOB"
