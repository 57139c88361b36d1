"""Status pages: what the public sees of some monitors."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from functions.api.auditing import audited
from functions.api.merging import check_match, etag, merged, patch_of
from functions.api.paging import PageQuery, paged
from functions.api.parsing import validated
from functions.api.presenting import plain, shown
from functions.api.problems import invalid, not_found
from functions.api.route import Answer, Request, Route
from functions.api.schemas.status_page import PostIn, StatusPageIn, StatusPageOut, StatusPagePage
from sentinelmesh.domain.access import Scope
from sentinelmesh.domain.status_page import MOST_POSTS, Post, StatusPage
from sentinelmesh.domain.status_page import Shown as ShownMonitor
from sentinelmesh.errors import AlreadyExists

CONFIGURED = ("slug", "name", "description", "logo_url", "monitors", "published")


def find(request: Request) -> StatusPage:
    """Read the page that a path names. Cost: 1 read unit.

    Raises:
        Problem: 404.
    """
    page = request.backend.status_pages.get(request.path["page_id"])
    if page is None:
        raise not_found("status page of this id")
    return page


def create(request: Request) -> Answer:
    """Add a status page; it is on the net within a minute."""
    backend, now = request.backend, request.backend.clock()
    blank = StatusPage(id=request.new_id("sp"), slug="", name="", created_at=now, updated_at=now)
    page = _configured(request, request.body, blank)
    with audited(request, "status_page.created", page.id, (None, 1), fields=request.raw_body):
        try:
            backend.status_pages.create(page)
        except AlreadyExists:
            page = backend.status_pages.get(page.id) or page
    answer = _shown(page)
    headers = {**answer.headers, "Location": f"/v1/status-pages/{page.id}"}
    return replace(answer, status=HTTPStatus.CREATED, headers=headers)


def read(request: Request) -> Answer:
    """Show a status page."""
    return _shown(find(request))


def list_pages(request: Request) -> Answer:
    """Show a page of status pages in the order of their ids."""
    pages = request.backend.status_pages.list()
    return Answer(body=paged(request, pages, lambda page: page.id, _out))


def change(request: Request) -> Answer:
    """Apply a merge patch; the public sees it within a minute."""
    before = find(request)
    check_match(request, before.revision)
    patch = patch_of(request)
    config = {name: value for name, value in plain(before).items() if name in CONFIGURED}
    after = _configured(request, validated(StatusPageIn, merged(config, patch)), before)
    if after == before:
        return _shown(before)
    return _replaced(request, after, "status_page.changed", patch)


def post(request: Request) -> Answer:
    """Tell the public something; the newest post stands first."""
    page = find(request)
    news = Post(at=request.backend.clock(), title=request.body.title, text=request.body.text)
    after = replace(page, posts=(news, *page.posts)[:MOST_POSTS])
    return _replaced(request, after, "status_page.posted", request.raw_body)


def delete(request: Request) -> Answer:
    """Remove a status page; its address answers 404 within a minute."""
    page = find(request)
    check_match(request, page.revision)
    with audited(request, "status_page.deleted", page.id, (page.revision, None)):
        request.backend.status_pages.delete(page)
    return Answer(status=HTTPStatus.NO_CONTENT)


def _replaced(request: Request, changed: StatusPage, action: str, fields: Any) -> Answer:
    backend, before = request.backend, changed.revision
    after = replace(changed, revision=before + 1, updated_at=backend.clock())
    with audited(request, action, after.id, (before, after.revision), fields=fields):
        backend.status_pages.replace(after)
    return _shown(after)


def _configured(request: Request, wanted: StatusPageIn, page: StatusPage) -> StatusPage:
    """Apply what was written; monitors that it named before may be gone.

    Raises:
        Problem: 422 with the field and a sentence.
    """
    backend = request.backend
    others = [each for each in backend.status_pages.list() if each.id != page.id]
    if any(each.slug == wanted.slug for each in others):
        raise invalid("/slug", "another status page has this address")
    new = {each.monitor_id for each in wanted.monitors} - {
        each.monitor_id for each in page.monitors
    }
    known = backend.monitors.get_many(sorted(new)) if new else {}
    for place, each in enumerate(wanted.monitors):
        if each.monitor_id in new and each.monitor_id not in known:
            pointer = f"/monitors/{place}/monitor_id"
            raise invalid(pointer, f"there is no monitor {each.monitor_id[:60]}")
    return replace(
        page,
        slug=wanted.slug,
        name=wanted.name,
        description=wanted.description,
        logo_url=wanted.logo_url,
        monitors=tuple(
            ShownMonitor(monitor_id=each.monitor_id, name=each.name) for each in wanted.monitors
        ),
        published=wanted.published,
    )


def _out(page: StatusPage) -> dict[str, Any]:
    return shown(StatusPageOut, plain(page))


def _shown(page: StatusPage) -> Answer:
    return Answer(body=_out(page), headers={"ETag": etag(page.revision)})


ALL, ONE = "/v1/status-pages", "/v1/status-pages/<page_id>"
ROUTES = (
    Route(method="POST", path=ALL, summary="Add a status page", handler=create,
          scope=Scope.WRITE, body=StatusPageIn, answers=StatusPageOut, status=HTTPStatus.CREATED),
    Route(method="GET", path=ALL, summary="List status pages", handler=list_pages,
          scope=Scope.READ, query=PageQuery, answers=StatusPagePage),
    Route(method="GET", path=ONE, summary="Show a status page", handler=read,
          scope=Scope.READ, answers=StatusPageOut),
    Route(method="PATCH", path=ONE, summary="Change a status page (JSON merge patch)",
          handler=change, scope=Scope.WRITE, body=StatusPageIn, answers=StatusPageOut,
          merges=True, versioned=True),
    Route(method="DELETE", path=ONE, summary="Delete a status page", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT, versioned=True),
    Route(method="POST", path=f"{ONE}/posts", summary="Tell the public something", handler=post,
          scope=Scope.WRITE, body=PostIn, answers=StatusPageOut),
)  # fmt: skip
