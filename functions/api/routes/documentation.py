"""The API about itself: a document for programs, a page for people."""

from collections.abc import Callable, Sequence

from functions.api.docs_page import page
from functions.api.openapi import document
from functions.api.route import Answer, Request, Route

# The page is one file with its own style, and loads nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def routes_about(described: Callable[[], Sequence[Route]]) -> tuple[Route, ...]:
    """Make the routes that describe all others.

    Args:
        described: gives all routes, these included; asked when a request comes.
    """

    def openapi(request: Request) -> Answer:
        """Describe this API for programs (OpenAPI 3.1)."""
        return Answer(body=document(described(), request.backend.settings.public_url))

    def docs(request: Request) -> Answer:
        """Describe this API for people, as one page that loads nothing."""
        written = document(described(), request.backend.settings.public_url)
        return Answer(
            body=page(written),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": POLICY, "X-Frame-Options": "DENY"},
        )

    return (
        Route(method="GET", path="/v1/openapi.json", summary="This API as an OpenAPI document",
              handler=openapi, scope=None),
        Route(method="GET", path="/docs", summary="This API for people", handler=docs, scope=None),
    )  # fmt: skip
