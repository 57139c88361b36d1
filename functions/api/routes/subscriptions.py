"""Mail for readers of a status page: whoever types an address learns nothing about it.

A request is answered the same for an address that is new, waiting, or subscribed; the mail that
asks for confirmation is the publisher's business. Links of mails lead to a page with a button:
programs that look into mails follow links, and must neither subscribe nor unsubscribe anybody.
"""

from collections.abc import Callable
from contextlib import suppress
from hmac import compare_digest
from http import HTTPStatus
from secrets import token_hex
from urllib.parse import parse_qs

from functions.api.http.problem import Problem, invalid, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.http.subscriber_page import reader_page
from functions.api.schemas.channel_kinds import check_address
from sentinelmesh.domain.status_pages.status_page import StatusPage
from sentinelmesh.domain.status_pages.subscription import (
    MAX_REQUESTS,
    PATIENCE,
    OptIn,
    Subscriber,
    subscriber_id,
)
from sentinelmesh.errors import AlreadyExists, NotFound

MAX_FORM, MAX_ADDRESS = 2000, 254
ASKED = (
    "If mail reaches this address, a message with a link is on its way to it. "
    "You get news only after you have followed that link, within a day."
)
INTRODUCTIONS = {
    "confirm": ("Mail from {}", "Confirm that you want a mail whenever there is news."),
    "end": ("No more mail from {}?", "You get a mail whenever there is news."),
}


def for_readers(handler: Callable[[Request], Answer]) -> Callable[[Request], Answer]:
    """Tell a browser in a page what programs are told in a problem document."""

    def answered(request: Request) -> Answer:
        try:
            return handler(request)
        except Problem as problem:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            return reader_page("That did not work", problem.detail, status=problem.status)

    answered.__doc__ = handler.__doc__
    return answered


def ask(request: Request) -> Answer:
    """Ask for mail: the body is a form with `email`; the answer does not tell who subscribed."""
    backend, page = request.backend, _page(request)
    settings, now = backend.settings, backend.clock()
    if not (settings.mail_from and settings.public_url):
        raise Problem(HTTPStatus.CONFLICT, "This mesh sends no mail; take the feed of the page.")
    address = _address(request.text)
    try:
        backend.requests.count(page.id, now, MAX_REQUESTS)
    except NotFound:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many have asked for mail of this page; try again in an hour.",
            headers={"Retry-After": "3600"},
        ) from None
    opt_in = OptIn(
        page_id=page.id,
        subscriber_id=subscriber_id(page.id, address),
        address=address,
        secret=token_hex(16),
        asked_at=now,
    )
    # Asked not long ago: one mail is enough, and nobody is told of it.
    with suppress(AlreadyExists):
        backend.subscriptions.ask(opt_in)
    return reader_page("Look into your mail", ASKED, back_to=page.slug)


def show(request: Request) -> Answer:
    """Show what a link of a mail is good for; following it changes nothing yet."""
    page, found = _find_addressee(request)
    way = "confirm" if isinstance(found, OptIn) else "end"
    title, text = INTRODUCTIONS[way]
    label = "Confirm" if way == "confirm" else "Unsubscribe"
    button = (label, f"{request.address}/{way}")
    return reader_page(title.format(page.name), text, button=button, back_to=page.slug)


def confirm(request: Request) -> Answer:
    """Subscribe the address to which the link was sent."""
    page, found = _find_addressee(request)
    if isinstance(found, OptIn):
        request.backend.subscriptions.confirm(found, request.backend.clock())
    return reader_page("You are subscribed", f"You get news of {page.name}.", back_to=page.slug)


def end(request: Request) -> Answer:
    """Unsubscribe; mail programs do it with one click (RFC 8058)."""
    page, found = _find_addressee(request)
    name = found.subscriber_id if isinstance(found, OptIn) else found.id
    request.backend.subscriptions.end(page.id, name)
    text = f"You get no more mail of {page.name}."
    return reader_page("You are unsubscribed", text, back_to=page.slug)


def _page(request: Request) -> StatusPage:
    page = request.backend.status_pages.get(request.path["page_id"])
    if page is None or not page.published or not page.subscriptions:
        raise not_found("page of this address that sends mail")
    return page


def _address(form: str) -> str:
    """Read the address out of a form.

    Raises:
        Problem: 422, it is none.
    """
    (written,) = parse_qs(form[:MAX_FORM]).get("email", [""])[:1]
    try:
        address = check_address(written.strip()[:MAX_ADDRESS])
    except ValueError:
        raise invalid("/email", "this is no mail address") from None
    return address


def _find_addressee(request: Request) -> tuple[StatusPage, OptIn | Subscriber]:
    """Find out whom a link was sent to.

    Raises:
        Problem: 404, also for a wrong secret.
    """
    backend, path = request.backend, request.path
    page = backend.status_pages.get(path["page_id"])
    asked = backend.subscriptions.asked(path["page_id"], path["subscriber_id"])
    subscriber = backend.subscriptions.get(path["page_id"], path["subscriber_id"])
    for found in (asked, subscriber):
        if page is None or found is None or not compare_digest(found.secret, path["secret"]):
            continue
        if isinstance(found, Subscriber) or backend.clock() < found.asked_at + PATIENCE:
            return page, found
    raise not_found("such subscription any more; ask for mail again on the status page")


ASK = "/v1/subscriptions/<page_id>"
LINK = f"{ASK}/<subscriber_id>/<secret>"
HTML = "text/html"
ROUTES = (
    Route(method="POST", path=ASK, summary="Ask for mail of a status page",
          handler=for_readers(ask), scope=None, media=HTML, takes_text=True),
    Route(method="GET", path=LINK, summary="Where a link of a mail leads",
          handler=for_readers(show), scope=None, media=HTML),
    Route(method="POST", path=f"{LINK}/confirm", summary="Confirm that you want mail",
          handler=for_readers(confirm), scope=None, media=HTML, takes_text=True),
    Route(method="POST", path=f"{LINK}/end", summary="Get no more mail",
          handler=for_readers(end), scope=None, media=HTML, takes_text=True),
)  # fmt: skip
