"""The rollups table: hours and days of each monitor, counted from results and never the only truth.

Ninety days are read for each look at an uptime, so an item is as small as it can be: all its counts
are one row of numbers, 350 bytes or so for a day of three regions.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.uptime.gaps import Gaps
from sentinelmesh.domain.uptime.rollup import RegionCount, Rollup, Stretch, day_of, hour_of
from sentinelmesh.domain.values.histogram import Histogram
from sentinelmesh.domain.values.instant import milliseconds
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.values.varint import pack, unpack
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import Item
from sentinelmesh.storage.dynamodb.query_pages import first_rows, walk
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOURS, DAYS = "hour", "day"
# The partition that holds the gaps of all monitors, by their ids.
GAPS = "#gaps"
# Any window may be asked for by hours for a year, and by days for three.
KEPT = {HOURS: timedelta(days=400), DAYS: timedelta(days=1100)}
# A word of DynamoDB's own.
BUCKET = {"#bucket": "bucket"}
FIGURES = ("planned", "covered", "watched_ms", "maintenance_ms", "unknown_ms", "down_ms", "opened")
# Added to the mark of a stretch that is closed.
HAS_GRACE = 2
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class RollupsRepository:
    """Rollups of all monitors; the form of their items stays behind this class."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rollups = RowReader("rollup", ("monitor_id", "bucket"), rollup_of)
        self._gaps = RowReader("gaps", ("bucket",), lambda item: (_monitor_of(item), gaps_of(item)))

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
        found = first_rows(
            self._client,
            1,
            f"newest rollup of {monitor_id}",
            self._rollups.read_all,
            **self._range(monitor_id, f"{HOURS}#", f"{HOURS}#~"),
            ScanIndexForward=False,
            ConsistentRead=consistent,
        )
        return found[0] if found else None

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

    def get_gaps(self, monitor_id: str) -> Gaps:
        """Read the gaps of a monitor, strongly consistent. Cost: 1 read unit."""
        found = self._list_gaps(monitor_id, monitor_id, consistent=True)
        return found.get(monitor_id, Gaps())

    def all_gaps(self) -> dict[str, Gaps]:
        """Read the gaps of all monitors that have any. Cost: half a read unit per 4 KB of them."""
        return self._list_gaps("!", "~", consistent=False)

    def put_gaps(self, monitor_id: str, gaps: Gaps, at: datetime) -> None:
        """Put the next revision of the gaps of a monitor. Cost: 1 write unit.

        Args:
            at: the day up to which they are known.

        Raises:
            StaleState: somebody else put one meanwhile; read again.
        """
        item = {
            "monitor_id": {"S": GAPS},
            "bucket": {"S": monitor_id},
            "counts": {"B": pack([*_spans(gaps.silent, EPOCH), *_spans(gaps.paused, EPOCH)])},
            "revision": {"N": str(gaps.revision)},
            "ttl": {"N": str(int((at + KEPT[HOURS]).timestamp()))},
        }
        self._put_item(item, gaps.revision - 1)

    def _list_gaps(self, low: str, high: str, *, consistent: bool) -> dict[str, Gaps]:
        items = walk(
            self._client, "gaps", **self._range(GAPS, low, high), ConsistentRead=consistent
        )
        return dict(self._gaps.read_all(items))

    def _list(self, monitor_id: str, low: str, high: str, *, consistent: bool) -> Iterator[Rollup]:
        if low > high:
            return
        items = walk(
            self._client,
            f"rollups of {monitor_id}",
            **self._range(monitor_id, low, high),
            ConsistentRead=consistent,
        )
        yield from self._rollups.read_all(items)

    def _put(self, monitor_id: str, bucket: str, kept: timedelta, rollup: Rollup) -> None:
        expires = int((rollup.stretch.end + kept).timestamp())
        self._put_item(_item(rollup, monitor_id, bucket, expires), rollup.revision - 1)

    def _put_item(self, item: Item, before: int) -> None:
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
        with translate_errors(StaleState, f"{item['bucket']['S']} is not at {before}"):
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
    """Return the key of a stretch, with milliseconds: a fraction would sort before its second."""
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
    yield from (stretch.interval_seconds, stretch.closed + HAS_GRACE * bool(stretch.grace))
    if stretch.grace:
        yield from _numbers_of(stretch.grace, EPOCH)
    yield from (getattr(rollup, name) for name in FIGURES)
    yield int(rollup.is_down_before)
    yield from _spans(rollup.silent, stretch.start)
    for name, count in sorted(rollup.regions.items()):
        encoded, latency = name.encode(), count.latency.numbers()
        yield from (len(encoded), *encoded)
        yield from (count.success, count.failure, count.unknown, count.degraded)
        yield from (len(latency), *latency)


def _spans(spans: Sequence[Interval], origin: datetime) -> Iterator[int]:
    yield len(spans)
    for each in spans:
        yield from _numbers_of(each, origin)


def _numbers_of(span: Interval, origin: datetime) -> tuple[int, int]:
    return milliseconds(span.start - origin), milliseconds(span.end - span.start)


def _read_spans(numbers: Iterator[int], origin: datetime) -> tuple[Interval, ...]:
    return tuple(_read_span(numbers, origin) for _ in range(next(numbers)))


def _read_span(numbers: Iterator[int], origin: datetime) -> Interval:
    start = origin + timedelta(milliseconds=next(numbers))
    return Interval(start, start + timedelta(milliseconds=next(numbers)))


def _monitor_of(item: Mapping[str, Any]) -> str:
    monitor_id: str = item["bucket"]["S"]
    return monitor_id


def gaps_of(item: Mapping[str, Any]) -> Gaps:
    """Read an item of gaps."""
    numbers = unpack(item["counts"]["B"])
    silent, paused = _read_spans(numbers, EPOCH), _read_spans(numbers, EPOCH)
    return Gaps(silent, paused, int(item["revision"]["N"]))


def rollup_of(item: Mapping[str, Any]) -> Rollup:
    """Read an item."""
    numbers = unpack(item["counts"]["B"])
    start_ms, lasted_ms, began_ms, interval, marks = islice(numbers, 5)
    start = EPOCH + timedelta(milliseconds=start_ms)
    return Rollup(
        stretch=Stretch(
            start=start,
            end=start + timedelta(milliseconds=lasted_ms),
            began=EPOCH + timedelta(milliseconds=began_ms),
            interval_seconds=interval,
            closed=bool(marks % HAS_GRACE),
            grace=_read_span(numbers, EPOCH) if marks >= HAS_GRACE else None,
        ),
        **{name: next(numbers) for name in FIGURES},
        is_down_before=bool(next(numbers)),
        silent=_read_spans(numbers, start),
        regions=dict(_regions(numbers)),
        revision=int(item["revision"]["N"]),
    )


def _regions(numbers: Iterator[int]) -> Iterator[tuple[str, RegionCount]]:
    for length in numbers:
        name = bytes(islice(numbers, length)).decode()
        success, failure, unknown, degraded = islice(numbers, 4)
        latency = Histogram.of_numbers(list(islice(numbers, next(numbers))))
        yield name, RegionCount(success, failure, unknown, degraded, latency)
