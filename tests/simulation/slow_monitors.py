"""Monitors that are checked hourly to daily, and targets that break for hours and for good."""

from datetime import datetime, timedelta
from random import Random

from sentinelmesh.domain.monitors.schedule import planned_slots
from tests.simulation.oracle.ground_truth import GroundTruth
from tests.simulation.people import People
from tests.simulation.targets import Target, Trouble

HOUR = timedelta(hours=1)
# Interval in hours and strategy.
TIMETABLES = ((6, "rotate"), (12, "all"), (24, "rotate"))
# What a slot leads to is over soon after; what is down is checked again for half an hour.
BEFORE, AFTER, RECOVERY = timedelta(minutes=2), timedelta(minutes=3), timedelta(minutes=33)
LONG = timedelta(days=9)


def add_slow(people: People, targets: dict[str, Target], chance: Random, now: datetime) -> None:
    """Add slow monitors of targets that break later on, and a daily one of what is broken."""
    for place, (hours, strategy) in enumerate(TIMETABLES):
        begins = now + HOUR * chance.uniform(0.5, 2)
        lasts = LONG if hours > 6 else HOUR * chance.uniform(7, 12)
        address = f"https://slow-{place}.example/"
        targets[address] = Target((Trouble(begins, begins + lasts),))
        _watch(people, address, hours, strategy)
    address = "https://broken.example/"
    targets[address] = Target((Trouble(now - HOUR, now + LONG),))
    _watch(people, address, 24, "rotate")


def is_idle(people: People, truth: GroundTruth, minute: datetime) -> bool:
    """Return True if no slot lies around a minute, and nothing broke in the last half hour."""
    recent = minute - RECOVERY
    if any(each.decided_at > recent for of in truth.outages.values() for each in of):
        return False
    return len(people.monitors) > len(TIMETABLES) and not any(
        any(planned_slots(name, each["interval_seconds"], minute - AFTER, minute + BEFORE))
        for name, each in people.monitors.items()
    )


def _watch(people: People, address: str, hours: int, strategy: str) -> None:
    people.add(
        {
            "name": address,
            "kind": "http",
            "target": address,
            "interval_seconds": 3600 * hours,
            "timeout_ms": 30_000,
            "strategy": strategy,
            "grace_period_seconds": 0,
        }
    )
