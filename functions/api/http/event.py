"""An API Gateway event, read: what of it a request is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from functions.api.http.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One event of the REST proxy integration.

    Args:
        headers: names in lower case.
        encoded: the body is base64.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: str | None
    encoded: bool
    request_id: str


def read_event(event: Mapping[str, Any]) -> Incoming:
    """Read an event; whatever is missing is empty.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    context = event.get("requestContext") or {}
    return Incoming(
        method=str(event.get("httpMethod") or "GET").upper(),
        path=str(event.get("path") or "/"),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=event.get("queryStringParameters") or {},
        body=event.get("body"),
        encoded=bool(event.get("isBase64Encoded")),
        request_id=str(context.get("requestId") or "local"),
    )


def refuse_repeated(event: Mapping[str, Any]) -> None:
    """Refuse a query that says two things about one parameter.

    Raises:
        Problem: 400.
    """
    repeated = event.get("multiValueQueryStringParameters") or {}
    for name, values in repeated.items():
        if len(values) > 1:
            raise Problem(HTTPStatus.BAD_REQUEST, f"{name[:40]}: this parameter is given twice.")
