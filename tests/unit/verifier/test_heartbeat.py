"""The verifier's sign of life tells its worst lag, not that of whatever batch was read last."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.verifier.heartbeat import HeartbeatStatus
from tests.support.builders import START


class Heartbeats:
    """Remembers what was written."""

    def __init__(self) -> None:
        self.lags: list[int] = []

    def beat(self, _name: str, _at: datetime, facts: Mapping[str, Any]) -> None:
        """Keep the lag."""
        self.lags.append(facts["lag_ms"])


def test_a_lag_between_two_signs_of_life_is_told_by_the_second() -> None:
    now = START
    heartbeats = Heartbeats()
    pulse = HeartbeatStatus(heartbeats, lambda: now)  # type: ignore[arg-type]
    for second, lag in ((0, 1), (5, 16), (10, 2), (30, 1), (60, 1)):
        now = START + timedelta(seconds=second)
        created = (now - timedelta(seconds=lag)).timestamp()
        pulse.beat([{"dynamodb": {"ApproximateCreationDateTime": created}}])
    assert heartbeats.lags == [1000, 16_000, 1000]
