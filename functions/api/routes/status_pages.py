"""Status pages: what the public sees of some monitors. The publisher makes files of them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from functions.api.http.json_values import to_json
from functions.api.http.merge_patch import apply_patch, check_match, etag, patch_of
from functions.api.http.pagination import PageQuery, paginate
from functions.api.http.parsing import validate
from functions.api.http.problem import Problem, invalid, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.status_page import StatusPageIn, StatusPageOut, StatusPagePage
from functions.api.services.audit import audit
from functions.api.services.create_once import create_once
from functions.api.services.serializers import select_fields
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.status_pages.status_page import MAX_PAGES, ShownMonitor, StatusPage

FORGETTING = 16


def find(request: Request) -> StatusPage:
    """Read the page that a path names. Cost: 1 read unit per 4 KB.

    Raises:
        Problem: 404.
    """
    page = request.backend.status_pages.get(request.path["page_id"])
    if page is None:
        raise not_found("status page of this id")
    return page


def create(request: Request) -> Answer:
    """Add a status page; the public sees it a moment later, if it is published."""
    backend, now = request.backend, request.backend.clock()
    if len(backend.status_pages.list()) >= MAX_PAGES:
        text = f"There are {MAX_PAGES} status pages, which is all there can be; delete one."
        raise Problem(HTTPStatus.CONFLICT, text)
    blank = StatusPage(id=request.new_id("sp"), slug="", name="", created_at=now, updated_at=now)
    page = _apply(request, request.body, blank)
    with audit(request, "status_page.created", page.id, (None, 1), fields=request.raw_body):
        page = create_once(backend.status_pages, page)
    answer = _render(page)
    headers = {**answer.headers, "Location": f"{ALL}/{page.id}"}
    return replace(answer, status=HTTPStatus.CREATED, headers=headers)


def read(request: Request) -> Answer:
    """Show a status page."""
    return _render(find(request))


def list_pages(request: Request) -> Answer:
    """Show a page of status pages in the order of their ids."""
    pages = request.backend.status_pages.list()
    return Answer(body=paginate(request, pages, lambda page: page.id, _out))


def change(request: Request) -> Answer:
    """Apply a merge patch: the whole page is checked again, as if newly written."""
    before = find(request)
    check_match(request, before.revision)
    patch = patch_of(request)
    after = _apply(request, validate(StatusPageIn, apply_patch(_config(before), patch)), before)
    if after == before:
        return _render(before)
    after = replace(after, revision=before.revision + 1, updated_at=request.backend.clock())
    revisions = (before.revision, after.revision)
    with audit(request, "status_page.changed", after.id, revisions, fields=patch):
        request.backend.status_pages.replace(after)
    return _render(after)


def delete(request: Request) -> Answer:
    """Take a page off the net for good; its subscribers and what it told are forgotten."""
    page = find(request)
    check_match(request, page.revision)
    with audit(request, "status_page.deleted", page.id, (page.revision, None)):
        _forget(request, page)
        request.backend.status_pages.delete(page)
    return Answer(status=HTTPStatus.NO_CONTENT)


def _forget(request: Request, page: StatusPage) -> None:
    """Forget what belongs to a page first: whoever dies on the way can begin again."""
    backend = request.backend
    with ThreadPoolExecutor(FORGETTING) as workers:
        subscribers = backend.subscriptions.iterate(page.id)
        list(workers.map(lambda each: backend.subscriptions.end(page.id, each.id), subscribers))
        told = backend.news.list(page.id, backend.clock())
        list(workers.map(lambda each: backend.news.forget(page.id, each.id), told))


def _apply(request: Request, wanted: StatusPageIn, page: StatusPage) -> StatusPage:
    """Apply what was written; monitors that it named before may be gone.

    Raises:
        Problem: 422 with the field and a sentence.
    """
    backend = request.backend
    others = [each for each in backend.status_pages.list() if each.id != page.id]
    if any(each.slug == wanted.slug for each in others):
        raise invalid("/slug", "another status page has this address")
    before = {each.monitor_id: each.since for each in page.monitors if page.published}
    named = {each.monitor_id for each in page.monitors}
    new = [each.monitor_id for each in wanted.monitors if each.monitor_id not in named]
    known = backend.monitors.get_many(new) if new else {}
    for place, each in enumerate(wanted.monitors):
        if each.monitor_id in new and each.monitor_id not in known:
            pointer = f"/monitors/{place}/monitor_id"
            raise invalid(pointer, f"there is no monitor {each.monitor_id[:60]}")
    now = backend.clock()
    return replace(
        page,
        slug=wanted.slug,
        name=wanted.name,
        description=wanted.description,
        logo=wanted.logo,
        monitors=tuple(
            ShownMonitor(
                monitor_id=each.monitor_id,
                name=each.name,
                since=before.get(each.monitor_id, now),
            )
            for each in wanted.monitors
        ),
        subscriptions=wanted.subscriptions,
        published=wanted.published,
    )


def _config(page: StatusPage) -> dict[str, Any]:
    row = _out(page)
    return {name: row[name] for name in StatusPageIn.model_fields}


def _out(page: StatusPage) -> dict[str, Any]:
    row = to_json(page)
    row["monitors"] = [{"monitor_id": each.monitor_id, "name": each.name} for each in page.monitors]
    return select_fields(StatusPageOut, row)


def _render(page: StatusPage) -> Answer:
    return Answer(body=_out(page), headers={"ETag": etag(page.revision)})


ALL = "/v1/status-pages"
ONE = f"{ALL}/<page_id>"
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
)  # fmt: skip
