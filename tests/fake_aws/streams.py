"""The changes of a table as Lambda reads them: shards that split, lanes, replays, bisecting."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from tests.fake_aws.functions import Lambdas, failed_identifiers
from tests.fake_aws.hub import Hub
from tests.fake_aws.tables import Table, TableChange
from tests.simulation.faults import Fate

# Small, so that every reader meets many batches; and what infra/ sets.
STREAM_BATCH, LIFELIKE_BATCH = 20, 100
STREAM_AGE = timedelta(hours=1)
BUCKETS = 8
# A record that is handled later than this may have been too late to be waited for.
PROMPT = timedelta(seconds=2)


@dataclass
class Lane:
    """Records of one lane of a shard, in order, handed out up to `place`.

    Args:
        parent: lanes of a shard that was split: they have to be empty first.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    place: int = 0
    most: int | None = None
    is_read: bool = False
    parents: "tuple[Lane, ...]" = ()

    @property
    def is_empty(self) -> bool:
        """Whether everything was handed out and handled, here and before."""
        # A parent gets no more records: once it is empty it need not be asked again.
        self.parents = tuple(each for each in self.parents if not each.is_empty)
        return self.place >= len(self.records) and not self.parents


@dataclass
class StreamSource:
    """Feeds the changes of a table to a function.

    Args:
        wanted: the only event that is delivered; None means every one.
        with_image: whether records contain the new item.
        dropped: records that were given up because they were too old, as AWS does.
        slow_since: by partition key, when the oldest record was written that was handled late.
    """

    hub: Hub
    fate: Fate
    lambdas: Lambdas
    function: str
    table: Table
    wanted: str | None = None
    with_image: bool = True
    lanes: int = 1
    batch: int = STREAM_BATCH
    dropped: list[dict[str, Any]] = field(default_factory=list)
    all_records: list[dict[str, Any]] = field(default_factory=list)
    slow_since: dict[str, datetime] = field(default_factory=dict)
    # Each bucket of keys belongs to one shard; a split shares out the buckets of its parent.
    _buckets: list[tuple[Lane, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        half = BUCKETS // 2
        self._buckets = [self._shard()] * half + [self._shard()] * half
        self.table.listeners.append(self._record)

    def _shard(self, parents: tuple[Lane, ...] = ()) -> tuple[Lane, ...]:
        return tuple(Lane(parents=parents) for _ in range(self.lanes))

    def _record(self, change: TableChange) -> None:
        if self.wanted not in {None, change.name}:
            return
        image = {"NewImage": change.after} if self.with_image and change.after else {}
        record = {
            "eventSource": "aws:dynamodb",
            "eventName": change.name,
            "dynamodb": {
                "Keys": change.key,
                **image,
                "SequenceNumber": f"{len(self.all_records):020d}",
                "ApproximateCreationDateTime": self.hub.seconds,
            },
        }
        self.all_records.append(record)
        lane = self.lane_of(_partition_of(record))
        lane.records.append(record)
        self._expect(lane, self.fate.delay())

    def lane_of(self, partition: str) -> Lane:
        """Return the lane in which the records of a partition key are handed out."""
        name = crc32(partition.encode())
        shard = self._buckets[name % BUCKETS]
        return shard[name // BUCKETS % len(shard)]

    def split(self) -> None:
        """Split a shard in two; its children are read once it is empty."""
        parent = self.fate.chance.choice(self._buckets)
        theirs = [place for place, shard in enumerate(self._buckets) if shard is parent]
        half = len(theirs) // 2
        for places in (theirs[:half], theirs[half:]):
            child = self._shard(parents=parent)
            for place in places:
                self._buckets[place] = child

    def replay(self) -> None:
        """Hand out everything again that was ever recorded, in batches, in no order."""
        starts = list(range(0, len(self.all_records), STREAM_BATCH))
        self.fate.chance.shuffle(starts)
        for start in starts:
            event = {"Records": self.all_records[start : start + STREAM_BATCH]}
            self.lambdas.invoke(self.function, event, lambda _answer: None)

    def _expect(self, lane: Lane, seconds: float) -> None:
        self.hub.after(seconds, lambda: self._read(lane))

    def _read(self, lane: Lane) -> None:
        if lane.is_read or lane.place >= len(lane.records):
            return
        if not all(parent.is_empty for parent in lane.parents):
            self._expect(lane, 1.0)
            return
        start = lane.place
        if start and self.fate.happens("replay"):
            start = self.fate.chance.randrange(start)
        size = self.fate.chance.randint(1, lane.most or self.batch)
        batch = lane.records[start : max(lane.place, start) + size]
        lane.is_read = True
        self.lambdas.invoke(
            self.function,
            {"Records": batch},
            lambda answer: self._done(lane, start, batch, answer),
        )

    def _done(
        self, lane: Lane, start: int, batch: Sequence[Mapping[str, Any]], answer: Any
    ) -> None:
        lane.is_read = False
        failures = failed_identifiers(answer)
        done = 0 if failures is None else _finished(batch, failures)
        for record in batch[max(0, lane.place - start) : done]:
            if self.hub.seconds - _created(record) > PROMPT.total_seconds():
                self._note_slow(record)
        lane.place = max(lane.place, start + done)
        if done == len(batch):
            lane.most = None
            self._expect(lane, 0.0)
            return
        # Bisecting: what fails as a whole is tried again in halves.
        lane.most = max(1, (lane.most or self.batch) // 2)
        if self._is_old(lane):
            self.dropped.append(lane.records[lane.place])
            self._note_slow(lane.records[lane.place])
            lane.place, lane.most = lane.place + 1, None
        self._expect(lane, self.fate.chance.uniform(0.5, 3))

    def waiting_since(self) -> list[datetime]:
        """Return when the first record of each lane was written that is not handled yet."""
        return [
            datetime.fromtimestamp(_created(lane.records[lane.place]), UTC)
            for shard in self._buckets
            for each in shard
            for lane in (each, *each.parents)
            if lane.place < len(lane.records)
        ]

    def _note_slow(self, record: Mapping[str, Any]) -> None:
        self.note_slow(_partition_of(record), datetime.fromtimestamp(_created(record), UTC))

    def note_slow(self, partition: str, since: datetime | None = None) -> None:
        """Note that somebody's records are late: from a moment on, or from now."""
        moment = since or self.hub.now
        # What failed first may have been written after what is found to be late only now.
        self.slow_since[partition] = min(self.slow_since.get(partition, moment), moment)

    def _is_old(self, lane: Lane) -> bool:
        age = self.hub.seconds - _created(lane.records[lane.place])
        return age > STREAM_AGE.total_seconds()


def _created(record: Mapping[str, Any]) -> float:
    created: float = record["dynamodb"]["ApproximateCreationDateTime"]
    return created


def _partition_of(record: Mapping[str, Any]) -> str:
    name: str = next(iter(record["dynamodb"]["Keys"].values()))["S"]
    return name


def _finished(batch: Sequence[Mapping[str, Any]], failures: set[str]) -> int:
    """Count the records that were handled: all before the first reported one."""
    for place, record in enumerate(batch):
        if record["dynamodb"]["SequenceNumber"] in failures:
            return place
    return len(batch)
