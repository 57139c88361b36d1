"""Who gets mail of a status page, for its owner."""

from http import HTTPStatus
from itertools import islice
from typing import Any

from functions.api.http.json_values import to_json
from functions.api.http.pagination import PageQuery, cursor_of, page
from functions.api.http.problem import not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.routes.status_pages import ONE as PAGE
from functions.api.routes.status_pages import find
from functions.api.schemas.status_page import SubscriberOut, SubscriberPage
from functions.api.services.audit import audit
from functions.api.services.serializers import select_fields
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.status_pages.subscription import Subscriber


def list_subscribers(request: Request) -> Answer:
    """Show a page of those who confirmed that they want mail. Cost: 1 read unit per 4 KB."""
    after, limit = cursor_of(request) or "", request.query.limit
    rows = request.backend.subscriptions.iterate(find(request).id, after)
    found = list(islice(rows, limit + 1))
    taken = found[:limit]
    last = taken[-1].id if len(found) > limit else None
    return Answer(body=page(request, [_out(each) for each in taken], last))


def remove(request: Request) -> Answer:
    """Forget a subscriber."""
    backend, status_page = request.backend, find(request)
    name = request.path["subscriber_id"]
    if backend.subscriptions.get(status_page.id, name) is None:
        raise not_found("subscriber of this id")
    with audit(request, "status_page.subscriber_removed", status_page.id, detail=name):
        backend.subscriptions.end(status_page.id, name)
    return Answer(status=HTTPStatus.NO_CONTENT)


def _out(subscriber: Subscriber) -> dict[str, Any]:
    return select_fields(SubscriberOut, to_json(subscriber))


ALL = f"{PAGE}/subscribers"
ROUTES = (
    Route(method="GET", path=ALL, summary="List who gets mail of a page",
          handler=list_subscribers, scope=Scope.ADMIN, query=PageQuery, answers=SubscriberPage),
    Route(method="DELETE", path=f"{ALL}/<subscriber_id>", summary="Forget a subscriber",
          handler=remove, scope=Scope.ADMIN, status=HTTPStatus.NO_CONTENT),
)  # fmt: skip
