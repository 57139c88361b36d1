"""DNS messages, written and read by hand: a library would cost a third of the cold start.

What name servers send is hostile: whatever is not shaped like a message ends in a ValueError.
Source: RFC 1035, 3 and 4; RFC 3596 (AAAA); RFC 8659 (CAA); RFC 6891 (size of answers by UDP).
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "CAA": 257}
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
INTERNET, OPT, RECURSION_DESIRED = 1, 41, 0x0100
RESPONSE, TRUNCATED, CODE = 0x8000, 0x0200, 0x000F
POINTER, MAX_LABEL, MAX_NAME = 0xC0, 63, 255
# Source: https://www.dnsflagday.net/2020/
LARGEST_BY_UDP = 1232
MAX_RECORDS = 200
HEADER = struct.Struct("!6H")
FIXED = struct.Struct("!HHIH")
SOA_NUMBERS = struct.Struct("!5I")


@dataclass(frozen=True, slots=True)
class Reply:
    """A name server's answer.

    Args:
        question: name in lower case and type, as it was understood.
        records: type and text of each, in the order in which they came.
    """

    identity: int
    is_truncated: bool
    code: str
    question: tuple[str, int]
    records: tuple[tuple[int, str], ...]


def query(identity: int, name: str, kind: str) -> bytes:
    """Write a question.

    Raises:
        ValueError: the name cannot be asked for.
    """
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    if any(not 0 < len(label) <= MAX_LABEL for label in labels):
        raise ValueError(f"{name!r} has a part that is empty or longer than 63 characters")
    written = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    if len(written) > MAX_NAME:
        raise ValueError("the name is longer than 253 characters")
    header = HEADER.pack(identity, RECURSION_DESIRED, 1, 0, 0, 1)
    larger = b"\0" + FIXED.pack(OPT, LARGEST_BY_UDP, 0, 0)
    return header + written + struct.pack("!HH", TYPES[kind], INTERNET) + larger


def reply(message: bytes) -> Reply:
    """Read an answer.

    Raises:
        ValueError: it is none, or is broken.
    """
    try:
        return _reply(message)
    except (IndexError, struct.error) as error:
        raise ValueError("the message is cut off") from error


def _reply(message: bytes) -> Reply:
    identity, flags, questions, answers, _, _ = HEADER.unpack_from(message)
    if not flags & RESPONSE or questions != 1:
        raise ValueError("this answers no question")
    asked, at = _name(message, HEADER.size)
    kind, _ = struct.unpack_from("!HH", message, at)
    records = []
    at += 4
    # A cut message may announce more than it has: the whole comes by TCP.
    for _ in range(0 if flags & TRUNCATED else min(answers, MAX_RECORDS)):
        found, at = _record(message, at)
        records.append(found)
    code = CODES.get(flags & CODE, f"code {flags & CODE}")
    return Reply(identity, bool(flags & TRUNCATED), code, (asked.lower(), kind), tuple(records))


def _record(message: bytes, at: int) -> tuple[tuple[int, str], int]:
    _, at = _name(message, at)
    kind, _, _, length = FIXED.unpack_from(message, at)
    at += FIXED.size
    end = at + length
    if end > len(message):
        raise ValueError("a record is cut off")
    read = READERS.get(kind)
    return (kind, read(message, at, end) if read else ""), end


def _name(message: bytes, at: int) -> tuple[str, int]:
    """Read a name; give it without its last dot, and where what follows begins."""
    labels: list[str] = []
    end, length = 0, 1
    while message[at]:
        octet = message[at]
        if octet >= POINTER:
            target = (octet - POINTER) << 8 | message[at + 1]
            end = end or at + 2
            # Only backwards: a pointer to itself would never end.
            if target >= at:
                raise ValueError("a name points ahead")
            at = target
            continue
        if octet > MAX_LABEL:
            raise ValueError("a name has a part of an unknown kind")
        length += octet + 1
        if length > MAX_NAME:
            raise ValueError("a name is too long")
        label = message[at + 1 : at + 1 + octet]
        if len(label) < octet:
            raise ValueError("a name is cut off")
        labels.append(_text(label, special=b'."\\'))
        at += octet + 1
    return ".".join(labels), end or at + 1


def _text(raw: bytes, special: bytes) -> str:
    """Write octets as zone files do: what cannot be seen as a number."""
    return "".join(
        ("\\" if octet in special else "") + chr(octet)
        if 0x20 < octet < 0x7F or (octet == 0x20 and b"." not in special)  # noqa: PLR2004
        else f"\\{octet:03}"
        for octet in raw
    )


def _host(message: bytes, at: int, _end: int) -> str:
    return _name(message, at)[0].lower()


def _exchange(message: bytes, at: int, _end: int) -> str:
    (preference,) = struct.unpack_from("!H", message, at)
    return f"{preference} {_name(message, at + 2)[0].lower()}"


def _authority(message: bytes, at: int, _end: int) -> str:
    primary, at = _name(message, at)
    mailbox, at = _name(message, at)
    numbers = " ".join(map(str, SOA_NUMBERS.unpack_from(message, at)))
    return f"{primary.lower()} {mailbox.lower()} {numbers}"


def _texts(message: bytes, at: int, end: int) -> str:
    """Join the strings of one record: together they are the value."""
    return "".join(_strings(message, at, end))


def _strings(message: bytes, at: int, end: int) -> Iterator[str]:
    while at < end:
        length = message[at]
        if at + 1 + length > end:
            raise ValueError("a text is cut off")
        yield message[at + 1 : at + 1 + length].decode(errors="replace")
        at += 1 + length


def _issuers(message: bytes, at: int, end: int) -> str:
    flags, length = message[at], message[at + 1]
    if at + 2 + length > end:
        raise ValueError("a tag is cut off")
    tag = _text(message[at + 2 : at + 2 + length], special=b"")
    value = _text(message[at + 2 + length : end], special=b'"\\')
    return f'{flags} {tag} "{value}"'


READERS: Mapping[int, Callable[[bytes, int, int], str]] = {
    TYPES["A"]: lambda message, at, end: str(IPv4Address(message[at:end])),
    TYPES["AAAA"]: lambda message, at, end: str(IPv6Address(message[at:end])),
    TYPES["NS"]: _host,
    TYPES["CNAME"]: _host,
    TYPES["SOA"]: _authority,
    TYPES["MX"]: _exchange,
    TYPES["TXT"]: _texts,
    TYPES["CAA"]: _issuers,
}
