"""API tokens: what programs sign in with."""

from dataclasses import dataclass
from datetime import datetime

from sentinelmesh.domain.access.scopes import Scope


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
