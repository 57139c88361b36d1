"""Dataclasses as JSON-ready values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from sentinelmesh.domain.values import instant


def to_json(thing: object) -> dict[str, Any]:
    """Write a dataclass as JSON-ready values."""
    return {
        name: _to_json_value(value)
        for name, value in msgspec.to_builtins(thing, builtin_types=(datetime,)).items()
    }


def _to_json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant.text(value)
    if isinstance(value, Mapping):
        return {name: _to_json_value(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json_value(each) for each in value]
    return value
