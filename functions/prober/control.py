"""Is it the target or is it us? Hosts that always answer tell the difference."""

import asyncio
from collections.abc import Sequence
from time import monotonic

FRESH_SECONDS = 10.0
PATIENCE_SECONDS = 2.0


class ControlTargets:
    """Asks the control targets when a probe met connection trouble; rarely, and once for many.

    Args:
        targets: host:port pairs; none means that the prober always trusts itself.
    """

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = targets
        self._asked_at = float("-inf")
        self._unreachable = False
        self._lock = asyncio.Lock()

    async def all_unreachable(self) -> bool:
        """Say whether not one control target accepts a connection."""
        if not self._targets:
            return False
        async with self._lock:
            if monotonic() - self._asked_at > FRESH_SECONDS:
                answers = await asyncio.gather(*(_answers(each) for each in self._targets))
                self._unreachable = not any(answers)
                self._asked_at = monotonic()
            return self._unreachable


async def _answers(target: str) -> bool:
    host, _, port = target.rpartition(":")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return False
    writer.transport.abort()
    return True
