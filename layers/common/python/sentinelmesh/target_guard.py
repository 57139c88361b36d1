"""Resolve a host and give back only addresses that may be called: connect to these, not to names.

The checked address is the one connected, so that a second answer of a hostile name server comes
too late to change anything.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sentinelmesh.domain.probing.address_policy import is_same_door, refusal
from sentinelmesh.errors import ForbiddenTarget, MeshError

Resolver = Callable[[str, int], Sequence[str]]

# glibc's own patience of twice five seconds makes one lost packet look like an outage. Whoever
# looks names up often sets this in its environment before the first look-up.
RES_OPTIONS = "timeout:1 attempts:4"
LOOKUP_SECONDS = 4.0
# Only these say for certain that there is nothing to connect to; everything else may pass.
FIRM = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})


class HostNotFound(MeshError):
    """The name has no address; `is_temporary` tells a silent name server from a firm no."""

    def __init__(self, text: str, *, is_temporary: bool) -> None:
        super().__init__(text)
        self.is_temporary = is_temporary


def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver; IPv4 first, for few functions have a way out by IPv6.

    Raises:
        HostNotFound: no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise HostNotFound(f"{host} is no name of a host", is_temporary=False) from error
    except socket.gaierror as error:
        temporary = error.errno not in FIRM
        text = f"{host} could not be resolved" if temporary else f"{host} has no address"
        raise HostNotFound(text, is_temporary=temporary) from error
    addresses = [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0])]
    return list(dict.fromkeys(addresses))


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGuard:
    """Decides which addresses of a host may be called.

    Args:
        forbidden: address and port pairs that are refused even where private ones are allowed,
            such as Lambda's runtime API.
    """

    allow_private: bool = False
    forbidden: frozenset[tuple[str, int]] = frozenset()
    resolver: Resolver = resolve

    def addresses(self, host: str, port: int) -> list[str]:
        """Resolve and check: one bad address spoils the host, for the next answer may be it.

        Raises:
            HostNotFound: the name has no address.
            ForbiddenTarget: an address may not be called.
        """
        found = list(self.resolver(host, port))
        for address in found:
            reason = refusal(address, port, allow_private=self.allow_private)
            if reason is None and self._is_the_platforms(address, port):
                reason = f"{address}:{port} belongs to the platform"
            if reason is not None:
                raise ForbiddenTarget(reason)
        return found

    def _is_the_platforms(self, address: str, port: int) -> bool:
        return any(
            port == closed and is_same_door(address, host) for host, closed in self.forbidden
        )


def runtime_api(environment_value: str | None) -> frozenset[tuple[str, int]]:
    """Read where Lambda's runtime API listens, which hands out events to whoever asks.

    >>> runtime_api("127.0.0.1:9001")
    frozenset({('127.0.0.1', 9001)})
    """
    host, _, port = (environment_value or "").rpartition(":")
    return frozenset({(host, int(port))}) if host and port.isdecimal() else frozenset()
