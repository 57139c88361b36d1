"""A batch of checks, probed side by side; each result is written the moment its probe ends."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from random import Random

from botocore.exceptions import BotoCoreError, ClientError

from functions.prober.attempt import attempt, internal_error
from functions.prober.check_queue import CheckQueue, Message
from functions.prober.control_targets import ControlTargets
from functions.prober.lane import Lane
from functions.prober.observation import abstention
from functions.prober.probes.context import ProbeContext
from functions.prober.probes.registry import Probe
from functions.prober.result_recorder import Recorder, result_of
from functions.prober.slow_probe_notice import EarlyWord
from sentinelmesh.batch import Response, report_failures
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.domain.values.instant import text
from sentinelmesh.errors import StoreUnavailable, UnreadableMessage
from sentinelmesh.messages import CheckMessage, decode
from sentinelmesh.observability import logger

# The store of secrets, the longest probe, the control targets, and a home that is slow to refuse.
MAX_CHECK_SECONDS = 45.0
# Lanes that began together must not stop receiving together.
MIN_RECEIVING_SHARE = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Prober:
    """The function with its parts wired.

    Args:
        queue: where a lane that waits for slow targets finds more checks.
        writers: threads for the blocking calls to AWS, so that no timing waits for them.
        rng: spreads the moments at which lanes stop receiving.
    """

    region: str
    probes: Mapping[str, Probe]
    context: ProbeContext
    control: ControlTargets
    recorder: Recorder
    early: EarlyWord
    queue: CheckQueue
    writers: ThreadPoolExecutor
    clock: Callable[[], datetime]
    rng: Random

    async def take_checks(self, messages: Sequence[Message], seconds_left: float) -> Response:
        """Probe a batch; only checks whose result could be written nowhere come back.

        Args:
            seconds_left: until the invocation is ended, whatever it does.
        """
        spare = (seconds_left - MAX_CHECK_SECONDS) * self.rng.uniform(MIN_RECEIVING_SHARE, 1)
        receives_until = asyncio.get_running_loop().time() + spare
        lane = Lane(self._take, self.queue, self.writers, receives_until)
        await lane.work_off(messages)
        self._log(lane.results)
        return report_failures(lane.failed)

    async def _take(self, message: Message, answered: asyncio.Event) -> Result | None:
        """Probe one check and write down what was seen; None sends the message back."""
        try:
            check = decode(message["body"], CheckMessage)
        except UnreadableMessage as error:
            logger().error("poison_message", reason=str(error))
            return None
        result, _ = await asyncio.gather(
            self._recorded(check, answered), self._tell_if_slow(check, answered)
        )
        return result

    async def _recorded(self, check: CheckMessage, answered: asyncio.Event) -> Result | None:
        loop = asyncio.get_running_loop()
        try:
            result = await self._probe(check)
            answered.set()
            self.early.usual.note(result)
            result = await loop.run_in_executor(self.writers, self._record, check, result)
        except Exception:  # noqa: BLE001 (whatever it is, this message alone comes back)
            logger().exception("result_unwritten", monitor_id=check.monitor_id)
            return None
        if result.outcome is not Outcome.SUCCESS:
            _log_trouble(check, result)
        return result

    def _record(self, check: CheckMessage, result: Result) -> Result:
        """Write a result down; one that cannot be written as it is becomes an error of our own."""
        try:
            self.recorder.record(result)
        except (BotoCoreError, ClientError):
            raise  # nobody is there to take it: the check comes back
        except Exception as bug:  # noqa: BLE001 (without any result nobody would hear of it)
            logger().exception("result_unwritable", monitor_id=check.monitor_id)
            result = result_of(check, internal_error(bug), result.started_at)
            self.recorder.record(result)
        return result

    async def _tell_if_slow(self, check: CheckMessage, answered: asyncio.Event) -> None:
        """Have other regions asked while the probe goes on; its own answer counts as ever."""
        patience = self.early.due_after(check)
        if patience is None:
            return
        try:
            async with asyncio.timeout(patience):
                await answered.wait()
        except TimeoutError:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self.writers, self.early.tell, check)

    async def _probe(self, check: CheckMessage) -> Result:
        started_at = self.clock()
        if started_at >= check.expires_at:
            late = f"the check came {text(started_at)}, it was good until {text(check.expires_at)}"
            return result_of(check, abstention("expired", late), started_at)
        seen = await attempt(check, self.probes, self.context, self.control)
        return result_of(check, seen, started_at)

    def take_spooled(self, messages: Sequence[Message]) -> Response:
        """Write spooled results into the home table; those that stay come again soon."""
        left: list[Message] = []
        for place, message in enumerate(messages):
            try:
                self.recorder.unspool(message["body"])
            except StoreUnavailable as away:
                # Nor would the others get through: waiting for each would outlast the function.
                logger().warning("home_still_away", reason=str(away))
                left += messages[place:]
                break
            except Exception:  # noqa: BLE001 (whatever it is, this message alone stays)
                logger().exception("spooled_result_unwritten")
                left.append(message)
        self.recorder.retry_soon(left)
        return report_failures(message["messageId"] for message in left)

    def _log(self, results: Sequence[Result]) -> None:
        outcomes = [result.outcome for result in results]
        logger().info(
            "checks_probed",
            region=self.region,
            checks=len(results),
            success=outcomes.count(Outcome.SUCCESS),
            failure=outcomes.count(Outcome.FAILURE),
            unknown=outcomes.count(Outcome.UNKNOWN),
            lateness_ms_max=max((result.lateness_ms for result in results), default=0),
        )


def _log_trouble(check: CheckMessage, result: Result) -> None:
    logger().info(
        "check_failed",
        region=result.region,
        monitor_id=result.monitor_id,
        monitor_name=check.monitor_name,
        slot=text(result.slot),
        purpose=result.purpose,
        outcome=result.outcome,
        error=result.error,
        detail=result.detail,
        latency_ms=result.latency_ms,
    )
