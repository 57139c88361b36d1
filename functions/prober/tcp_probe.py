"""The TCP probe: does the port take a connection, and how fast."""

from functions.prober.context import Assignment, ProbeContext
from functions.prober.host_name import UnusableHost, ascii_host
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.verdict import judged
from sentinelmesh.domain.assertion import Answer


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Connect to `host:port` and hang up.

    Raises:
        ProbeFailed: no connection.
    """
    host, port = _place(assignment.check.target)
    with await context.connector.connect(host, port, assignment.watch):
        latency_ms = assignment.watch.stop()
    return judged(assignment, Answer(status=0, latency_ms=latency_ms))


def _place(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    try:
        return ascii_host(host.removeprefix("[").removesuffix("]")), int(port)
    except UnusableHost as error:
        raise ProbeFailed("request_invalid", str(error)) from error
    except ValueError as error:
        raise ProbeFailed("request_invalid", f"{target!r} is no host and port") from error
