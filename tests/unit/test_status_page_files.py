"""What the public reads: pages without a script, feeds and badges, with nothing hostile in them."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

from functions.historian.showing import Bar, PublicIncident, PublicMonitor, Sight
from functions.historian.writing import badge, feed, page
from sentinelmesh.domain.status_page import Post, StatusPage
from tests.building import START

HOSTILE = '<script>alert("x")</script>&'
PAGE = StatusPage(
    id="sp_1", slug="shop", name="Shop", created_at=START, updated_at=START,
    posts=(Post(at=START, title=HOSTILE, text=HOSTILE),),
)  # fmt: skip
MONITOR = PublicMonitor(
    id="mon_1", name="Web shop", word="down", uptime_percent=99.5,
    bars=(Bar(day=START.date(), uptime_percent=97.0, down_seconds=2592), Bar(day=START.date())),
)  # fmt: skip
OUTAGE = PublicIncident(name="Web shop", opened_at=START, ended_at=START + timedelta(minutes=43))
SIGHT = Sight(page=PAGE, at=START, monitors=(MONITOR,), incidents=(OUTAGE,), maintenance=())


def test_a_page_says_by_word_and_shape_what_is_down() -> None:
    written = page(SIGHT)
    assert "✕ Down: Web shop" in written
    assert "✕ down" in written
    assert "99.5 % uptime in 90 days" in written
    assert "2026-01-01: 97 %, down for 43 min" in written
    assert "no data" in written
    assert "Down from 2026-01-01 12:00 UTC for 43 min." in written


def test_nothing_that_people_wrote_becomes_markup_and_no_script_is_needed() -> None:
    named = replace(SIGHT, monitors=(replace(MONITOR, name=HOSTILE),))
    for written in (page(named), feed(named), badge(named.monitors[0])):
        assert "<script" not in written
    ET.fromstring(feed(named))  # noqa: S314 (our own)
    ET.fromstring(badge(named.monitors[0]))  # noqa: S314


def test_a_feed_has_posts_and_outages_the_newest_first() -> None:
    tree = ET.fromstring(feed(SIGHT))  # noqa: S314
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [each.findtext(f"{atom}title") for each in tree.iter(f"{atom}entry")]
    assert titles == ["Web shop: over", HOSTILE]
    assert tree.findtext(f"{atom}updated") == "2026-01-01T12:43:00Z"


def test_the_sentence_names_the_worst() -> None:
    for word, wanted in (
        ("operational", "All services are operational"),
        ("maintenance", "Maintenance is under way"),
        ("no data", "Some services are not known to work"),
    ):
        shown = replace(SIGHT, monitors=(replace(MONITOR, word=word),))
        assert shown.sentence == wanted
