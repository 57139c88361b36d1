"""Stream records and queue messages, read as far as needed to know which monitors to evaluate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sentinelmesh.domain import instant
from sentinelmesh.domain.expectation import is_expected
from sentinelmesh.domain.result import Purpose
from sentinelmesh.domain.state import State

Record = Mapping[str, Any]
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Glance:
    """The few fields of a new result that say whether anything may change.

    Reading these by hand costs a microsecond; a whole result costs twenty times that.

    Args:
        slot: as text.
        created_at: when the table took it.
    """

    monitor_id: str
    slot: str
    region: str
    is_scheduled: bool
    outcome: str
    degraded: bool = False
    created_at: datetime = LONG_AGO


def glance(record: Record) -> Glance | None:
    """Look at a stream record of check_results; None for one of another table."""
    image = record["dynamodb"].get("NewImage")
    if image is None:
        return None
    return Glance(
        monitor_id=image["monitor_id"]["S"],
        slot=image["slot"]["S"],
        region=image["region"]["S"],
        is_scheduled=image["purpose"]["S"] == Purpose.SCHEDULED,
        outcome=image["outcome"]["S"],
        degraded="degraded" in image and image["degraded"]["BOOL"],
        created_at=_created_at(record),
    )


def _created_at(record: Record) -> datetime:
    created = record["dynamodb"].get("ApproximateCreationDateTime")
    return instant.from_epoch(created) if isinstance(created, int | float) else LONG_AGO


def monitor_of(record: Record) -> str:
    """Name the monitor that a stream record is about."""
    monitor_id: str = record["dynamodb"]["Keys"]["monitor_id"]["S"]
    return monitor_id


def may_change(state: State | None, glances: Iterable[Glance]) -> bool:
    """Say whether new results can move a monitor: nearly always they cannot.

    A monitor that is up and whose results pass, or down and whose results fail, stays as it is;
    its state was read and nothing more has to be.
    """
    if state is None:
        return True
    known = set(state.failing_regions)
    return not all(
        is_expected(
            state.status,
            known,
            restless=state.is_restless or each.degraded,
            region=each.region,
            outcome=each.outcome,
            is_scheduled=each.is_scheduled,
        )
        for each in glances
    )
