"""Scopes and roles: who may do what."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Scope(StrEnum):
    """What a caller may do; each contains the one before."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Role(StrEnum):
    """What a person is in the mesh; the groups of the user pool have these names."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


ORDER = (Scope.READ, Scope.WRITE, Scope.ADMIN)


# The role matrix: what each role gives.
ROLES: Mapping[Role, Scope] = {
    Role.VIEWER: Scope.READ,
    Role.EDITOR: Scope.WRITE,
    Role.ADMIN: Scope.ADMIN,
}


def includes(held: Scope, needed: Scope) -> bool:
    """Return whether a scope is enough.

    >>> includes(Scope.ADMIN, Scope.WRITE), includes(Scope.READ, Scope.WRITE)
    (True, False)
    """
    return ORDER.index(held) >= ORDER.index(needed)


def role_of(groups: Iterable[str]) -> Role | None:
    """Return the widest role among a person's groups; None if there is none of ours.

    >>> role_of(["editor", "somebody-elses-group"])
    <Role.EDITOR: 'editor'>
    """
    held = set(groups)
    return next((role for role in reversed(Role) if role in held), None)


def scope_of(groups: Iterable[str]) -> Scope:
    """Return what a person may do; somebody without any role may read."""
    role = role_of(groups)
    return Scope.READ if role is None else ROLES[role]
