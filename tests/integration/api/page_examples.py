"""A request that goes well for each route about status pages."""

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any

from sentinelmesh.domain.status_pages.subscription import OptIn, subscriber_id
from tests.integration.api.stage import Stage

Prepared = tuple[str, Mapping[str, Any] | None]
POST = {"title": "Slow checkout", "text": "We are looking into it.", "stage": "investigating"}
ANN = "ann@reader.example"


def put_page(stage: Stage, **fields: Any) -> dict[str, Any]:
    """Add a status page that shows nothing yet."""
    made: dict[str, Any] = stage.post(*_new_page(stage, **fields))
    return made


def put_opt_in(stage: Stage, page_id: str, address: str = ANN) -> OptIn:
    """Have somebody ask for mail of a page."""
    opt_in = OptIn(
        page_id=page_id,
        subscriber_id=subscriber_id(page_id, address),
        address=address,
        secret=token_hex(16),
        asked_at=stage.now,
    )
    stage.backend.subscriptions.ask(opt_in)
    return opt_in


def put_subscriber(stage: Stage, page_id: str, address: str = ANN) -> OptIn:
    """Have somebody ask and confirm."""
    opt_in = put_opt_in(stage, page_id, address)
    stage.backend.subscriptions.confirm(opt_in, stage.now)
    return opt_in


def whole_page(stage: Stage) -> dict[str, str]:
    """Add a page with a post, and somebody who asked for its mail, by the names of parameters."""
    page_id = put_page(stage)["id"]
    opt_in = put_opt_in(stage, page_id)
    return {
        "page_id": page_id,
        "post_id": stage.post(f"/v1/status-pages/{page_id}/posts", POST)["id"],
        "subscriber_id": opt_in.subscriber_id,
        "secret": opt_in.secret,
    }


def link_of(opt_in: OptIn) -> str:
    """Return the address that stands in the mails to somebody."""
    return f"/v1/subscriptions/{opt_in.page_id}/{opt_in.subscriber_id}/{opt_in.secret}"


def _new_page(_stage: Stage, **fields: Any) -> tuple[str, dict[str, Any]]:
    return "/v1/status-pages", {"name": "Shop status", "slug": token_hex(8), **fields}


def _on_page(
    suffix: str = "", body: Mapping[str, Any] | None = None
) -> Callable[[Stage], Prepared]:
    return lambda stage: (f"/v1/status-pages/{put_page(stage)['id']}{suffix}", body)


def _on_post(stage: Stage) -> Prepared:
    address = f"/v1/status-pages/{put_page(stage)['id']}/posts"
    return f"{address}/{stage.post(address, POST)['id']}", None


def _on_subscriber(stage: Stage) -> Prepared:
    subscriber = put_subscriber(stage, put_page(stage)["id"])
    address = f"/v1/status-pages/{subscriber.page_id}/subscribers"
    return f"{address}/{subscriber.subscriber_id}", None


def _whole(stage: Stage) -> Prepared:
    """A page with everything that is forgotten with it."""
    page_id = put_page(stage)["id"]
    put_subscriber(stage, page_id)
    stage.post(f"/v1/status-pages/{page_id}/posts", POST)
    return f"/v1/status-pages/{page_id}", None


def _asking(stage: Stage) -> Prepared:
    return f"/v1/subscriptions/{put_page(stage)['id']}", None


def _on_link(suffix: str) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        return link_of(put_opt_in(stage, put_page(stage)["id"])) + suffix, None

    return prepare


LINK = "/v1/subscriptions/<page_id>/<subscriber_id>/<secret>"
PAGE_EXAMPLES: Mapping[str, Callable[[Stage], Prepared]] = {
    "POST /v1/status-pages": _new_page,
    "GET /v1/status-pages": lambda _stage: ("/v1/status-pages", None),
    "GET /v1/status-pages/<page_id>": _on_page(),
    "PATCH /v1/status-pages/<page_id>": _on_page(body={"name": "Our services"}),
    "DELETE /v1/status-pages/<page_id>": _whole,
    "POST /v1/status-pages/<page_id>/posts": _on_page("/posts", POST),
    "GET /v1/status-pages/<page_id>/posts": _on_page("/posts"),
    "DELETE /v1/status-pages/<page_id>/posts/<post_id>": _on_post,
    "GET /v1/status-pages/<page_id>/subscribers": _on_page("/subscribers"),
    "DELETE /v1/status-pages/<page_id>/subscribers/<subscriber_id>": _on_subscriber,
    "POST /v1/subscriptions/<page_id>": _asking,
    f"GET {LINK}": _on_link(""),
    f"POST {LINK}/confirm": _on_link("/confirm"),
    f"POST {LINK}/end": _on_link("/end"),
}
# What is sent where the body is text and not JSON.
TEXTS = {"POST /v1/subscriptions/<page_id>": "email=ann%40reader.example"}
