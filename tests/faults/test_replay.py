"""Fault 13: everything that the streams remember is handed out again."""

from datetime import timedelta

import pytest

from tests.faults.story import Story, Watched, down

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

TROUBLED = (
    Watched("shop", tuple(down(5 + 20 * each, 12 + 20 * each) for each in range(5)), interval=60),
    Watched("blog", (down(30, 75),), interval=60, settings={"strategy": "all"}),
    Watched("wiki", (down(80, 900, silent=True),), interval=120),
)


def decided(story: Story) -> tuple[int, int, int, int]:
    """Count what a replay must not add to."""
    remains = story.remains
    ledger = sum(len(rows) for rows in remains.ledger.values())
    return len(remains.incidents), len(remains.alerts), ledger, len(story.providers.taken)


def test_fault_13_a_day_of_streams_replayed_a_day_later_adds_nothing() -> None:
    """Two hours with seven outages, read again when a stream is about to forget them."""
    story = Story(*TROUBLED, minutes=120, calm_minutes=10, asleep=timedelta(hours=23))
    story.keeps_its_promises()  # which compares all tables, item by item, before and after
    assert len(story.remains.incidents) == 7
    assert min(len(stream.all_records) for stream in story.cloud.streams.values()) >= 3
    assert len(story.cloud.streams["results"].all_records) > 300


def test_fault_13_a_replay_while_the_mesh_goes_on_adds_nothing() -> None:
    story = Story(*TROUBLED, minutes=60, calm_minutes=10)
    before: list[tuple[int, int, int, int]] = []
    # At these moments nothing else is being decided.
    for minutes in (19.4, 38.4, 59.4):
        story.when(minutes, lambda: before.append(decided(story)))
        for stream in story.cloud.streams.values():
            story.when(minutes, stream.replay)
        story.when(minutes + 0.5, lambda: before.append(decided(story)))
    story.keeps_its_promises()
    assert before[0::2] == before[1::2]
    assert [incidents for incidents, *_ in before[0::2]] == [1, 3, 4]
