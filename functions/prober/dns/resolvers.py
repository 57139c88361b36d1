"""Which name servers to ask: the machine's own, one of choice, and others for comparison."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from functions.prober.dns.client import DNS_PORT, Place, ask
from functions.prober.dns.wire import TYPES
from functions.prober.observation import ProbeFailed

RESOLV_CONF = Path("/etc/resolv.conf")
COMPARING_SECONDS = 1.5


def own_resolver(configuration: Path = RESOLV_CONF) -> Place:
    """Return the name server that this machine asks itself.

    Raises:
        ProbeFailed: it has none.
    """
    try:
        lines = configuration.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        match line.split():
            case ["nameserver", address, *_] if _is_address(address):
                return address, DNS_PORT
    text = "this machine has no name server of its own: name one in dns.resolver"
    raise ProbeFailed("request_invalid", text)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class Elsewhere:
    """Asks other resolvers about a name that ours does not resolve: is it the name, or is it us?

    Args:
        resolvers: their addresses; none means that nobody is asked.
    """

    def __init__(self, resolvers: Sequence[str] = (), port: int = DNS_PORT) -> None:
        self._places = [(address, port) for address in resolvers]

    async def asked(self, name: str, kind: str) -> str | None:
        """Say in one sentence what the first one that answers says about a name."""
        for place in self._places:
            try:
                async with asyncio.timeout(COMPARING_SECONDS / len(self._places)):
                    answer = await ask(place, name, kind)
            except (ProbeFailed, TimeoutError, ValueError):
                continue
            found = [text for number, text in answer.records if number == TYPES[kind]]
            return _compare(place[0], answer.code, found)
        return "Other resolvers do not answer either." if self._places else None


def _compare(resolver: str, code: str, found: Sequence[str]) -> str:
    if found:
        return (
            f"Another resolver ({resolver}) knows the name as {found[0]}: the resolver of this "
            "region is the trouble, or has not heard of the change yet."
        )
    if code in {"NXDOMAIN", "NOERROR"}:
        return (
            f"Another resolver ({resolver}) has no such record either: the domain's "
            "records are the trouble."
        )
    return (
        f"Another resolver ({resolver}) answers {code}: the domain's own name servers, or its "
        "DNSSEC, are the trouble."
    )
