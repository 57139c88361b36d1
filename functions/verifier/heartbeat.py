"""A sign of life: when the verifier last read the stream, and how far behind it was."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from functions.verifier.records import Record
from sentinelmesh.domain.values.instant import from_epoch, milliseconds
from sentinelmesh.errors import MeshError
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository

PAUSE = timedelta(seconds=30)


class HeartbeatStatus:
    """Writes a heartbeat at most every half minute per process: it costs a write unit each."""

    def __init__(self, heartbeats: HeartbeatsRepository, clock: Callable[[], datetime]) -> None:
        self._heartbeats = heartbeats
        self._clock = clock
        self._next_at: datetime | None = None
        self._worst_lag_ms = 0

    def beat(self, records: Sequence[Record]) -> None:
        """Note the worst lag since the last sign of life.

        A heartbeat that cannot be written hurts nobody else.
        """
        at = self._clock()
        created = [record["dynamodb"].get("ApproximateCreationDateTime") for record in records]
        known = [moment for moment in created if isinstance(moment, int | float)]
        if not known:
            return
        # A burst that takes long must not hide behind the quick batches after it.
        lag = max(self._worst_lag_ms, milliseconds(at - from_epoch(min(known))))
        self._worst_lag_ms = lag
        if self._next_at and at < self._next_at:
            return
        self._next_at, self._worst_lag_ms = at + PAUSE, 0
        try:
            self._heartbeats.beat("verifier", at, {"lag_ms": lag})
        except MeshError as error:
            logger().warning("heartbeat_unwritten", reason=str(error))
