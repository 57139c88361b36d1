"""Pages for readers of a status page who ask for mail: no script, the same style as that page."""

from html import escape
from http import HTTPStatus

from functions.api.http.route import Answer

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def reader_page(
    title: str,
    text: str,
    *,
    button: tuple[str, str] | None = None,
    back_to: str | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Answer:
    """Write a page with one sentence, and a button where something is to be decided.

    Args:
        button: its label, and the address that it posts to.
        back_to: slug of the status page.
    """
    form = back = ""
    if button is not None:
        label, address = button
        form = (
            f'<form method="post" action="{escape(address)}">'
            f'<button type="submit">{escape(label)}</button></form>'
        )
    if back_to is not None:
        back = f'<p><a href="/status/{escape(back_to)}">Back to the status page</a></p>'
    return Answer(
        body=(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            '<meta name="robots" content="noindex">'
            f"<title>{escape(title)}</title>"
            '<link rel="stylesheet" href="/status/style.css"></head><body><main>'
            f"<h1>{escape(title)}</h1><p>{escape(text)}</p>{form}{back}</main></body></html>"
        ),
        status=status,
        content_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": POLICY,
            "X-Frame-Options": "DENY",
            # Without any referrer a browser would hide whose form it sends, too.
            "Referrer-Policy": "strict-origin",
        },
    )
