"""What of a monitor matters when it is due: its timetable, and the order for its probes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentinelmesh.domain.monitors.monitor import Assertion, Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMonitor:
    """The part of a monitor that goes into checks; half of its attributes, read much faster.

    Every field means what the field of this name means in Monitor.
    """

    id: str
    revision: int
    name: str
    kind: str
    target: str
    interval_seconds: int
    timeout_ms: int
    regions: tuple[str, ...]
    strategy: Strategy = "rotate"
    probe: Mapping[str, Any] = field(default_factory=dict)
    secret_fields: tuple[str, ...] = ()
    secrets_version: int | None = None
    tags: tuple[str, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    degraded_after_ms: int | None = None
