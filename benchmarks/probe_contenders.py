"""Who probes: our prober, the least that asyncio can do, and blackbox_exporter."""

import asyncio
import json
import os
import shutil
import ssl
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from urllib.parse import quote

from benchmarks.probe_target import HOST, Target, free_port, running
from functions.prober.attempt import attempt
from functions.prober.control_targets import ControlTargets
from functions.prober.net.connector import Connector
from functions.prober.probes.context import ProbeContext
from functions.prober.probes.registry import PROBES
from functions.prober.tls.contexts import system_trust
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.messages import CheckMessage
from sentinelmesh.secrets import SecretStore
from sentinelmesh.target_guard import TargetGuard

Once = Callable[[], Coroutine[None, None, None]]
# Gives the CPU milliseconds of one probe: scheme, how many at once, how many in all.
Contender = Callable[[str, int, int], float]

BLACKBOX = "prometheus-blackbox-exporter"


async def _repeat(once: Once, at_once: int, count: int) -> None:
    left = iter(range(count))

    async def lane() -> None:
        for _ in left:
            await asyncio.create_task(once())

    await asyncio.gather(*(lane() for _ in range(at_once)))


async def _timed(once: Once, at_once: int, count: int, clock: Callable[[], float]) -> float:
    await once()
    began = clock()
    await _repeat(once, at_once, count)
    return (clock() - began) * 1000 / count


def wired(authority: Path) -> tuple[ProbeContext, ControlTargets]:
    """Wire a prober as its handler does.

    Args:
        authority: file with a certificate to trust as well.
    """
    trust = system_trust()
    trust.verifying.load_verify_locations(authority)
    threads = ThreadPoolExecutor(50)
    connector = Connector(TargetGuard(allow_private=True), threads)
    context = ProbeContext(
        connector=connector,
        trust=trust,
        secrets=SecretStore(None, ""),  # type: ignore[arg-type]
        threads=threads,
        user_agent="SentinelMesh/benchmark",
    )
    return context, ControlTargets((), connector)


def ours(target: Target) -> Contender:
    """Make whole attempts: look-up, guard, connection, TLS, request, all timings, verdict."""
    context, control = wired(target.authority)

    def contend(scheme: str, at_once: int, count: int) -> float:
        check = check_of(target.url(scheme))

        async def once() -> None:
            seen = await attempt(check, PROBES, context, control)
            if seen.outcome is not Outcome.SUCCESS:
                raise RuntimeError(f"the probe failed: {seen}")

        return asyncio.run(_timed(once, at_once, count, process_time))

    return contend


def check_of(url: str) -> CheckMessage:
    """Build a check of a page, good for an hour."""
    now = datetime.now(UTC)
    return CheckMessage(
        monitor_id="mon_1",
        monitor_name="Benchmark",
        revision=1,
        slot=now,
        scheduled_at=now,
        expires_at=now + timedelta(hours=1),
        region="local",
        purpose=Purpose.MANUAL,
        kind="http",
        target=url,
        timeout_ms=20_000,
    )


def floor(target: Target) -> Contender:
    """Send the request and take what comes, by asyncio's streams: no timings, no look at it."""
    context = ssl.create_default_context(cafile=str(target.authority))
    request = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()

    def contend(scheme: str, at_once: int, count: int) -> float:
        async def once() -> None:
            tls = {"ssl": context, "server_hostname": HOST} if scheme == "https" else {}
            await _ask(target.ports[scheme], request, **tls)

        return asyncio.run(_timed(once, at_once, count, process_time))

    return contend


async def _ask(port: int, request: bytes, **tls: object) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **tls)  # type: ignore[arg-type]
    writer.write(request)
    answer = await reader.read()
    writer.transport.abort()
    if b" 200 " not in answer[:20]:
        raise RuntimeError(f"not what was expected: {answer[:200]!r}")
    return answer


@contextmanager
def blackbox(target: Target) -> Iterator[tuple[Contender, float] | None]:
    """Have blackbox_exporter probe for a while.

    Yields:
        It, and the CPU milliseconds that it takes to be asked anything at all; None without it.
    """
    program = shutil.which(BLACKBOX)
    if program is None:
        yield None
        return
    port = free_port()
    modules = target.folder / "blackbox.yml"
    http = {"preferred_ip_protocol": "ip4", "tls_config": {"ca_file": str(target.authority)}}
    web = {"prober": "http", "timeout": "5s", "http": http}
    modules.write_text(json.dumps({"modules": {"web": web}}))  # JSON is YAML
    command = [program, f"--config.file={modules}", f"--web.listen-address=127.0.0.1:{port}"]
    with running(command, port) as process:

        def asked(path: str, expected: bytes, at_once: int, count: int) -> float:
            request = f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode()  # unchunked

            async def once() -> None:
                if expected not in await _ask(port, request):
                    raise RuntimeError("the probe of blackbox_exporter failed")

            return asyncio.run(_timed(once, at_once, count, lambda: _cpu_seconds(process)))

        def contend(scheme: str, at_once: int, count: int) -> float:
            path = f"/probe?module=web&target={quote(target.url(scheme))}"
            return asked(path, b"probe_success 1", at_once, count)

        yield contend, asked("/-/healthy", b"Healthy", 10, 1000)


def _cpu_seconds(process: int) -> float:
    """Read what a process has used. Source: proc(5), fields 14 and 15 of stat."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
