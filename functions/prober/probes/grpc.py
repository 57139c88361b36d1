"""The gRPC probe: what does a server's standard health service say.

Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md, and PROTOCOL-HTTP2.md
beside it. Two messages of one field each are written and read by hand.
"""

import struct
from dataclasses import dataclass
from urllib.parse import unquote

from functions.prober import lazy_import
from functions.prober.evaluation import evaluate
from functions.prober.http.http1 import Head
from functions.prober.http.options import HTTP_2, headers_of
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.options import read_options
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.probes.host_port import place_of
from functions.prober.tls.contexts import Wish
from functions.prober.tls.handshake import secure
from sentinelmesh.domain.probing.assertion import Answer

PATH = "/grpc.health.v1.Health/Check"
PREFIX = struct.Struct("!BI")
SERVICE_FIELD, STATUS_FIELD = 0x0A, 0x08
CONTINUED = 0x80
STATUSES = {0: "UNKNOWN", 1: "SERVING", 2: "NOT_SERVING", 3: "SERVICE_UNKNOWN"}
CODES = {
    "5": "it does not know the service (NOT_FOUND)",
    "12": "it has no health service (UNIMPLEMENTED)",
    "14": "it is not available (UNAVAILABLE)",
    "16": "it wants credentials (UNAUTHENTICATED)",
}
OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GrpcOptions:
    """Which service a gRPC probe asks about, and how; the API documents each field."""

    service: str = ""
    tls: bool = True
    verify_tls: bool = True
    server_name: str | None = None


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Ask `host:port` for its health and judge the answer.

    Raises:
        ProbeFailed: there was no answer to judge.
    """
    check, watch = assignment.check, assignment.watch
    options = read_options(GrpcOptions, check.probe)
    host, port = place_of(check.target)
    await lazy_import.load(lazy_import.HTTP_2, context, watch)
    from functions.prober.http.http2 import Http2Exchange

    with await context.connector.connect(host, port, watch) as connection:
        if options.tls:
            name, verify = options.server_name, options.verify_tls
            wish = Wish(verify=verify, server_name=name, applications=HTTP_2)
            await secure(connection, host, context, watch, wish)
            if connection.application() != "h2":
                raise ProbeFailed("http_version_mismatch", f"{host} does not speak HTTP/2")
        exchange = Http2Exchange(connection, watch, "https" if options.tls else "http")
        headers = _headers(assignment, context.user_agent, f"{host}:{port}")
        await exchange.send("POST", PATH, headers, request(options.service))
        head = await exchange.head()
        body = bytes(await exchange.body())
        latency_ms = watch.stop()
    watch.met.headers, watch.met.http_version = head.headers, "2"
    answer = Answer(latency_ms=latency_ms, headers=head.headers)
    return evaluate(assignment, answer, _failure(head, body, exchange.trailers))


def _headers(assignment: Assignment, user_agent: str, host: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of the call.

    Raises:
        ProbeFailed: one of the monitor's cannot be sent.
    """
    added = headers_of(assignment.check.probe, assignment.secrets)
    headers = {
        "host": host,
        "user-agent": user_agent,
        **{name.lower(): value.strip() for name, value in added.items()},
        # The protocol's own: HTTP/2 takes no others.
        "content-type": "application/grpc",
        "te": "trailers",
    }
    try:
        return [(name.encode("ascii"), text.encode("latin-1")) for name, text in headers.items()]
    except UnicodeEncodeError:
        text = "the request cannot be sent as it is configured: look at its headers"
        raise ProbeFailed("request_invalid", text) from None


def request(service: str) -> bytes:
    """Write the question about a service; an empty name means the whole server.

    >>> request("shop").hex()
    '00000000060a0473686f70'
    """
    name = service.encode()
    message = bytes([SERVICE_FIELD]) + _varint(len(name)) + name if name else b""
    return PREFIX.pack(0, len(message)) + message


def _varint(number: int) -> bytes:
    """Write a length: seven bits in each octet, the lowest first, a mark on all but the last.

    Source: https://protobuf.dev/programming-guides/encoding/#varints
    """
    octets = bytearray()
    while number >= CONTINUED:
        octets.append(CONTINUED | number % CONTINUED)
        number //= CONTINUED
    return bytes([*octets, number])


def _failure(head: Head, body: bytes, trailers: dict[str, str]) -> ProbeFailed | None:
    """Return what is wrong with an answer; None when the service serves."""
    if head.status != OK:
        return ProbeFailed("status_mismatch", f"HTTP {head.status}, expected 200 from gRPC")
    told = {**head.headers, **trailers}
    code = told.get("grpc-status")
    if code is None:
        return ProbeFailed("protocol_error", "the answer has no grpc-status: this is no gRPC")
    if code != "0":
        message = unquote(told.get("grpc-message", ""))
        meaning = CODES.get(code, f"it fails with code {code}")
        return ProbeFailed("grpc_error", f"{meaning}{': ' if message else ''}{message}")
    status = health(body)
    if status != "SERVING":
        return ProbeFailed("grpc_not_serving", f"expected SERVING, came {status}")
    return None


def health(body: bytes) -> str:
    """Read the answer to a question about health.

    >>> health(bytes.fromhex("00000000020801")), health(b"")
    ('SERVING', 'nothing readable')
    """
    message = body[PREFIX.size :]
    if len(body) < PREFIX.size or PREFIX.unpack_from(body) != (0, len(message)):
        return "nothing readable"
    if not message:  # a field of value zero is not written
        return STATUSES[0]
    if len(message) != len(bytes((STATUS_FIELD, 0))) or message[0] != STATUS_FIELD:
        return "nothing readable"
    return STATUSES.get(message[1], str(message[1]))
