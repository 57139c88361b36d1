"""What a person can break and repair with one request, and what misbehaviours remember."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

STATUSES = ("up", "down", "slow", "hang", "refuse")


class UnknownStatus(ValueError):
    """A switch was asked for a status that does not exist: the message lists those that do."""


@dataclass
class Switch:
    """One switchable target, and the regions it misbehaves for (none named: all)."""

    status: str = "up"
    regions: frozenset[str] = frozenset()

    def status_for(self, region: str) -> str:
        """The status that a probe from this region meets."""
        return self.status if not self.regions or region in self.regions else "up"


@dataclass
class Switchboard:
    """All switches by name; a name that nobody has touched is up."""

    clock: Callable[[], float] = time.time
    _switches: dict[str, Switch] = field(default_factory=dict)
    _armed: dict[str, int] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def set(self, name: str, status: str, regions: frozenset[str] = frozenset()) -> Switch:
        """Put a switch into a status.

        Raises:
            UnknownStatus: correct the status.
        """
        if status not in STATUSES:
            raise UnknownStatus(f"status is one of {', '.join(STATUSES)}, not {status!r}")
        self._switches[name] = Switch(status, regions)
        return self._switches[name]

    def get(self, name: str) -> Switch:
        """Look at a switch."""
        return self._switches.get(name, Switch())

    def all(self) -> dict[str, Switch]:
        """List the switches that were touched."""
        return dict(self._switches)

    def arm(self, name: str, failures: int = 1) -> None:
        """Let the next requests to ``/blip/NAME`` fail."""
        self._armed[name] = failures

    def take_blip(self, name: str) -> bool:
        """Use up one armed failure; False when none is left."""
        left = self._armed.get(name, 0)
        self._armed[name] = max(0, left - 1)
        return left > 0

    def count(self, name: str) -> int:
        """Count a request and give its number, from 1."""
        self._counts[name] = self._counts.get(name, 0) + 1
        return self._counts[name]

    def is_down_half(self, period_seconds: float) -> bool:
        """Return whether a target that flaps with this period is in its failing half."""
        return self.clock() % period_seconds >= period_seconds / 2


def region_of(user_agent: str) -> str:
    """Read the region from a probe's User-Agent; empty when it is another client's.

    >>> region_of("SentinelMesh/0.1.0 (eu-west-1; +http://127.0.0.1:8080)")
    'eu-west-1'
    >>> region_of("curl/8.5.0")
    ''
    """
    if not user_agent.startswith("SentinelMesh/") or "(" not in user_agent:
        return ""
    return user_agent.split("(", 1)[1].split(";", 1)[0].strip(" )")
