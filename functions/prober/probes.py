"""The registry of probes: a kind is one file and one line here."""

from collections.abc import Awaitable, Callable, Mapping

from functions.prober import http_probe, tcp_probe
from functions.prober.context import Assignment, ProbeContext
from functions.prober.observation import Observation

Probe = Callable[[Assignment, ProbeContext], Awaitable[Observation]]

PROBES: Mapping[str, Probe] = {
    "http": http_probe.probe,
    "tcp": tcp_probe.probe,
}
