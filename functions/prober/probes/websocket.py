"""The WebSocket probe: does a server upgrade the connection, and answer what it is sent.

Source: RFC 6455.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import h11

from functions.prober import lazy_import
from functions.prober.evaluation import evaluate
from functions.prober.http.http1 import Exchange, Head
from functions.prober.http.options import HttpOptions, headers_of
from functions.prober.http.request import first_request
from functions.prober.http.url import UnusableUrl, Url, parse_url
from functions.prober.net.connection import Connection
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.options import read_options
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.tls.contexts import Wish
from functions.prober.tls.handshake import secure
from sentinelmesh.domain.probing.assertion import Answer

# Source: RFC 6455, 1.3
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SWITCHING_PROTOCOLS = 101
SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsocketOptions:
    """What a WebSocket probe sends and expects; the API documents each field."""

    send: str | None = None
    expect: str | None = None
    subprotocol: str | None = None
    verify_tls: bool = True
    server_name: str | None = None


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Upgrade a connection, have the conversation, and judge what was said.

    Raises:
        ProbeFailed: there was no answer to judge.
    """
    check, watch = assignment.check, assignment.watch
    options = read_options(WebsocketOptions, check.probe)
    url = _url(check.target)
    await lazy_import.load(lazy_import.WEBSOCKET, context, watch)
    with await context.connector.connect(url.host, url.port, watch) as connection:
        if url.scheme == "https":
            wish = Wish(verify=options.verify_tls, server_name=options.server_name)
            await secure(connection, url.host, context, watch, wish)
        exchange = Exchange(connection, watch)
        head, key = await _upgrade(exchange, url, assignment, context.user_agent)
        watch.met.headers, watch.met.http_version = head.headers, exchange.version
        failure = _refusal(head, key)
        said = ""
        if failure is None:
            said = await _conversation(connection, exchange, assignment, options)
            failure = _mismatch(said, options.expect)
        latency_ms = watch.stop()
    answer = Answer(latency_ms=latency_ms, status=head.status, headers=head.headers, body=said)
    return evaluate(assignment, answer, failure)


def _url(target: str) -> Url:
    scheme, separator, rest = target.partition("://")
    try:
        return parse_url(f"{SCHEMES[scheme.lower()]}{separator}{rest}")
    except (KeyError, UnusableUrl) as error:
        text = f"{target!r} is no address of a WebSocket"
        raise ProbeFailed("request_invalid", text) from error


async def _upgrade(
    exchange: Exchange, url: Url, assignment: Assignment, user_agent: str
) -> tuple[Head, str]:
    """Ask for the upgrade; give the answer and the key that it has to prove to have read."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    check = assignment.check
    wanted: Mapping[str, Any] = {
        **headers_of(check.probe, assignment.secrets),
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": key,
    }
    if check.probe.get("subprotocol"):
        wanted = {**wanted, "Sec-WebSocket-Protocol": check.probe["subprotocol"]}
    request = first_request(url, HttpOptions(headers=wanted), user_agent)
    try:
        await exchange.send(request.method, url.path, request.headers(""), None)
    except (h11.LocalProtocolError, UnicodeEncodeError):
        text = "the request cannot be sent as it is configured: look at its headers"
        raise ProbeFailed("request_invalid", text) from None
    return await exchange.head(), key


def _refusal(head: Head, key: str) -> ProbeFailed | None:
    """Say that the connection was not upgraded."""
    if head.status != SWITCHING_PROTOCOLS:
        return ProbeFailed("upgrade_refused", f"HTTP {head.status}, expected an upgrade (101)")
    # SHA-1 as the standard wants it: it proves that the key was read, and protects nothing.
    digest = hashlib.sha1(f"{key}{MAGIC}".encode(), usedforsecurity=False).digest()
    if head.headers.get("sec-websocket-accept") != base64.b64encode(digest).decode():
        return ProbeFailed("upgrade_refused", "the answer to the upgrade is not one to our key")
    return None


async def _conversation(
    connection: Connection, exchange: Exchange, assignment: Assignment, options: WebsocketOptions
) -> str:
    """Send and listen as far as that is wanted."""
    from functions.prober.http.websocket import Conversation

    talk = Conversation(connection, exchange.behind())
    if options.send is not None:
        await talk.say(options.send)
    asserted = any(each.source in {"body", "json"} for each in assignment.check.assertions)
    listens = options.expect is not None or asserted
    said = await talk.listen(options.expect) if listens else ""
    await talk.leave()
    return said


def _mismatch(said: str, expected: str | None) -> ProbeFailed | None:
    if expected is None or expected in said:
        return None
    came = repr(said[:80]) if said else "nothing"
    return ProbeFailed("answer_mismatch", f"expected {expected!r}, came {came}")
