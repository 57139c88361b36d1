"""Users of the mesh, as its user pool knows them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sentinelmesh.domain.access.scopes import Role


class UserStatus(StrEnum):
    """How far a person has come: invited until the first sign-in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in.

    Args:
        id: the name that the user pool gave, which never changes.
        role: None for somebody in none of our groups; such a person may read.
    """

    id: str
    email: str
    role: Role | None
    status: UserStatus
    created_at: datetime
    updated_at: datetime
