"""What every probe needs beside the check itself; made once per process."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.prober.network import Connector
from sentinelmesh.secrets import SecretStore

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeContext:
    """Shared parts of all probes.

    Args:
        user_agent: who we say we are.
        trusting: the HTTP client that verifies certificates; `lenient` is the one that does not.
    """

    connector: Connector
    secrets: SecretStore
    user_agent: str
    trusting: "httpx.AsyncClient"
    lenient: "httpx.AsyncClient"


def user_agent(version: str, region: str, public_url: str) -> str:
    """Say who probes, from where, and whom to ask about it.

    >>> user_agent("1.0", "eu-west-1", "https://up.example")
    'SentinelMesh/1.0 (eu-west-1; +https://up.example)'
    """
    whom = f"; +{public_url}" if public_url else ""
    return f"SentinelMesh/{version} ({region}{whom})"
