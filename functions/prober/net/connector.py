"""Connections to targets: guarded, pinned to checked addresses, with a stopwatch."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from ipaddress import ip_address
from time import perf_counter

from functions.prober.net.connection import Connection
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import ABSTAINING, ProbeFailed
from sentinelmesh.errors import ForbiddenTarget
from sentinelmesh.target_guard import LOOKUP_SECONDS, HostNotFound, TargetGuard

Dial = Callable[[str, int], Awaitable[Connection]]

MAX_ADDRESSES = 3
# A look-up cannot be cancelled; ten checks a second that leave theirs hanging stay below this.
# Source: docs/decisions/0030-name-lookups-on-threads-of-their-own.md
MAX_LOOKUPS = 200
# No address gets less, unless the probe itself has less: one lost packet costs a second.
MIN_SHARE_SECONDS = 2.0
NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
# The prober's own machine is in trouble, whatever the target does.
OUR_TROUBLE = frozenset(
    {
        errno.EACCES,
        errno.EADDRNOTAVAIL,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOBUFS,
        errno.ENOMEM,
        errno.EPERM,
    }
)


class Connector:
    """Opens connections to hosts whose every address the guard allows.

    Args:
        threads: where look-ups block; so many that hanging ones never use them up.
        dial: connects to an address.
    """

    def __init__(self, guard: TargetGuard, threads: Executor, dial: Dial | None = None) -> None:
        self._guard = guard
        self._threads = threads
        self._dial = dial or open_connection

    async def connect(self, host: str, port: int, watch: Stopwatch) -> Connection:
        """Resolve, check and connect, with the time of each.

        Raises:
            ProbeFailed: with the reason.
        """
        with watch.measure("dns"):
            addresses = await self.addresses(host, port, watch)
        with watch.measure("connect"):
            return await self._first_that_answers(addresses[:MAX_ADDRESSES], port, watch)

    async def addresses(self, host: str, port: int, watch: Stopwatch) -> list[str]:
        """Return the addresses of a host, each of which may be called.

        Raises:
            ProbeFailed: with the reason.
        """
        look_up = partial(self._guard.addresses, host, port)
        loop = asyncio.get_running_loop()
        asked_at = perf_counter()
        try:
            if _is_address(host):
                return look_up()
            found = await loop.run_in_executor(self._threads, look_up)
            watch.met.addresses = found
        except ForbiddenTarget as refused:
            raise ProbeFailed("target_forbidden", f"{host}: {refused}") from refused
        except HostNotFound as missing:
            waited = perf_counter() - asked_at
            watch.met.unresolved = (host, "A")
            raise ProbeFailed(_lookup_code(missing, waited), str(missing)) from missing
        if not found:
            raise ProbeFailed("dns_nxdomain", f"{host} has no address")
        return found

    async def _first_that_answers(
        self, addresses: Sequence[str], port: int, watch: Stopwatch
    ) -> Connection:
        """Try one address after the other; the last one may use up the time that is left."""
        troubles: dict[str, ProbeFailed] = {}
        for place, address in enumerate(addresses, start=1):
            watch.met.remote_address = address
            left = len(addresses) - place
            share = max(watch.remaining() / (left + 1), MIN_SHARE_SECONDS) if left else None
            try:
                async with asyncio.timeout(share):
                    return await self._dial(address, port)
            except OSError as error:
                troubles[address] = connect_trouble(error, address, port)
        watch.met.remote_address, worst = _most_telling(troubles)
        raise worst


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _lookup_code(missing: HostNotFound, waited: float) -> str:
    """Tell a firm no from a name server that fails, and from one that keeps silent."""
    if not missing.is_temporary:
        return "dns_nxdomain"
    return "dns_timeout" if waited >= LOOKUP_SECONDS else "dns_error"


def _most_telling(troubles: dict[str, ProbeFailed]) -> tuple[str, ProbeFailed]:
    """Prefer what tells of the target: a missing way by IPv6 must not hide a dead IPv4 host."""
    return min(troubles.items(), key=lambda each: each[1].code in ABSTAINING)


async def open_connection(address: str, port: int) -> Connection:
    """Connect to an address that was checked before.

    Raises:
        OSError: no connection.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.setblocking(False)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(plain, (address, port))
    except BaseException:
        plain.close()
        raise
    return Connection(plain, (address, port))


def connect_trouble(error: OSError, address: str, port: int) -> ProbeFailed:
    """Return what a failed connection means."""
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    if isinstance(error, ConnectionRefusedError):
        return ProbeFailed("connect_refused", f"nothing listens at {place}")
    if isinstance(error, ConnectionResetError):
        return ProbeFailed("connect_reset", f"{place} reset the connection")
    if isinstance(error, TimeoutError):
        return ProbeFailed("connect_timeout", f"{place} does not answer")
    if ":" in address and error.errno in NO_ROUTE:
        return ProbeFailed("ipv6_unsupported", f"no way to {place} by IPv6 from here")
    text = error.strerror or type(error).__name__
    if error.errno in OUR_TROUBLE:
        return ProbeFailed("internal_error", f"the prober could not call {place}: {text}")
    return ProbeFailed("connect_error", f"{place}: {text}")
