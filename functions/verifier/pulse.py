"""A sign of life: when the verifier last read the stream, and how far behind it was."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from functions.verifier.records import Record
from sentinelmesh.domain.instant import from_epoch, milliseconds
from sentinelmesh.errors import MeshError
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory import HeartbeatsRepository

PAUSE = timedelta(seconds=30)


class Pulse:
    """Writes a heartbeat at most every half minute per process: it costs a write unit each."""

    def __init__(self, heartbeats: HeartbeatsRepository, clock: Callable[[], datetime]) -> None:
        self._heartbeats = heartbeats
        self._clock = clock
        self._next_at: datetime | None = None

    def beat(self, records: Sequence[Record]) -> None:
        """Note the lag of a batch.

        A heartbeat that cannot be written hurts nobody else.
        """
        at = self._clock()
        created = [record["dynamodb"].get("ApproximateCreationDateTime") for record in records]
        known = [moment for moment in created if isinstance(moment, int | float)]
        if not known or (self._next_at and at < self._next_at):
            return
        self._next_at = at + PAUSE
        lag = max(0, milliseconds(at - from_epoch(min(known))))
        try:
            self._heartbeats.beat("verifier", at, {"lag_ms": lag})
        except MeshError as error:
            logger().warning("heartbeat_unwritten", reason=str(error))
