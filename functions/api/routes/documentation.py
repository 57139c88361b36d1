"""The API about itself: a document for programs, a page for people."""

from collections.abc import Callable, Sequence
from typing import Any

from functions.api.http.route import Answer, Request, Route

# The page is one file with its own style, and loads nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


def routes_about(described: Callable[[], Sequence[Route]]) -> tuple[Route, ...]:
    """Build the routes that describe all others.

    Args:
        described: gives all routes, these included; asked when a request comes.
    """

    def openapi(request: Request) -> Answer:
        """Describe this API for programs (OpenAPI 3.1)."""
        return Answer(body=_document(described(), request))

    def docs(request: Request) -> Answer:
        """Describe this API for people, as one page that loads nothing."""
        from functions.api.openapi.docs_page import page

        return Answer(
            body=page(_document(described(), request)),
            content_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": POLICY, "X-Frame-Options": "DENY"},
        )

    return (
        Route(method="GET", path="/v1/openapi.json", summary="This API as an OpenAPI document",
              handler=openapi, scope=None),
        Route(method="GET", path="/docs", summary="This API for people", handler=docs, scope=None),
    )  # fmt: skip


def _document(routes: Sequence[Route], request: Request) -> dict[str, Any]:
    """Write the document; its writer is loaded when somebody asks, which few ever do."""
    from functions.api.openapi.document import document

    return document(routes, request.backend.settings.public_url)
