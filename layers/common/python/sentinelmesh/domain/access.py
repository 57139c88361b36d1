"""Who may do what: scopes of API tokens, and the roles of people that give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a caller may do; each contains the one before."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


ORDER = (Scope.READ, Scope.WRITE, Scope.ADMIN)
# The role matrix: what the groups of the user pool give.
ROLES: Mapping[str, Scope] = {
    "viewer": Scope.READ,
    "editor": Scope.WRITE,
    "admin": Scope.ADMIN,
}


def includes(held: Scope, needed: Scope) -> bool:
    """Say whether a scope is enough.

    >>> includes(Scope.ADMIN, Scope.WRITE), includes(Scope.READ, Scope.WRITE)
    (True, False)
    """
    return ORDER.index(held) >= ORDER.index(needed)


def scope_of(groups: list[str]) -> Scope:
    """Give the widest scope of a person's groups; somebody without any may read."""
    held = [ROLES[group] for group in groups if group in ROLES]
    return max(held, key=ORDER.index, default=Scope.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A program's key; the secret itself is shown once and never stored.

    Args:
        secret_hash: SHA-256 of the secret, in hexadecimal.
    """

    token_id: str
    name: str
    scope: Scope
    secret_hash: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None = None
