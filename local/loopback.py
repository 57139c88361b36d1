"""Who may talk to a loopback server: programs of this machine, and our own pages."""

from collections.abc import Iterable

BINDING_ADDRESS = "127.0.0.1"


class LoopbackRule:
    """Demands that Host is our loopback address and that Origin is absent or ours.

    The Host check stops DNS rebinding; the Origin check stops a page of another site from sending
    a plain POST, for which browsers ask nobody.
    """

    def __init__(self, port: int, origins: Iterable[str] = ()) -> None:
        self._hosts = {f"{BINDING_ADDRESS}:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts} | set(origins)

    def refusal(self, headers: Iterable[tuple[str, str]]) -> str | None:
        """Return why a request with these headers is refused; None lets it pass.

        >>> LoopbackRule(8080).refusal([("Host", "localhost:8080")])
        >>> LoopbackRule(8080).refusal([("Host", "evil.example:8080")])
        'Host is not this loopback address'
        """
        found = [(name.lower(), value.lower()) for name, value in headers]
        hosts = [value for name, value in found if name == "host"]
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return "Host is not this loopback address"
        if any(name == "origin" and value not in self._origins for name, value in found):
            return "Origin is a foreign site"
        return None
