"""The kinds of monitors: a kind is one model of its block and one line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from functions.api.schemas.base import Strict
from functions.api.schemas.blocks import (
    DnsBlock,
    GrpcBlock,
    HeartbeatBlock,
    TcpBlock,
    TlsBlock,
    WebsocketBlock,
)
from functions.api.schemas.http_block import HttpBlock
from functions.api.schemas.target import (
    check_host_port,
    check_job,
    check_name,
    check_name_server,
    check_tls_place,
    check_url,
    check_websocket,
)

TIMES = frozenset({"latency_ms", "dns_ms", "connect_ms", "total_ms"})
CERTIFIED = TIMES | {"tls_ms", "certificate_days_left"}
WEB = CERTIFIED | {"ttfb_ms", "body", "header", "json"}


@dataclass(frozen=True, slots=True)
class KindRules:
    """How monitors of a kind are checked.

    Args:
        sources: of assertions that make sense.
        places: fields of the block that name a host, and how each is checked.
    """

    block: type[Strict]
    check_target: Callable[..., str]
    sources: frozenset[str]
    places: Mapping[str, Callable[..., str]] = field(default_factory=dict)


KINDS: Mapping[str, KindRules] = {
    "http": KindRules(HttpBlock, check_url, WEB | {"status"}),
    "tcp": KindRules(TcpBlock, check_host_port, CERTIFIED | {"ttfb_ms", "body"}),
    "tls": KindRules(TlsBlock, check_tls_place, CERTIFIED),
    "websocket": KindRules(WebsocketBlock, check_websocket, WEB),
    "grpc": KindRules(GrpcBlock, check_host_port, CERTIFIED | {"ttfb_ms", "header"}),
    "heartbeat": KindRules(HeartbeatBlock, check_job, frozenset({"latency_ms", "body"})),
    "dns": KindRules(
        DnsBlock,
        check_name,
        frozenset({"latency_ms", "dns_ms", "total_ms", "records"}),
        places={"resolver": check_name_server},
    ),
}
