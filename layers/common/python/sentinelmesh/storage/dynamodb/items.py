"""Domain objects as DynamoDB items and back, without boto3's slow and Decimal-bound serializer."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from sentinelmesh.domain.values import instant

Item = dict[str, Any]
T = TypeVar("T")


def to_item(thing: object, **extra: object) -> Item:
    """Write a dataclass as an item; fields that are None are left out.

    Args:
        extra: attributes that the table needs and the domain does not know: keys, index keys, ttl.
    """
    plain = msgspec.to_builtins(thing, builtin_types=(datetime,))
    return attributes({**plain, **extra})


def attributes(plain: Mapping[str, object]) -> Item:
    """Write a mapping as attributes, leaving out what is None."""
    return {name: attribute(value) for name, value in plain.items() if value is not None}


def attribute(value: object) -> dict[str, Any]:
    """Write one value as a typed attribute."""
    match value:
        case StrEnum() | str():
            return {"S": str(value)}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": repr(value)}
        case datetime():
            return {"S": instant.text(value)}
        case Mapping():
            return {"M": attributes(value)}
        case list() | tuple():
            return {"L": [attribute(each) for each in value]}
        case None:
            return {"NULL": True}
    raise TypeError(f"cannot store a {type(value).__name__}")


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Read the attributes of an item as plain values."""
    return {name: plain_value(value) for name, value in item.items()}


def plain_value(typed: Mapping[str, Any]) -> Any:
    """Read one typed attribute."""
    ((kind, value),) = typed.items()
    match kind:
        case "N":
            return float(value) if set(value) & set(".eE") else int(value)
        case "M":
            return plain_item(value)
        case "L":
            return [plain_value(each) for each in value]
        case "NULL":
            return None
    return value


def from_item(item: Mapping[str, Any], expected: type[T]) -> T:
    """Read an item as a domain object; attributes that only the table knows are ignored."""
    return msgspec.convert(plain_item(item), expected, strict=False)
