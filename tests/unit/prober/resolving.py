"""A resolver of the tests' own: it reads numbers as the system does, and asks nobody."""

import socket

from sentinelmesh.target_guard import HostNotFound


def as_the_system_reads_it(host: str, port: int) -> list[str]:
    """Read addresses in every spelling that connecting would accept; ask nobody."""
    flags = socket.AI_NUMERICHOST
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except OSError as error:
        raise HostNotFound(f"{host} is a name", is_temporary=False) from error
    return [str(entry[4][0]) for entry in found]
