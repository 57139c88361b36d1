"""The blocks of checks, read as the options of their kinds."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

Options = TypeVar("Options")


def read_options(kind: type[Options], block: Mapping[str, Any]) -> Options:
    """Read a block; what is not in it, or null, has its default, and what is newer is ignored."""
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    given = {name: value for name, value in block.items() if name in known and value is not None}
    return kind(**given)
