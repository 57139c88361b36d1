"""Sessions, API tokens, people and the audit log."""

from typing import Annotated

from pydantic import AfterValidator, Field

from functions.api.http.pagination import PageQuery
from functions.api.schemas.base import Instant, Line, Shown, Strict
from functions.api.schemas.channel_kinds import check_address
from sentinelmesh.domain.access.audit import AuditOutcome
from sentinelmesh.domain.access.scopes import Role, Scope
from sentinelmesh.domain.access.user import UserStatus


class SessionIn(Strict):
    """Who signs in."""

    email: str = Field(min_length=1, max_length=254)
    password: str = Field(min_length=1, max_length=256)
    new_password: str | None = Field(
        None,
        min_length=1,
        max_length=256,
        description="for the first sign-in after an invitation: the password from now on",
    )


class SessionOut(Shown):
    """An access token, to be kept in memory."""

    access_token: str
    token_type: str
    expires_in: int


class CallerOut(Shown):
    """Who is asking: a person, or a program with an API token."""

    id: str
    name: str
    scope: Scope


class TokenIn(Strict):
    """A new API token."""

    name: Line
    scope: Annotated[Scope, Field(strict=False)] = Scope.READ


class TokenOut(Shown):
    """An API token without its secret."""

    id: str
    name: str
    scope: Scope
    created_at: Instant
    created_by: str
    last_used_at: Instant | None


class NewTokenOut(TokenOut):
    """An API token right after creation: the only time that its secret is shown."""

    token: str | None = Field(description="null when an earlier answer showed it")


class TokenPage(Shown):
    """A page of API tokens."""

    items: list[TokenOut]
    next_cursor: str | None


class InviteIn(Strict):
    """Somebody to invite; a first password goes out by mail."""

    email: Annotated[
        str,
        Field(min_length=1, max_length=254, examples=["ann@shop.example"]),
        AfterValidator(check_address),
    ]
    role: Annotated[Role, Field(strict=False)] = Role.VIEWER


class RoleIn(Strict):
    """What somebody is from now on."""

    role: Annotated[Role, Field(strict=False)]


class PersonOut(Shown):
    """Somebody who may sign in; without a role, only to read."""

    id: str
    email: str
    role: Role | None
    status: UserStatus
    created_at: Instant
    updated_at: Instant


class PersonPage(Shown):
    """A page of people."""

    items: list[PersonOut]
    next_cursor: str | None


class AuditQuery(PageQuery):
    """Which writes."""

    from_: str | None = Field(None, alias="from", max_length=40, description="RFC 3339, included")
    to: str | None = Field(None, max_length=40, description="RFC 3339, not included")


class AuditOut(Shown):
    """One write through the API."""

    id: str
    at: Instant
    by: str
    by_id: str
    action: str = Field(examples=["monitor.changed"])
    item_id: str
    request_id: str
    from_revision: int | None
    to_revision: int | None
    fields: list[str] = Field(description="names of the fields that the request mentioned")
    detail: str | None
    outcome: AuditOutcome


class AuditPage(Shown):
    """A page of the audit log, newest first."""

    items: list[AuditOut]
    next_cursor: str | None
