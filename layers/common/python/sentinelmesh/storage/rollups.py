"""The rollups table: hours and days of each monitor, counted from results and never the only truth.

A quarter of days is read for each look at an uptime, so an item is as small as it can be: numbers
in one text, the counts of a region in another, 400 bytes or so for a day of three regions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain import instant
from sentinelmesh.domain.histogram import Histogram
from sentinelmesh.domain.instant import milliseconds
from sentinelmesh.domain.rollup import RegionCount, Rollup, Stretch, day_of, hour_of
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.calls import translated
from sentinelmesh.storage.items import Item, attributes
from sentinelmesh.storage.pages import first_items, walk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOURS, DAYS = "hour", "day"
# Any window may be asked for by hours for a year, and by days for three.
KEPT = {HOURS: timedelta(days=400), DAYS: timedelta(days=1100)}
# A word of DynamoDB's own.
BUCKET = {"#bucket": "bucket"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RollupsRepository:
    """Rollups of all monitors; the form of their items stays behind this class."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def put_hour(self, monitor_id: str, rollup: Rollup) -> None:
        """Put the next revision of the rollup of a stretch. Cost: 1 write unit per KB.

        Raises:
            StaleState: somebody else counted it meanwhile; read and count again.
        """
        bucket = f"{HOURS}#{instant.text(rollup.stretch.start)}"
        self._put(monitor_id, bucket, KEPT[HOURS], rollup)

    def put_day(self, monitor_id: str, rollup: Rollup) -> None:
        """Put the next revision of the rollup of a day. Cost: 1 write unit per KB.

        Raises:
            StaleState: somebody else added it up meanwhile; read and add up again.
        """
        bucket = f"{DAYS}#{rollup.stretch.start.astimezone(UTC):%Y-%m-%d}"
        self._put(monitor_id, bucket, KEPT[DAYS], rollup)

    def newest_hour(self, monitor_id: str, *, consistent: bool = False) -> Rollup | None:
        """Read the newest stretch. Cost: half a read unit, twice that if consistent."""
        found = first_items(
            self._client,
            1,
            f"newest rollup of {monitor_id}",
            **self._range(monitor_id, f"{HOURS}#", f"{HOURS}#~"),
            ScanIndexForward=False,
            ConsistentRead=consistent,
        )
        return rollup_of(found[0]) if found else None

    def list_hours(
        self, monitor_id: str, start: datetime, end: datetime, *, consistent: bool = False
    ) -> list[Rollup]:
        """Read the stretches of all hours that reach into a time, oldest first.

        Cost: one query, half a read unit per 4 KB (a dozen stretches), twice that if consistent.
        """
        low, high = instant.text(hour_of(start)), instant.text(end)
        found = self._list(monitor_id, f"{HOURS}#{low}", f"{HOURS}#{high}", consistent=consistent)
        return [each for each in found if each.stretch.start < end]

    def list_days(
        self, monitor_id: str, start: datetime, end: datetime, *, consistent: bool = False
    ) -> list[Rollup]:
        """Read all days that reach into a time, oldest first.

        Cost: one query, half a read unit per 4 KB (a dozen days), twice that if consistent.
        """
        low = f"{DAYS}#{day_of(start):%Y-%m-%d}"
        high = f"{DAYS}#{end.astimezone(UTC):%Y-%m-%d}"
        found = self._list(monitor_id, low, high, consistent=consistent)
        return [each for each in found if day_of(each.stretch.start) < end]

    def _list(self, monitor_id: str, low: str, high: str, *, consistent: bool) -> Iterator[Rollup]:
        if low > high:
            return
        items = walk(
            self._client,
            f"rollups of {monitor_id}",
            **self._range(monitor_id, low, high),
            ConsistentRead=consistent,
        )
        for item in items:
            yield rollup_of(item)

    def _put(self, monitor_id: str, bucket: str, kept: timedelta, rollup: Rollup) -> None:
        before = rollup.revision - 1
        values = {":before": {"N": str(before)}}
        condition: dict[str, Any] = {
            # What somebody else counted after we began may hold results that we have not seen.
            "ConditionExpression": "revision = :before",
            "ExpressionAttributeValues": values,
        }
        if before == 0:
            condition = {
                "ConditionExpression": "attribute_not_exists(#bucket)",
                "ExpressionAttributeNames": BUCKET,
            }
        item = _item(rollup, monitor_id, bucket, int((rollup.stretch.end + kept).timestamp()))
        with translated(StaleState, f"{bucket} of {monitor_id} is not at {before}"):
            self._client.put_item(TableName=self._table, Item=item, **condition)

    def _range(self, monitor_id: str, low: str, high: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "monitor_id = :monitor AND #bucket BETWEEN :low AND :high",
            "ExpressionAttributeNames": BUCKET,
            "ExpressionAttributeValues": {
                ":monitor": {"S": monitor_id},
                ":low": {"S": low},
                ":high": {"S": high},
            },
        }


def _item(rollup: Rollup, monitor_id: str, bucket: str, expires: int) -> Item:
    stretch = rollup.stretch
    timetable = (
        milliseconds(stretch.start - EPOCH),
        milliseconds(stretch.end - stretch.start),
        milliseconds(stretch.start - stretch.began),
        stretch.interval_seconds,
        int(stretch.closed),
    )
    figures = (
        *(rollup.planned, rollup.covered, rollup.watched_ms, rollup.maintenance_ms),
        *(rollup.unknown_ms, rollup.down_ms, rollup.opened, int(rollup.is_down_before)),
    )
    return attributes(
        {
            "monitor_id": monitor_id,
            "bucket": bucket,
            "at": _joined(timetable),
            "sum": _joined(figures),
            "by": {name: _written(each) for name, each in rollup.regions.items()},
            "revision": rollup.revision,
            "ttl": expires,
        }
    )


def _written(count: RegionCount) -> str:
    numbers = (count.success, count.failure, count.unknown, count.degraded)
    return f"{_joined(numbers)} {count.latency.packed()}"


def _joined(numbers: tuple[int, ...]) -> str:
    return " ".join(str(each) for each in numbers)


def rollup_of(item: Item) -> Rollup:
    """Read an item."""
    epoch_ms, lasted_ms, since_ms, interval, closed = (
        int(each) for each in item["at"]["S"].split()
    )
    planned, covered, watched, maintenance, unknown, down, opened, before = (
        int(each) for each in item["sum"]["S"].split()
    )
    start = EPOCH + timedelta(milliseconds=epoch_ms)
    return Rollup(
        stretch=Stretch(
            start=start,
            end=start + timedelta(milliseconds=lasted_ms),
            began=start - timedelta(milliseconds=since_ms),
            interval_seconds=interval,
            closed=bool(closed),
        ),
        regions={name: _count(each["S"]) for name, each in item["by"]["M"].items()},
        planned=planned,
        covered=covered,
        watched_ms=watched,
        maintenance_ms=maintenance,
        unknown_ms=unknown,
        down_ms=down,
        opened=opened,
        is_down_before=bool(before),
        revision=int(item["revision"]["N"]),
    )


def _count(written: str) -> RegionCount:
    *numbers, latency = written.split(" ")
    success, failure, unknown, degraded = (int(each) for each in numbers)
    return RegionCount(success, failure, unknown, degraded, Histogram.unpacked(latency))
