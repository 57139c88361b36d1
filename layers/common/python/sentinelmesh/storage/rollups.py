"""The rollups table: hours and days of each monitor, counted from results and never the only truth.

Ninety days are read for each look at an uptime, so an item is as small as it can be: all its counts
are one row of numbers, 350 bytes or so for a day of three regions.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.histogram import Histogram
from sentinelmesh.domain.instant import milliseconds
from sentinelmesh.domain.rollup import RegionCount, Rollup, Stretch, day_of, hour_of
from sentinelmesh.domain.varint import pack, unpack
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.calls import translated
from sentinelmesh.storage.items import Item
from sentinelmesh.storage.pages import first_items, walk

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOURS, DAYS = "hour", "day"
# Any window may be asked for by hours for a year, and by days for three.
KEPT = {HOURS: timedelta(days=400), DAYS: timedelta(days=1100)}
# A word of DynamoDB's own.
BUCKET = {"#bucket": "bucket"}
FIGURES = ("planned", "covered", "watched_ms", "maintenance_ms", "unknown_ms", "down_ms", "opened")
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
        self._put(monitor_id, _hour(rollup.stretch.start), KEPT[HOURS], rollup)

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
        low, high = _hour(hour_of(start)), _hour(end)
        found = self._list(monitor_id, low, high, consistent=consistent)
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


def _hour(start: datetime) -> str:
    """Name a stretch; always with milliseconds, or a fraction would sort before its own second."""
    written = start.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{HOURS}#{written}Z"


def _item(rollup: Rollup, monitor_id: str, bucket: str, expires: int) -> Item:
    return {
        "monitor_id": {"S": monitor_id},
        "bucket": {"S": bucket},
        "counts": {"B": pack(_numbers(rollup))},
        "revision": {"N": str(rollup.revision)},
        "ttl": {"N": str(expires)},
    }


def _numbers(rollup: Rollup) -> Iterator[int]:
    stretch = rollup.stretch
    yield milliseconds(stretch.start - EPOCH)
    yield milliseconds(stretch.end - stretch.start)
    yield milliseconds(stretch.began - EPOCH)
    yield from (stretch.interval_seconds, int(stretch.closed))
    yield from (getattr(rollup, name) for name in FIGURES)
    yield int(rollup.is_down_before)
    for name, count in sorted(rollup.regions.items()):
        encoded, latency = name.encode(), count.latency.numbers()
        yield from (len(encoded), *encoded)
        yield from (count.success, count.failure, count.unknown, count.degraded)
        yield from (len(latency), *latency)


def rollup_of(item: Item) -> Rollup:
    """Read an item."""
    numbers = unpack(item["counts"]["B"])
    start_ms, lasted_ms, began_ms, interval, closed = islice(numbers, 5)
    start = EPOCH + timedelta(milliseconds=start_ms)
    return Rollup(
        stretch=Stretch(
            start=start,
            end=start + timedelta(milliseconds=lasted_ms),
            began=EPOCH + timedelta(milliseconds=began_ms),
            interval_seconds=interval,
            closed=bool(closed),
        ),
        **{name: next(numbers) for name in FIGURES},
        is_down_before=bool(next(numbers)),
        regions=dict(_regions(numbers)),
        revision=int(item["revision"]["N"]),
    )


def _regions(numbers: Iterator[int]) -> Iterator[tuple[str, RegionCount]]:
    for length in numbers:
        name = bytes(islice(numbers, length)).decode()
        success, failure, unknown, degraded = islice(numbers, 4)
        latency = Histogram.of_numbers(list(islice(numbers, next(numbers))))
        yield name, RegionCount(success, failure, unknown, degraded, latency)
