"""What earlier probes of a monitor met: read in the one case in which it decides something.

A prober without IPv6 cannot judge a target that has IPv6 addresses only. But a name that was
reached over IPv4 before has lost something, and its visitors with it.

See docs/decisions/0136-a-name-that-loses-ipv4-fails.md.
"""

import asyncio
from collections.abc import Iterable
from concurrent.futures import Executor

from functions.prober.observation import ProbeFailed
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.errors import MeshError
from sentinelmesh.messages import CheckMessage
from sentinelmesh.observability import logger
from sentinelmesh.storage.results import ResultsRepository

IPV6_UNSUPPORTED, IPV4_LOST = "ipv6_unsupported", "ipv4_lost"
IPV4 = 4
# Several rounds of all regions of a monitor: one of them passed, or found the same before.
MAX_RESULTS = 50
READ_SECONDS = 5.0


class PastResults:
    """Earlier results of a monitor, of all regions."""

    def __init__(self, results: ResultsRepository, threads: Executor) -> None:
        self._results = results
        self._threads = threads

    async def judge(self, failed: ProbeFailed, check: CheckMessage) -> ProbeFailed:
        """Return a failure of the target in place of an abstention, if its IPv4 address is lost.

        Cost: none, but for targets without a way to them: one query, at most 4 read units.
        """
        if failed.code != IPV6_UNSUPPORTED:
            return failed
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(READ_SECONDS):
                newest = await loop.run_in_executor(
                    self._threads, self._results.list_newest, check.monitor_id, MAX_RESULTS
                )
        except (MeshError, TimeoutError) as error:
            # Nobody knows: an abstention stays one.
            logger().warning("past_unread", monitor_id=check.monitor_id, reason=str(error))
            return failed
        if not had_ipv4((result for _, result in newest), check.revision):
            return failed
        text = f"the name has no IPv4 address any more, over which it was reached; {failed.detail}"
        return ProbeFailed(IPV4_LOST, text)


def had_ipv4(results: Iterable[Result], revision: int) -> bool:
    """Return whether a monitor was reached over IPv4, as far as its newest results can tell.

    A failure for this very reason says so too: however long it lasts, the answer stays the same.
    """
    return any(
        each.revision == revision
        and (
            each.error == IPV4_LOST or (each.outcome is Outcome.SUCCESS and each.ip_version == IPV4)
        )
        for each in results
    )
