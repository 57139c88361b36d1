"""One result for each stretch of time of many monitors: enough for a bar and a small curve.

Counting all results of a day would read a megabyte for each monitor at 60 s. Which result the
timetable has planned is known beforehand, so one of each stretch is addressed, a hundred in a
request; where there is none, the stretch is searched for any.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import regions_of, slot_at
from sentinelmesh.domain.probing.region_health import Planned
from sentinelmesh.domain.probing.result import Purpose, Result
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.batches import get_many
from sentinelmesh.storage.results import ResultsRepository, result_reader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READERS = 16
INSTANT_BEFORE = timedelta(microseconds=1)
# Newest results of a stretch among which there is a scheduled one, or next to none.
SEARCHED = 4
PLANNED_AHEAD = timedelta(minutes=2)
Stretch = tuple[str, datetime]
Key = tuple[str, str]


class Samples:
    """Samples of results, eventually consistent."""

    def __init__(self, client: "DynamoDBClient", table: str, results: ResultsRepository) -> None:
        self._client = client
        self._table = table
        self._results = results
        self._rows = result_reader()

    def find(
        self, wanted: Sequence[tuple[Monitor, datetime]], length: timedelta, until: datetime
    ) -> dict[Stretch, Result]:
        """Read one scheduled result for each stretch that has any.

        Args:
            wanted: monitors, each with the beginning of a stretch; the store is not asked for
                what lies before a monitor's creation.
            until: slots from here on have no result yet.

        Cost: one request per 100 stretches, half a read unit each; a query more for each that
            has not what the timetable planned: after an edit, or where nothing was probed.
        """
        asked = {
            (monitor.id, start): (monitor, min(start + length, until))
            for monitor, start in wanted
            if monitor.created_at < min(start + length, until)
        }
        found = self._addressed(asked)
        missing = [stretch for stretch in asked if stretch not in found]
        if missing:
            with ThreadPoolExecutor(min(READERS, len(missing))) as readers:
                ends = (asked[stretch][1] for stretch in missing)
                for stretch, result in zip(
                    missing, readers.map(self._searched, missing, ends), strict=True
                ):
                    if result is not None:
                        found[stretch] = result
        return found

    def planned(self, monitors: Iterable[Monitor], slots: int, until: datetime) -> list[Planned]:
        """Read what came of the last slots of each monitor, in every region that had to probe.

        Args:
            slots: how many of each monitor, at most.
            until: slots from here on have no result yet.

        Cost: one request per 100 probes, half a read unit each.
        """
        wanted = {
            (monitor.id, keys.slot_key(slot, region, Purpose.SCHEDULED, monitor.revision)): (
                region,
                slot,
            )
            for monitor in monitors
            for slot in _last_slots(monitor, slots, until)
            for region in regions_of(
                monitor.id, monitor.interval_seconds, monitor.regions, monitor.strategy, slot
            )
        }
        found = self._read(wanted)
        return [
            Planned(region=region, slot=slot, result=found.get(key))
            for key, (region, slot) in wanted.items()
        ]

    def _addressed(self, asked: dict[Stretch, tuple[Monitor, datetime]]) -> dict[Stretch, Result]:
        stretches = {
            (monitor.id, key): stretch
            for stretch, (monitor, end) in asked.items()
            for key in _keys(monitor, stretch[1], end)
        }
        return {stretches[key]: result for key, result in self._read(stretches).items()}

    def _read(self, wanted: Iterable[Key]) -> dict[Key, Result]:
        """Read results by their keys; the others are not in the answer."""
        asked = [{"monitor_id": {"S": each}, "slot_key": {"S": key}} for each, key in wanted]
        items = get_many(self._client, self._table, asked, consistent=False)
        return {(result.monitor_id, key): result for key, result in self._rows.read_all(items)}

    def _searched(self, stretch: Stretch, end: datetime) -> Result | None:
        monitor_id, start = stretch
        rows = self._results.list_newest(monitor_id, SEARCHED, start=start, end=end)
        planned = (each for _, each in rows if each.purpose is Purpose.SCHEDULED)
        return next(planned, None)


def _last_slots(monitor: Monitor, count: int, until: datetime) -> Iterator[datetime]:
    """Walk back over slots that the present revision has planned."""
    last = slot_at(monitor.id, monitor.interval_seconds, until - INSTANT_BEFORE)
    # A tick plans the next minute: an edit counts from there on.
    since = max(monitor.scheduled_since, monitor.updated_at) + PLANNED_AHEAD
    for back in range(count):
        slot = last - back * monitor.interval
        if slot < since:
            return
        yield slot


def _keys(monitor: Monitor, start: datetime, end: datetime) -> Iterator[str]:
    """Return the last result that the timetable has planned in a stretch, if it has one."""
    slot = slot_at(monitor.id, monitor.interval_seconds, end - INSTANT_BEFORE)
    if slot < max(start, monitor.updated_at):
        return
    # Where all regions probe, one speaks for each stretch, in turn.
    region, *_ = regions_of(monitor.id, monitor.interval_seconds, monitor.regions, "rotate", slot)
    yield keys.slot_key(slot, region, Purpose.SCHEDULED, monitor.revision)
