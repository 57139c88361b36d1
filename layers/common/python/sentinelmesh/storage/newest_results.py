"""The newest results of many monitors: addressed by the timetable instead of searched for.

Which slots a monitor has and which region probes each is a pure function, so the keys of its last
results are known beforehand: a hundred of them fit into one request, where searching takes one
request for each monitor.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sentinelmesh.domain.monitors.first_check import first_look_slot
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import regions_of, slot_at
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.batches import get_many
from sentinelmesh.storage.results import ResultsRepository, result_reader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READERS = 16
# Slots looked at, counted back from the present one: the last two are nearly always enough.
NEAR, FAR = range(2), range(2, 5)
SEARCHED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What is known last about a monitor from its timetable; manual probes do not count.

    Args:
        result: the newest result, whatever it says.
        seen: the newest one that says something about the target: no abstention.
    """

    result: Result | None = None
    seen: Result | None = None

    def with_results(self, results: Iterable[Result]) -> "Newest":
        """Take more results into account."""
        newest_first = sorted(
            [*results, *(each for each in (self.result, self.seen) if each)],
            key=lambda result: result.slot,
            reverse=True,
        )
        planned = [each for each in newest_first if each.purpose is not Purpose.MANUAL]
        seen = (each for each in planned if each.outcome is not Outcome.UNKNOWN)
        return Newest(result=next(iter(planned), None), seen=next(seen, None))


NOTHING = Newest()


class NewestResults:
    """Newest results, many at a time."""

    def __init__(self, client: "DynamoDBClient", table: str, results: ResultsRepository) -> None:
        self._client = client
        self._table = table
        self._results = results
        self._rows = result_reader()

    def find(self, monitors: Sequence[Monitor], at: datetime) -> dict[str, Newest]:
        """Read the newest result of each monitor (eventually consistent).

        Cost: one request per 50 monitors that are watched as planned, half a read unit per key;
            one more query for each monitor that was silent for five slots, edited or just added.
        """
        found = dict.fromkeys((monitor.id for monitor in monitors), NOTHING)
        for places in (NEAR, FAR):
            open_ones = [each for each in monitors if found[each.id].seen is None]
            for monitor_id, results in self._addressed(open_ones, places, at).items():
                found[monitor_id] = found[monitor_id].with_results(results)
        silent = [
            each for each in monitors if found[each.id].seen is None and not _is_young(each, at)
        ]
        if silent:
            with ThreadPoolExecutor(min(READERS, len(silent))) as readers:
                searched = readers.map(self._searched, silent)
                found |= zip((each.id for each in silent), searched, strict=True)
        return found

    def _addressed(
        self, monitors: Sequence[Monitor], places: range, at: datetime
    ) -> dict[str, list[Result]]:
        wanted = [
            {"monitor_id": {"S": each.id}, "slot_key": {"S": key}}
            for each in monitors
            for key in _keys(each, places, at)
        ]
        found: dict[str, list[Result]] = {}
        items = get_many(self._client, self._table, wanted, consistent=False)
        for _, result in self._rows.read_all(items):
            found.setdefault(result.monitor_id, []).append(result)
        return found

    def _searched(self, monitor: Monitor) -> Newest:
        rows = self._results.list_newest(monitor.id, len(monitor.regions) + SEARCHED)
        return NOTHING.with_results(result for _, result in rows)


def _keys(monitor: Monitor, places: range, at: datetime) -> Iterator[str]:
    """Return the results that the timetable has planned for some of the last slots.

    With strategy `all` one region speaks for the near slots, in turn, and all for the far ones. The
    first look is addressed until two slots have passed since.
    """
    last, revision = _last_slot(monitor, at)
    first = first_look_slot(monitor)
    if places is NEAR and first is not None and last - monitor.interval <= first:
        for region in monitor.regions:
            yield keys.slot_key(first, region, Purpose.FIRST_LOOK, revision)
    for place in places:
        slot = last - place * monitor.interval
        if slot < monitor.scheduled_since:
            return
        strategy = monitor.strategy if places is FAR else "rotate"
        for region in regions_of(
            monitor.id, monitor.interval_seconds, monitor.regions, strategy, slot
        ):
            yield keys.slot_key(slot, region, Purpose.SCHEDULED, revision)


def _last_slot(monitor: Monitor, at: datetime) -> tuple[datetime, int]:
    """Return the last slot that was planned, and the revision that planned it."""
    if monitor.paused:
        paused_at = min(at, monitor.updated_at)
        return slot_at(monitor.id, monitor.interval_seconds, paused_at), monitor.revision - 1
    return slot_at(monitor.id, monitor.interval_seconds, at), monitor.revision


def _is_young(monitor: Monitor, at: datetime) -> bool:
    """Return whether all slots that a monitor ever had were looked at."""
    reach = (len(NEAR) + len(FAR)) * monitor.interval
    return monitor.revision == 1 and at - monitor.created_at < reach
