"""Stream records and queue messages, read as far as needed to know which monitors to evaluate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.verification.expected_result import is_expected
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.observability import logger

Record = Mapping[str, Any]
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ResultSummary:
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


def glance(record: Record) -> ResultSummary | None:
    """Look at a stream record of check_results; None for one of another table.

    Raises:
        KeyError, TypeError, ValueError: it is no result that this code can read.
    """
    image = record["dynamodb"].get("NewImage")
    if image is None:
        return None
    seen = ResultSummary(
        monitor_id=image["monitor_id"]["S"],
        slot=image["slot"]["S"],
        region=image["region"]["S"],
        is_scheduled=image["purpose"]["S"] == Purpose.SCHEDULED,
        outcome=Outcome(image["outcome"]["S"]),
        degraded="degraded" in image and image["degraded"]["BOOL"],
        created_at=_created_at(record),
    )
    instant.parse(seen.slot)
    return seen


def read_record(record: Record) -> tuple[str, ResultSummary | None]:
    """Return the monitor that a stream record is about, and the result if it is one.

    A result that this code cannot read is taken for an edit: its monitor is evaluated, whatever
    the record says.
    """
    monitor_id: str = record["dynamodb"]["Keys"]["monitor_id"]["S"]
    try:
        return monitor_id, glance(record)
    except (KeyError, TypeError, ValueError) as error:
        logger().error("result_unreadable", monitor_id=monitor_id, reason=f"{error!r}")
        return monitor_id, None


def _created_at(record: Record) -> datetime:
    created = record["dynamodb"].get("ApproximateCreationDateTime")
    return instant.from_epoch(created) if isinstance(created, int | float) else LONG_AGO


def may_change(state: State | None, glances: Iterable[ResultSummary]) -> bool:
    """Return whether new results can move a monitor: nearly always they cannot.

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
