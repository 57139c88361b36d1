"""The API as a WSGI application, for tools that speak HTTP: what API Gateway does, in process."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.integration.api.stage import Stage

Start = Callable[[str, list[tuple[str, str]]], object]


class Gateway:
    """Hands requests to the API of whatever stage is set."""

    def __init__(self) -> None:
        self.stage: Stage | None = None

    def __call__(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request."""
        assert self.stage is not None, "no stage is set"
        given = self.stage.app.answer(event_of(environ))
        start(f"{given['statusCode']} -", list(given["headers"].items()))
        return [given["body"].encode()]


def event_of(environ: Mapping[str, Any]) -> dict[str, Any]:
    """Write a request as API Gateway's event."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    values = parse_qs(str(environ["QUERY_STRING"]), keep_blank_values=True)
    return {
        "httpMethod": environ["REQUEST_METHOD"],
        "path": str(environ["REQUEST_URI"]).partition("?")[0],
        "headers": _headers(environ),
        "queryStringParameters": {name: each[-1] for name, each in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "requestContext": {"requestId": "req-contract"},
        **_body(environ["wsgi.input"].read(length)),
    }


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    media = environ.get("CONTENT_TYPE")
    return headers | ({"content-type": media} if media else {})


def _body(raw: bytes) -> dict[str, Any]:
    """Text goes as text; what is none goes in a form that API Gateway would not send either."""
    try:
        return {"body": raw.decode() or None, "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": raw.decode("latin-1"), "isBase64Encoded": False}
