"""Whole numbers as few bytes: seven bits each, the least first, until one has no eighth bit.

Source: Protocol Buffers, https://protobuf.dev/programming-guides/encoding/#varints
"""

from collections.abc import Iterable, Iterator

SEVEN_BITS, MORE = 0x7F, 0x80


def pack(numbers: Iterable[int]) -> bytes:
    """Write numbers from 0 on.

    >>> pack([1, 300]).hex()
    '01ac02'
    """
    written = bytearray()
    for each in numbers:
        number = each
        while number > SEVEN_BITS:
            written.append(number & SEVEN_BITS | MORE)
            number >>= 7
        written.append(number)
    return bytes(written)


def unpack(written: bytes) -> Iterator[int]:
    """Read what `pack` wrote.

    >>> list(unpack(pack([0, 127, 128, 10**12])))
    [0, 127, 128, 1000000000000]
    """
    number = shift = 0
    for each in written:
        number |= (each & SEVEN_BITS) << shift
        shift += 7
        if each < MORE:
            yield number
            number = shift = 0
