"""What people tell the public on a status page; each post is the outbox of its own mails."""

from http import HTTPStatus
from typing import Any

from functions.api.http.json_values import to_json
from functions.api.http.pagination import PageQuery, paginate
from functions.api.http.problem import Problem, invalid, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.routes.status_pages import ONE as PAGE
from functions.api.routes.status_pages import find
from functions.api.schemas.status_page import PostIn, PostOut, PostPage
from functions.api.services.audit import audit
from functions.api.services.serializers import select_fields
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.status_pages.status_page import News, NewsKind, StatusPage
from sentinelmesh.errors import AlreadyExists, NotFound

MAX_POSTS = 100


def create(request: Request) -> Answer:
    """Tell the public something: the page shows it, and subscribers are mailed."""
    backend, page, wanted = request.backend, find(request), request.body
    now = backend.clock()
    if len(_posts(request, page)) >= MAX_POSTS:
        text = f"This page has {MAX_POSTS} posts, which is all there can be; delete old ones."
        raise Problem(HTTPStatus.CONFLICT, text)
    _check_incident(request, page, wanted.incident_id)
    is_mailed = wanted.mail and page.published and page.subscriptions
    post = News(
        page_id=page.id,
        id=request.new_id("post"),
        about=NewsKind.POST,
        at=now,
        title=wanted.title,
        text=wanted.text,
        stage=wanted.stage,
        incident_id=wanted.incident_id,
        due_at=now if is_mailed else None,
    )
    with audit(request, "status_page.posted", page.id, fields=request.raw_body, detail=post.id):
        try:
            backend.news.create(post)
        except AlreadyExists:
            # An earlier try under this Idempotency-Key came as far as this.
            post = backend.news.get(page.id, post.id) or post
    return Answer(body=_out(post), status=HTTPStatus.CREATED)


def list_posts(request: Request) -> Answer:
    """Show a page of posts, in the order of their ids."""
    posts = _posts(request, find(request))
    return Answer(body=paginate(request, posts, lambda post: post.id, _out))


def delete(request: Request) -> Answer:
    """Take a post off the page; mails that have left cannot be taken back."""
    page, post_id = find(request), request.path["post_id"]
    post = request.backend.news.get(page.id, post_id)
    if post is None or post.about is not NewsKind.POST:
        raise _no_post()
    with audit(request, "status_page.post_deleted", page.id, detail=post_id):
        try:
            request.backend.news.delete(page.id, post_id)
        except NotFound:
            raise _no_post() from None
    return Answer(status=HTTPStatus.NO_CONTENT)


def _posts(request: Request, page: StatusPage) -> list[News]:
    told = request.backend.news.list(page.id, request.backend.clock())
    return [each for each in told if each.about is NewsKind.POST]


def _check_incident(request: Request, page: StatusPage, incident_id: str | None) -> None:
    """Check that an outage is one of this page's monitors: of others the public knows nothing.

    Raises:
        Problem: 422.
    """
    if incident_id is None:
        return
    incident = request.backend.incidents.find(incident_id)
    if incident is None or incident.monitor_id not in {each.monitor_id for each in page.monitors}:
        raise invalid("/incident_id", "there is no such incident of a monitor on this page")


def _no_post() -> Problem:
    return not_found("post of this id on this page")


def _out(post: News) -> dict[str, Any]:
    is_sent = post.told != ""
    mails = "waiting" if post.due_at else "sent" if is_sent else "none"
    return select_fields(PostOut, {**to_json(post), "mails": mails})


ALL = f"{PAGE}/posts"
ROUTES = (
    Route(method="POST", path=ALL, summary="Tell the public something", handler=create,
          scope=Scope.WRITE, body=PostIn, answers=PostOut, status=HTTPStatus.CREATED),
    Route(method="GET", path=ALL, summary="List posts", handler=list_posts,
          scope=Scope.READ, query=PageQuery, answers=PostPage),
    Route(method="DELETE", path=f"{ALL}/<post_id>", summary="Take a post back", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT),
)  # fmt: skip
