"""AWS clients that are made when they are first used: most requests need one of five."""

from collections.abc import Callable
from functools import cache
from typing import Any


class Lazy:
    """Stands for a client until somebody asks for anything of it; making one takes 20 ms."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._made = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)
