"""Who may do what, who did what: scopes, roles, API tokens, people and the audit log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
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
    """Say whether a scope is enough.

    >>> includes(Scope.ADMIN, Scope.WRITE), includes(Scope.READ, Scope.WRITE)
    (True, False)
    """
    return ORDER.index(held) >= ORDER.index(needed)


def role_of(groups: Iterable[str]) -> Role | None:
    """Give the widest role among a person's groups; None if there is none of ours.

    >>> role_of(["editor", "somebody-elses-group"])
    <Role.EDITOR: 'editor'>
    """
    held = set(groups)
    return next((role for role in reversed(Role) if role in held), None)


def scope_of(groups: Iterable[str]) -> Scope:
    """Give what a person may do; somebody without any role may read."""
    role = role_of(groups)
    return Scope.READ if role is None else ROLES[role]


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


class Standing(StrEnum):
    """How far a person has come: invited until the first sign-in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in.

    Args:
        id: the name that the user pool gave, which never changes.
        role: None for somebody in none of our groups; such a person may read.
    """

    id: str
    email: str
    role: Role | None
    status: Standing
    created_at: datetime
    updated_at: datetime


class AuditOutcome(StrEnum):
    """What became of a write.

    It is written down as done before it happens, so that no write can be missing in the log: an
    entry is wrong only if the process died between the two, and then the revisions tell.
    """

    DONE = "done"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One write through the API; it names fields and never holds a value that may be secret.

    Args:
        entry_id: sorts by time.
        by: the name of who did it, `by_id` the token's or person's id.
        action: what was done to which kind of item, e.g. "monitor.changed".
        from_revision: None where there was nothing before, or the item has no revisions.
        fields: names of the fields that the request mentioned.
        detail: more in plain words, e.g. the role that a person got.
    """

    entry_id: str
    at: datetime
    by: str
    by_id: str
    action: str
    item_id: str
    request_id: str
    from_revision: int | None = None
    to_revision: int | None = None
    fields: tuple[str, ...] = ()
    detail: str | None = None
    outcome: AuditOutcome = AuditOutcome.DONE
