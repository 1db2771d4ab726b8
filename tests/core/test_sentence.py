"""Why something is held, in English and in any language, also after it lay in the database or crossed a process."""

import json
import pickle
from datetime import UTC, datetime
from gettext import NullTranslations

import pytest

from listserv.core.sentence import Moment, Sentence, packed, remade, together, translated, unpacked


class Known(NullTranslations):
    def gettext(self, message: str) -> str:
        assert message, "a catalogue's header"
        return FRENCH.get(message, message)

    def ngettext(self, single: str, plural: str, n: int) -> str:
        return FRENCH.get(single if n < 2 else plural, single if n == 1 else plural)


FRENCH = {
    "%(n)s link, %(most)s at most.": "%(n)s lien, au plus %(most)s.",
    "%(n)s links, %(most)s at most.": "%(n)s liens, au plus %(most)s.",
    "It closed on %(at)s.": "Clos le %(at)s.",
    "It is empty.": "Il est vide.",
    "It may be forged. %(why)s": "Elle est peut-être falsifiée. %(why)s",
    "%(n)s links from %(who)s.": "%(who)s : %(n)s liens.",
}

CATALOGUE = Known()
CLOSED = Moment(datetime(2008, 11, 7, 22, tzinfo=UTC), "America/Santo_Domingo")
NESTED = Sentence("It may be forged. %(why)s", why=Sentence("%(n)s links from %(who)s.", n=7, who="100 % us %(n)s"))
CASES = [
    (Sentence("It is empty."), "It is empty.", "Il est vide."),
    ("It is empty.", "It is empty.", "Il est vide."),  # as older rows have it
    ("", "", ""),
    (Sentence("18 % are %(lost)s"), "18 % are %(lost)s", "18 % are %(lost)s"),
    (
        NESTED,
        "It may be forged. 7 links from 100 % us %(n)s.",
        "Elle est peut-être falsifiée. 100 % us %(n)s : 7 liens.",
    ),
    *(
        (
            Sentence("%(n)s link, %(most)s at most.", "%(n)s links, %(most)s at most.", n=n, most=2000),
            f"{english}, 2,000 at most.",
            f"{french}, au plus 2\xa0000.",
        )
        for n, english, french in (
            (0, "0 links", "0 lien"),
            (1, "1 link", "1 lien"),
            (2, "2 links", "2 liens"),
            (1234, "1,234 links", "1\xa0234 liens"),
        )
    ),
    (
        Sentence("It closed on %(at)s.", at=CLOSED),
        "It closed on 2008-11-07 18:00 (America/Santo_Domingo).",
        "Clos le vendredi 7 novembre 2008, 18:00 (America/Santo_Domingo), 22:00 UTC.",
    ),
    (Sentence("Not known, %(n)s.", n=1), "Not known, 1.", "Not known, 1."),
    (together(["It is empty.", Sentence("Odd.")]), "It is empty. Odd.", "Il est vide. Odd."),
    (together([Sentence("It is empty."), NESTED]), None, "Il est vide. " + "Elle est peut-être falsifiée. "
     "100 % us %(n)s : 7 liens."),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "english", "french"), CASES)
def test_it_is_its_english_and_can_be_said_in_another_language(sentence: str, english: str | None, french: str) -> None:
    assert english is None or sentence == english
    assert translated(sentence, CATALOGUE, "fr") == french


@pytest.mark.parametrize("sentence", [case[0] for case in CASES])
def test_it_stays_itself_in_the_database_and_between_processes(sentence: str) -> None:
    for again in (unpacked(json.loads(json.dumps(packed(sentence)))), pickle.loads(pickle.dumps(sentence))):
        assert again == sentence
        said = [translated(one, CATALOGUE, "fr") for one in (sentence, again)]
        assert said[0] == said[1]


def test_rows_of_before_there_were_plurals_can_be_read() -> None:
    old = unpacked(["%(n)s links, %(most)s at most.", {"n": "1,234", "most": "20"}])
    assert (old, translated(old, CATALOGUE, "fr")) == ("1,234 links, 20 at most.", "1,234 liens, au plus 20.")


def test_what_it_was_made_of_can_be_changed_and_it_is_still_a_sentence() -> None:
    inner = Sentence("by %(who)s", who="bob")
    whole = Sentence("%(n)s mails %(how)s, not bob", n=2, how=inner)
    changed = remade(whole, lambda text: text.replace("bob", "eve"))
    assert (changed, changed.message) == ("2 mails by eve, not bob", "%(n)s mails %(how)s, not bob")
    assert remade("of bob", str.upper) == "OF BOB"
