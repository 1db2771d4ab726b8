"""A feed that feed readers read: RFC 4287's elements, whatever was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from listserv.core.publication.atom import Item, feed

NS = {"a": "http://www.w3.org/2005/Atom"}
AT = datetime(2008, 11, 4, 11, 0, tzinfo=timezone(-timedelta(hours=4)))


def made(*items: Item, title: str = "Planning") -> ElementTree.Element:
    whole = feed(
        id="tag:talk.example,2008:nap/feed",
        title=title,
        link="https://talk.example/nap/",
        own="https://talk.example/nap/feed",
        language="en",
        updated=datetime(2008, 11, 4, tzinfo=UTC),
        items=items,
    )
    return ElementTree.fromstring(whole)


def test_a_feed_has_what_it_must_have() -> None:
    item = Item("tag:x,2008-11-04:nap/1", "Plans & <b>", "https://talk.example/nap/contribution/1", "Anna", AT, "a < b")
    root = made(item)
    assert root.tag == f"{{{NS['a']}}}feed"
    assert [root.findtext(f"a:{name}", namespaces=NS) for name in ("id", "title", "updated")] == [
        "tag:talk.example,2008:nap/feed",
        "Planning",
        "2008-11-04T00:00:00Z",
    ]
    assert {one.get("rel"): one.get("href") for one in root.findall("a:link", NS)} == {
        "self": "https://talk.example/nap/feed",
        None: "https://talk.example/nap/",
    }
    (entry,) = root.findall("a:entry", NS)
    names = ("id", "title", "updated", "author/a:name", "content")
    said = [entry.findtext(f"a:{name}", namespaces=NS) for name in names]
    assert said == ["tag:x,2008-11-04:nap/1", "Plans & <b>", "2008-11-04T15:00:00Z", "Anna", "a < b"]


@given(st.text(), st.text())
def test_it_is_xml_whatever_was_written(title: str, text: str) -> None:
    made(Item("tag:x", title, "https://talk.example/", title, AT, text), title=title)
