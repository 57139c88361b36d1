"""What a route is: data, so that routing, rights, documentation and tests read the same table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from sentinelmesh.domain.access import Scope

if TYPE_CHECKING:
    from functions.api.backend import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a request."""

    name: str
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, checked: the caller is allowed and body and query have their models' shape.

    Args:
        raw_body: the body as sent, decoded from JSON; merge patches need what is absent.
        headers: names in lower case.
    """

    backend: "Backend"
    caller: Caller
    path: Mapping[str, str]
    body: Any = None
    raw_body: Any = None
    query: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler gives back.

    Args:
        body: JSON-ready; text together with another content type; None for no content.
    """

    body: Any = None
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the API.

    Args:
        path: with parameters in angle brackets, e.g. "/v1/monitors/<monitor_id>".
        scope: what the caller needs; None means that the route is public.
        body, query: models of what is sent; `answers` of what comes back.
        merges: the body is a merge patch, so it is validated by the handler.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Request], Answer]
    scope: Scope | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answers: type[BaseModel] | None = None
    status: HTTPStatus = HTTPStatus.OK
    merges: bool = False
