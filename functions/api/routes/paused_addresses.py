"""Mail addresses that get no mail, for it bounced or was complained about."""

from http import HTTPStatus

from functions.api.http.json_values import to_json
from functions.api.http.pagination import PageQuery, paginate
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.paused_address import PausedAddressOut, PausedAddressPage
from functions.api.services.audit import audit
from functions.api.services.serializers import select_fields
from sentinelmesh.domain.access.scopes import Scope


def list_paused(request: Request) -> Answer:
    """Show a page of paused addresses. Cost: 1 read unit per 4 KB of all."""
    everything = request.backend.paused_addresses.list()
    body = paginate(
        request,
        everything,
        lambda each: each.id,
        lambda each: select_fields(PausedAddressOut, to_json(each)),
    )
    return Answer(body=body)


def resume(request: Request) -> Answer:
    """Write to an address again; a next bounce pauses it again."""
    wanted = request.path["paused_id"]
    with audit(request, "paused_address.resumed", wanted):
        request.backend.paused_addresses.resume(wanted)
    return Answer(status=HTTPStatus.NO_CONTENT)


ROUTES = (
    Route(method="GET", path="/v1/paused-addresses", summary="List paused mail addresses",
          handler=list_paused, scope=Scope.READ, query=PageQuery, answers=PausedAddressPage),
    Route(method="DELETE", path="/v1/paused-addresses/<paused_id>",
          summary="Write to an address again", handler=resume, scope=Scope.WRITE,
          status=HTTPStatus.NO_CONTENT),
)  # fmt: skip
