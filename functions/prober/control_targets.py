"""Is it the target or is it us? Hosts that always answer tell the difference."""

import asyncio
from collections.abc import Sequence
from time import perf_counter

from functions.prober.net.connector import Connector
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import ProbeFailed
from sentinelmesh.errors import InvalidSetting

PATIENCE_SECONDS = 2.0


class ControlTargets:
    """Asks the control targets when a probe got no answer; once for all that failed meanwhile.

    Args:
        targets: host:port pairs; none means that the prober always trusts itself.
        connector: one that may call wherever the deployment's settings say.
    """

    def __init__(self, targets: Sequence[str], connector: Connector) -> None:
        self._places = [_place(target) for target in targets]
        self._connector = connector
        self._asked_at = float("-inf")
        self._unreachable = False
        self._lock = asyncio.Lock()

    async def all_unreachable(self, since: float) -> bool:
        """Return whether not one control target accepts a connection.

        Args:
            since: when the probe began that got no answer, on the clock of its stopwatch; what
                was found out before that says nothing about it.
        """
        if not self._places:
            return False
        async with self._lock:
            if self._asked_at < since:
                self._asked_at = perf_counter()
                answers = await asyncio.gather(*(self._answers(*each) for each in self._places))
                self._unreachable = not any(answers)
            return self._unreachable

    async def _answers(self, host: str, port: int) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                with await self._connector.connect(host, port, Stopwatch()):
                    return True
        except (ProbeFailed, TimeoutError):
            return False


def _place(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    if not host or not port.isdecimal():
        raise InvalidSetting(f"CONTROL_TARGETS are written host:port, not {target!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)
