"""The TCP probe: does the port take a connection, how fast, and what does it say."""

from dataclasses import dataclass

from functions.prober.evaluation import evaluate
from functions.prober.net.connection import Connection
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.options import read_options
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.probes.host_port import place_of
from functions.prober.tls.contexts import Wish
from functions.prober.tls.handshake import secure
from sentinelmesh.domain.probing.assertion import Answer

MAX_RECEIVED = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpOptions:
    """What a TCP probe says and expects; the API documents each field."""

    send: str | None = None
    expect: str | None = None
    tls: bool = False
    verify_tls: bool = True


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Connect to `host:port`, say what is to be said, and hang up.

    Raises:
        ProbeFailed: no connection, or it broke before the expected answer.
    """
    check, watch = assignment.check, assignment.watch
    options = read_options(TcpOptions, check.probe)
    host, port = place_of(check.target)
    with await context.connector.connect(host, port, watch) as connection:
        if options.tls:
            wish = Wish(verify=options.verify_tls, applications=())
            await secure(connection, host, context, watch, wish)
        is_asserted = any(each.source == "body" for each in check.assertions)
        received = await _conversation(connection, options, watch, listens=is_asserted)
        latency_ms = watch.stop()
    text = received.decode(errors="replace")
    return evaluate(assignment, Answer(latency_ms=latency_ms, body=text), _mismatch(text, options))


async def _conversation(
    connection: Connection, options: TcpOptions, watch: Stopwatch, *, listens: bool
) -> bytes:
    """Send, and read until the expected text has come, or the other side is done.

    Args:
        listens: read what comes first even where nothing is expected.
    """
    received = b""
    wanted = None if options.expect is None else options.expect.encode()
    try:
        if options.send is not None:
            await connection.send(options.send.encode())
        while listens if wanted is None else wanted not in received:
            more = await connection.receive()
            if not more:
                break
            if not received:
                watch.first_byte()
            received += more
            if wanted is None or len(received) >= MAX_RECEIVED:
                break
    except OSError as error:
        text = error.strerror or type(error).__name__
        raise ProbeFailed("read_error", f"the connection broke: {text}") from error
    return received


def _mismatch(received: str, options: TcpOptions) -> ProbeFailed | None:
    if options.expect is None or options.expect in received:
        return None
    came = repr(received[:80]) if received else "nothing"
    return ProbeFailed("answer_mismatch", f"expected {options.expect!r}, came {came}")
