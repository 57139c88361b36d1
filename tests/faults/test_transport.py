"""Faults 2, 7 to 9, 11, 17 to 19: calls, queues and streams that misbehave, each in one way."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest

from tests.fake_aws.event_sources import QueueSource
from tests.fake_aws.tables import TableChange
from tests.faults.story import (
    LEFT_OPEN,
    ONE_OUTAGE,
    SHOP,
    USUAL,
    Story,
    Watched,
    after,
    down,
    undisturbed,
)
from tests.simulation.faults import Weather

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


def lives_through(weather: Weather, *met: str, shop: Watched = SHOP) -> Story:
    """Live through nine minutes of one fault and forty of calm; an outage is told once."""
    story = Story(shop, *USUAL[1:], weather=weather, calm_minutes=40)
    story.keeps_its_promises()
    assert all(story.fate.met[each] for each in met), story.fate.met
    assert story.news_of("shop") == ONE_OUTAGE
    assert len(story.incidents_of("shop")) == 1
    assert story.incidents_of("blog") == story.incidents_of("wiki") == []
    return story


def test_fault_02_calls_that_timed_out_but_happened_are_made_again_without_harm() -> None:
    lives_through(Weather(lost_answer=0.3), "lost_answer")


def test_fault_07_refused_entries_and_throttled_queues_are_sent_again() -> None:
    story = lives_through(Weather(partial_send=0.2, throttle=0.1), "partial_send", "throttle")
    planned = {
        (monitor_id, slot, region)
        for monitor_id, slot, region in undisturbed().scheduled()
        if after(2) <= slot < after(9)
    }
    assert len(planned - story.scheduled()) < 0.1 * len(planned)


def test_fault_08_what_is_delivered_again_while_the_first_still_runs_is_done_once() -> None:
    silent = replace(SHOP, troubles=(down(2, 6, silent=True),))
    story = lives_through(Weather(overlap=0.6), "overlap", shop=silent)
    assert max(story.workshop.probed.values()) > 1, "probes overlapped, and left one result each"


def test_fault_11_results_that_come_in_any_order_decide_the_same() -> None:
    weather = Weather(late=0.5, duplicate=0.3, replay=0.3, stale_read=0.3)
    story = lives_through(weather, "late", "duplicate", "replay")
    # Which round decides depends on what arrived in time; that there is one outage does not.
    assert story.rules_of("shop")[0] == "first_pass"


def test_fault_17_throttling_and_conflicts_at_a_third_of_all_calls_only_delay() -> None:
    lives_through(Weather(throttle=0.3, conflict=0.3), "throttle", "conflict")


BLOGS = tuple(Watched(f"blog-{place}") for place in range(4))
POISON = ("no json", '{"schema_version": 99}', "[]", "\N{BOMB}" * 50)


def test_fault_09_a_message_that_nobody_can_read_stops_alone_and_is_kept() -> None:
    story = Story(SHOP, *BLOGS, calm_minutes=80)
    sent: dict[str, list[str]] = defaultdict(list)

    def poison(source: QueueSource) -> None:
        queue, bodies = source.queue, sent[source.arn]
        bodies.append(POISON[len(bodies) % len(POISON)])
        name = f"poison {len(bodies)}"
        fifo = {"MessageGroupId": name, "MessageDeduplicationId": name}
        queue.send(bodies[-1], story.hub.now, fifo if queue.fifo else {})

    def follow(source: QueueSource, _when: datetime) -> None:
        """Have poison follow a message, so that it is handed out with it."""
        is_time = after(1) <= story.hub.now < after(3)
        if is_time and source.queue.messages[-1].body not in POISON:
            poison(source)

    for source in story.cloud.sources:
        source.queue.listeners.append(partial(follow, source))
        story.when(1, partial(poison, source))
    story.keeps_its_promises()
    assert story.scheduled() == undisturbed(SHOP, *BLOGS).scheduled()
    seen = [each for results in story.remains.results.values() for each in results]
    assert not any(each.error == "expired" for each in seen), "no check came a second time"
    assert story.news_of("shop") == ONE_OUTAGE
    for source in story.cloud.sources:
        dead = source.queue.dead
        assert dead is not None
        # These give up after hours or days only: home may be away for so long.
        is_patient = source.queue.name.endswith(("results-spool", "evaluations"))
        kept = source.queue if is_patient else dead
        assert sorted(each.body for each in kept.messages) == sorted(sent[source.arn]), kept.name


CROWD = tuple(Watched(f"shop-{place}", (down(2, 90),)) for place in range(12))


def test_fault_18_a_record_that_nobody_can_read_is_left_out_and_delays_nobody() -> None:
    story = Story(*CROWD, minutes=7)
    results = story.cloud.streams["results"]
    mates: list[str] = []

    def spoil() -> None:
        broken = story.id_of("shop-0")
        key = {"monitor_id": {"S": broken}, "slot_key": {"S": "no slot"}}
        for listener in story.cloud.table("results").listeners:
            listener(TableChange("INSERT", key, None, key))
        lane = results.lane_of(broken)
        mates.extend(each.name for each in CROWD if results.lane_of(story.id_of(each.name)) is lane)

    story.when(1.99, spoil)
    story.keeps_its_promises()
    assert len(mates) > 1, "others are in the same lane"
    assert results.dropped == []
    assert all(story.news_of(each.name) == LEFT_OPEN for each in CROWD)
    delays = {each.monitor_name: each.detection_delay_ms for each in story.remains.incidents}
    assert max(delays[name] for name in mates) < 10_000, delays


def test_fault_19_outages_are_found_once_while_shards_split_and_lanes_run_side_by_side() -> None:
    story = Story(*(Watched(f"shop-{place}", (down(2, 6),)) for place in range(4)))
    for place in range(20):
        for stream in story.cloud.streams.values():
            story.when(1 + place / 6, stream.split)
    story.keeps_its_promises()
    results = story.cloud.streams["results"]
    lanes = {id(results.lane_of(f"mon_{place}")) for place in range(500)}
    assert len(lanes) > 16, "shards were split"
    assert all(story.news_of(each.name) == ONE_OUTAGE for each in story.watched)
