"""The page as readers get it: one file, no script, nothing that is nobody's business."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from functions.publisher.page import page
from functions.publisher.page_model import StatusPageModel
from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.status_pages.status_page import ShownMonitor
from tests.support.builders import REGIONS, START
from tests.unit.publisher.sights import (
    DAY,
    HOUR,
    PAGE,
    SINCE,
    a_post,
    a_sight,
    a_state,
    a_window,
    an_outage,
)

HOSTILE = '</title><script>alert("x")</script>"\' onload=x\u202e&\x00'
VOID = {"meta", "link", "img", "input", "br", "i"}


class Reader(HTMLParser):
    """Reads markup, and holds that each element is closed in its order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


def read(sight: StatusPageModel, logo: str | None = None) -> Reader:
    return Reader(page(sight, logo))


def everything() -> StatusPageModel:
    return a_sight(
        an_outage(),
        an_outage(incident_id="inc_2", opened_at=START - HOUR, resolved_at=None),
        news=(a_post(), a_post(id="post_2", incident_id="inc_2", title="It is the disk")),
        windows=(a_window(),),
        state=a_state(Status.DOWN),
    )


def test_a_page_says_in_words_what_it_shows_in_colours() -> None:
    seen = read(everything())
    assert "✕ Down: Web shop" in seen.text
    assert "Web shop ✕ Down" in seen.text
    assert "Down since 1 Jan 2026, 11:00 UTC ." in seen.text
    assert "Down from 1 Jan 2026, 10:00 UTC to 1 Jan 2026, 11:00 UTC , for 1 h." in seen.text
    assert "Investigating Slow checkout" in seen.text
    assert "Announced: Patching" in seen.text
    assert "As of 1 Jan 2026, 12:00 UTC" in seen.text


def test_a_post_about_an_outage_stands_with_it_and_nowhere_else() -> None:
    written = page(everything())
    assert written.count("It is the disk") == 1
    assert written.index("Down since") < written.index("It is the disk")
    assert written.index("It is the disk") < written.index("Services")


def test_ninety_days_are_bars_and_those_with_downtime_are_told_in_words() -> None:
    long_ago = an_outage(opened_at=START - 30 * DAY, resolved_at=START - 30 * DAY + 5 * HOUR)
    short = an_outage(opened_at=START - 9 * DAY, resolved_at=START - 9 * DAY + HOUR / 30)
    seen = read(a_sight(short, long_ago))
    bars = [each["class"] for tag, each in seen.tags if tag == "i"]
    assert (len(bars), bars.count("bad"), bars.count("fair")) == (90, 1, 1)
    assert "2 Dec 2025: 79.167 %, down for 5 h" in seen.text
    (label,) = [each["aria-label"] for _, each in seen.tags if each.get("class") == "bars"]
    assert label is not None
    assert label.startswith("90 days: ")
    assert label.endswith(" uptime, downtime on 2 days")
    assert "90 days ago" in seen.text


def test_the_days_of_a_young_monitor_say_since_when_it_was_watched() -> None:
    seen = read(a_sight(created_at=START - 3 * DAY))
    assert "watched since 29 Dec 2025 100 % uptime today" in seen.text
    assert "90 days" not in seen.text


def test_days_before_a_monitor_was_there_are_nobodys_fault() -> None:
    seen = read(a_sight(created_at=START - 10 * DAY))
    bars = [each["class"] for tag, each in seen.tags if tag == "i"]
    assert bars.count("none") == 79
    assert bars.count("good") == 11


def test_no_script_no_style_of_its_own_and_nothing_from_elsewhere() -> None:
    """The Content-Security-Policy of these pages allows none of it."""
    seen = read(everything(), "/status/shop.1a2b3c4d.png")
    assert not {"script", "style", "iframe", "object"} & {tag for tag, _ in seen.tags}
    for tag, each in seen.tags:
        assert "style" not in each, tag
        assert not [name for name in each if name.startswith("on")], tag
        for name in ("src", "href", "action"):
            assert (each.get(name) or "/").startswith("/"), (tag, each)
            assert not (each.get(name) or "/").startswith("//")


def test_hostile_names_and_posts_stay_text() -> None:
    named = replace(
        PAGE,
        name=HOSTILE,
        description=HOSTILE,
        monitors=(ShownMonitor(monitor_id="mon_1", name=HOSTILE, since=SINCE),),
    )
    sight = a_sight(
        an_outage(),
        page=named,
        news=(a_post(title=HOSTILE, text=HOSTILE),),
        windows=(a_window(name=HOSTILE),),
    )
    plain = {tag for tag, _ in read(everything()).tags}
    seen = read(sight)
    assert {tag for tag, _ in seen.tags} <= plain
    assert not [name for _, each in seen.tags for name in each if name.startswith("on")]
    written = page(sight)
    assert "\u202e" not in written
    assert "\x00" not in written


def test_readers_learn_nothing_of_targets_causes_evidence_or_regions() -> None:
    written = page(everything())
    secrets = ("secret-host", "10.0.0.7", "cause", "mon_1", "inc_", *REGIONS, "shop.example")
    assert [each for each in secrets if each in written] == []


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ({}, "operational"),
        ({"state": a_state(Status.VERIFYING)}, "operational"),
        ({"state": a_state(Status.DOWN)}, "down"),
        ({"state": a_state(degraded=True)}, "degraded"),
        ({"state": a_state(flapping=True)}, "degraded"),
        ({"state": a_state(Status.PENDING)}, "unknown"),
        ({"silent": True}, "unknown"),
        ({"state": a_state(Status.DOWN), "silent": True}, "unknown"),
        ({"paused": True, "state": a_state(Status.PAUSED)}, "paused"),
    ],
)
def test_a_service_has_the_word_of_its_status(known: dict[str, object], word: str) -> None:
    (service,) = a_sight(**known).services  # type: ignore[arg-type]
    assert service.word == word


def test_maintenance_explains_what_is_not_known_but_hides_no_outage() -> None:
    window = a_window(starts_at=START - HOUR)
    words = [
        a_sight(windows=(window,), state=a_state(status), silent=silent).services[0].word
        for status, silent in ((Status.UP, False), (Status.UP, True), (Status.DOWN, False))
    ]
    assert words == ["maintenance", "maintenance", "down"]
    assert "Under way: Patching" in read(a_sight(windows=(window,))).text


def test_a_page_without_mail_has_no_form_and_one_with_mail_needs_no_script() -> None:
    assert "form" not in {tag for tag, _ in read(a_sight(takes_mail=False)).tags}
    closed = replace(PAGE, subscriptions=False)
    assert "form" not in {tag for tag, _ in read(a_sight(page=closed)).tags}
    (form,) = [each for tag, each in read(a_sight()).tags if tag == "form"]
    assert form["method"] == "post"
    assert form["action"] == "/v1/subscriptions/sp_1"


def test_a_monitor_that_is_gone_and_old_events_are_not_shown() -> None:
    gone = replace(
        PAGE,
        monitors=(*PAGE.monitors, ShownMonitor(monitor_id="gone", name="Old", since=SINCE)),
    )
    old = an_outage(opened_at=START - 20 * DAY, resolved_at=START - 16 * DAY)
    sight = a_sight(
        old,
        an_outage(severity="regional", incident_id="inc_3"),
        an_outage(incident_id="inc_4", state=IncidentState.CANCELLED),
        page=gone,
        news=(a_post(at=START - 16 * DAY),),
    )
    assert [each.name for each in sight.services] == ["Web shop"]
    assert [each.incident_id for each in sight.outages] == ["inc_4"]
    assert sight.posts == ()
