"""The registry of probes: a kind is one file and one line here."""

from collections.abc import Awaitable, Callable, Mapping

from functions.prober import (
    dns_probe,
    grpc_probe,
    heartbeat_probe,
    http_probe,
    tcp_probe,
    tls_probe,
    websocket_probe,
)
from functions.prober.context import Assignment, ProbeContext
from functions.prober.observation import Observation

Probe = Callable[[Assignment, ProbeContext], Awaitable[Observation]]

PROBES: Mapping[str, Probe] = {
    "dns": dns_probe.probe,
    "grpc": grpc_probe.probe,
    "heartbeat": heartbeat_probe.probe,
    "http": http_probe.probe,
    "tcp": tcp_probe.probe,
    "tls": tls_probe.probe,
    "websocket": websocket_probe.probe,
}
