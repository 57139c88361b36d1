"""Many probes side by side: what hangs in one never holds up another."""

import asyncio
import threading

from functions.prober.attempt import attempt
from functions.prober.control_targets import ControlTargets
from functions.prober.net.connector import MAX_LOOKUPS
from functions.prober.observation import Observation
from functions.prober.probes.context import ProbeContext
from functions.prober.probes.registry import PROBES
from tests.integration.prober.probing import HERE, KeptSecrets, a_check, a_context
from tests.integration.prober.servers import Conversation, serving

BATCHES_THAT_HANG = 6


async def fine(conversation: Conversation) -> None:
    await conversation.answer()


async def made(context: ProbeContext, target: str, **changes: object) -> Observation:
    control = ControlTargets((), context.connector)
    return await attempt(a_check(target, **changes), PROBES, context, control)


def test_names_that_hang_leave_room_for_those_of_other_targets() -> None:
    """Nobody can cancel a look-up: those of earlier batches still hang when the next comes."""
    released = threading.Event()
    hanging = threading.Semaphore(0)

    def look_up(host: str, _port: int) -> list[str]:
        if host == "hanging.example":
            hanging.release()
            released.wait(60)
        return [HERE]

    async def batches(context: ProbeContext, good: str) -> tuple[list[Observation], Observation]:
        bad = "http://hanging.example/"
        ends: list[Observation] = []
        for _ in range(BATCHES_THAT_HANG):
            batch = (made(context, bad, timeout_ms=50) for _ in range(10))
            ends += await asyncio.gather(*batch)
        return ends, await made(context, good)

    with (
        serving(fine) as site,
        a_context(resolver=look_up, most_threads=MAX_LOOKUPS) as context,
    ):
        try:
            ends, other = asyncio.run(batches(context, site.url(host="good.example")))
        finally:
            released.set()
    assert {each.error for each in ends} == {"dns_timeout"}
    assert other.error is None
    for _ in range(BATCHES_THAT_HANG * 10):
        assert hanging.acquire(timeout=0), "each of them really was hanging"


def test_a_store_of_secrets_that_hangs_leaves_room_for_look_ups() -> None:
    released = threading.Event()

    class Hanging(KeptSecrets):
        def get(self, owner_id: str, revision: int | None = None) -> dict[str, str]:
            released.wait(60)
            return super().get(owner_id, revision)

    async def beside(context: ProbeContext, good: str) -> Observation:
        stuck = [
            asyncio.create_task(made(context, good, secret_fields=("headers.x",)))
            for _ in range(10)
        ]
        seen = await made(context, good)
        released.set()
        await asyncio.gather(*stuck)
        return seen

    with serving(fine) as site, a_context(secrets=Hanging({}), resolver=here) as context:
        assert asyncio.run(beside(context, site.url(host="good.example"))).error is None


def here(_host: str, _port: int) -> list[str]:
    return [HERE]


def test_fifty_probes_at_once_do_not_mix_up_their_answers() -> None:
    async def echo(conversation: Conversation) -> None:
        number = int(conversation.asked.path[1:])
        await asyncio.sleep(0.001 * (number % 7))
        await conversation.answer(400 + number, conversation.asked.path.encode())

    async def together(context: ProbeContext, site_url: str) -> list[Observation]:
        probe = {"expected_status": ["999"]}
        return await asyncio.gather(
            *(made(context, f"{site_url}{number}", probe=probe) for number in range(50))
        )

    with serving(echo) as site, a_context() as context:
        seen = asyncio.run(together(context, site.url()))
    for number, each in enumerate(seen):
        assert (each.status_code, each.body_sample) == (400 + number, f"/{number}")
        assert each.timings is not None
        assert each.timings.ttfb_ms is not None
