"""What a route is: data, so that routing, rights, documentation and tests read the same table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from functions.api.http.ids import id_from, new_seed
from sentinelmesh.domain.access.scopes import Scope

if TYPE_CHECKING:
    from functions.api.backend import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a request.

    Args:
        id: of an API token, or of a person in the user pool; names may repeat, ids do not.
        name: for people to read.
    """

    id: str
    name: str
    scope: Scope


NOBODY = Caller(id="", name="nobody", scope=Scope.READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, checked: the caller is allowed and body and query have their models' shape.

    Args:
        id: as the answer's X-Request-Id and the log have it.
        address: the path as it was asked for.
        method: HEAD as well, where the route is that of GET.
        raw_body: the body as sent, decoded from JSON; merge patches need what is absent.
        text: the body as text, of routes that take any.
        headers: names in lower case.
        seed: what the ids of new things derive from.
    """

    backend: "Backend"
    caller: Caller
    id: str
    address: str
    path: Mapping[str, str]
    method: str = "GET"
    body: Any = None
    raw_body: Any = None
    query: Any = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seed: str = field(default_factory=new_seed)

    def new_id(self, prefix: str) -> str:
        """Return a new thing; at most one of each prefix in a request."""
        return id_from(self.seed, prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler gives back.

    Args:
        body: JSON-ready; text together with another content type; None for no content.
        replay: the body for a repetition, where `body` shows a secret that is shown once.
    """

    body: Any = None
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    replay: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the API.

    Args:
        path: with parameters in angle brackets, e.g. "/v1/monitors/<monitor_id>".
        scope: what the caller needs; None means that the route is public.
        body, query: models of what is sent; `answers` of what comes back.
        media: what comes back; with another one than JSON there is no model.
        merges: the body is a merge patch of `body`, so it is validated by the handler.
        versioned: the handler honours If-Match.
        takes_text: any body is taken, as text.
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
    media: str = "application/json"
    merges: bool = False
    versioned: bool = False
    takes_text: bool = False
