"""What every probe is given: the parts that all share, and what belongs to its attempt alone."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from functions.prober.dns.resolvers import Elsewhere
from functions.prober.net.connector import Connector
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.previous_results import PastResults
from functions.prober.tls.contexts import Trust
from sentinelmesh.messages import CheckMessage
from sentinelmesh.secrets import SecretStore
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.pings import PingsRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeContext:
    """Shared parts of all probes; made once per process.

    Args:
        threads: for calls that block and cannot be cancelled.
        user_agent: who we say we are.
        elsewhere: other resolvers, to compare with.
        pings: what jobs told of themselves; None where nobody reads it.
        past: earlier results; None where nobody reads them.
        maintenance: windows that excuse jobs; read only where one seems late.
    """

    connector: Connector
    trust: Trust
    secrets: SecretStore
    threads: Executor
    user_agent: str
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    pings: PingsRepository | None = None
    past: PastResults | None = None
    maintenance: MaintenanceRepository | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One check with all that belongs to its attempt alone.

    Args:
        secrets: the values of the check's `secret_fields`, by their names.
        watch: takes the time, and tells how much is left.
    """

    check: CheckMessage
    secrets: Mapping[str, str]
    watch: Stopwatch


def user_agent(version: str, region: str, public_url: str) -> str:
    """Return who probes, from where, and whom to ask about it.

    >>> user_agent("1.0", "eu-west-1", "https://up.example")
    'SentinelMesh/1.0 (eu-west-1; +https://up.example)'
    """
    whom = f"; +{public_url}" if public_url else ""
    return f"SentinelMesh/{version} ({region}{whom})"
