"""Feeds and badges, read by programs; and which files there are."""

import base64
from dataclasses import replace
from xml.etree import ElementTree as ET

import feedparser

from functions.publisher.badge import badge
from functions.publisher.feed import feed
from functions.publisher.files import files_of
from sentinelmesh.domain.status_pages.status_page import ShownMonitor
from tests.support.builders import START
from tests.unit.publisher.sights import HOUR, PAGE, SINCE, a_post, a_sight, an_outage

HOSTILE = "</title><script>x</script>&amp;\x00\x0b\ud800\uffff\u202e"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def test_a_feed_reader_finds_posts_and_outages_the_newest_first() -> None:
    sight = a_sight(
        an_outage(),
        an_outage(incident_id="inc_2", opened_at=START - HOUR / 2, resolved_at=None),
        news=(a_post(), a_post(id="post_2", incident_id="inc_2", at=START, title="Disk")),
    )
    read = feedparser.parse(feed(sight, "https://mesh.example"))
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    assert read.feed.title == "Shop status"
    assert read.feed.updated == "2026-01-01T12:00:00Z"
    assert read.feed.link == "https://mesh.example/status/shop"
    titles = [each.title for each in read.entries]
    assert titles == ["Disk", "Down: Web shop", "Slow checkout", "Over: Web shop"]
    assert len({each.id for each in read.entries}) == 4


def test_an_outage_keeps_its_name_in_the_feed_when_it_ends() -> None:
    before = feedparser.parse(feed(a_sight(an_outage(resolved_at=None))))
    after = feedparser.parse(feed(a_sight(an_outage())))
    assert before.entries[0].id == after.entries[0].id
    assert before.entries[0].updated < after.entries[0].updated


def test_an_empty_feed_is_a_feed() -> None:
    read = feedparser.parse(feed(a_sight()))
    assert not read.bozo
    assert read.feed.updated == "2025-09-23T12:00:00Z"
    assert read.entries == []


def test_hostile_text_makes_neither_markup_nor_broken_xml() -> None:
    page = replace(
        PAGE,
        name=HOSTILE,
        monitors=(ShownMonitor(monitor_id="mon_1", name=HOSTILE, since=SINCE),),
    )
    sight = a_sight(an_outage(), page=page, news=(a_post(title=HOSTILE, text=HOSTILE),))
    written = feed(sight)
    assert not feedparser.parse(written).bozo
    for text in (written, badge(HOSTILE, "down")):
        ET.fromstring(text)  # noqa: S314 (our own)
        assert "<script" not in text


def test_a_badge_says_what_it_shows() -> None:
    tree = ET.fromstring(badge("Web shop", "down"))  # noqa: S314
    svg = "{http://www.w3.org/2000/svg}"
    assert tree.get("aria-label") == tree.findtext(f"{svg}title") == "Web shop: down"
    assert [each.text for each in tree.iter(f"{svg}text")] == ["Web shop", "down"]
    right = tree.findall(f"{svg}rect")[1]
    assert int(right.get("x") or 0) + int(right.get("width") or 0) == int(tree.get("width") or 0)


def test_a_long_name_is_cut_in_a_badge() -> None:
    tree = ET.fromstring(badge("x" * 500, "operational"))  # noqa: S314
    assert int(tree.get("width") or 0) < 500


def test_files_have_the_paths_that_readers_ask_for() -> None:
    other = replace(PAGE, id="sp_2", slug="inner", logo=f"data:image/png;base64,{PNG}")
    named = (ShownMonitor(monitor_id="mon_1", name="Other name", since=SINCE),)
    sights = (a_sight(), a_sight(page=replace(other, monitors=named)))
    files = {each.key: each for each in files_of(sights, "")}
    (logo,) = [each for each in files if each.endswith(".png")]
    assert set(files) == {
        "status/shop", "feed/shop.xml", "badge/shop.svg", "badge/mon_1.svg",
        "status/inner", "feed/inner.xml", "badge/inner.svg", logo,
    }  # fmt: skip
    assert logo.startswith("status/inner.")
    assert files[logo].kind == "image/png"
    assert f'<img src="/{logo}" alt="">'.encode() in files["status/inner"].content
    # A monitor that is on two pages has one badge: it bears the name on the older page.
    assert b"Web shop" in files["badge/mon_1.svg"].content
