"""In which times of an incident its target was down, and how an incident is named."""

from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.incidents.incident import Flip, incident_id
from sentinelmesh.domain.values.interval import Interval
from tests.support.builders import START, an_incident

MINUTE = timedelta(minutes=1)
END = START + 10 * MINUTE


def at(minute: int) -> datetime:
    return START + minute * MINUTE


@pytest.mark.parametrize(
    ("flips", "spells"),
    [
        ("", [(0, 10)]),
        ("1u", [(0, 1)]),
        ("1u 2d", [(0, 1), (2, 10)]),
        ("1u 2d 4u", [(0, 1), (2, 4)]),
        # A change that was not kept leaves two of a kind behind each other.
        ("1u 3u 5d", [(0, 1), (5, 10)]),
        ("1u 2d 4d 6u", [(0, 1), (2, 6)]),
        ("3d 5u", [(0, 5)]),
    ],
)
def test_a_target_is_down_from_a_change_to_down_until_the_next_to_up(
    flips: str, spells: list[tuple[int, int]]
) -> None:
    changes = tuple(Flip(at=at(int(each[0])), up=each[1] == "u") for each in flips.split())
    expected = [Interval(at(begin), at(end)) for begin, end in spells]
    lasting = an_incident(opened_at=START, flips=changes)
    assert list(lasting.down_spells(END)) == expected
    over = an_incident(opened_at=START, flips=changes, resolved_at=END)
    assert list(over.down_spells(END + MINUTE)) == expected


def test_the_name_of_an_incident_is_fixed_for_ever() -> None:
    assert incident_id("mon_1", START, 2) == "inc_06dnirem0178o90lu6g38ui1"


def test_names_of_incidents_sort_by_their_beginning() -> None:
    moments = [START + timedelta(milliseconds=gap) for gap in (0, 1, 1000, 10**8, 10**11)]
    names = [incident_id(f"mon_{9 - place}", at, 1) for place, at in enumerate(moments)]
    assert names == sorted(names)


def test_a_repeated_decision_names_the_same_incident_and_another_version_another() -> None:
    assert incident_id("mon_1", START, 3) == incident_id("mon_1", START, 3)
    assert incident_id("mon_1", START, 3) != incident_id("mon_1", START, 5)
    assert incident_id("mon_1", START, 3) != incident_id("mon_2", START, 3)
