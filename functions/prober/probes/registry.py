"""The registry of probes: a kind is one file and one line here."""

from collections.abc import Awaitable, Callable, Mapping

from functions.prober.observation import Observation
from functions.prober.probes import dns, grpc, heartbeat, http, tcp, tls, websocket
from functions.prober.probes.context import Assignment, ProbeContext

Probe = Callable[[Assignment, ProbeContext], Awaitable[Observation]]

PROBES: Mapping[str, Probe] = {
    "dns": dns.probe,
    "grpc": grpc.probe,
    "heartbeat": heartbeat.probe,
    "http": http.probe,
    "tcp": tcp.probe,
    "tls": tls.probe,
    "websocket": websocket.probe,
}
