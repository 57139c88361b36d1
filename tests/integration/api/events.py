"""Requests as API Gateway hands them to a Lambda function (REST proxy integration)."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

NOTHING = object()


def rest_event(
    method: str,
    address: str,
    body: object = NOTHING,
    *,
    raw: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    request_id: str = "req-1",
) -> dict[str, Any]:
    """Build an event.

    Args:
        address: path and query as a client writes them.
        body: sent as JSON.
        raw: sent as it is; bytes are sent in base64, as API Gateway does with binary media.
    """
    parts = urlsplit(address)
    query = parse_qs(parts.query, keep_blank_values=True)
    sent = {"Content-Type": "application/json"} if body is not NOTHING else {}
    text = json.dumps(body) if body is not NOTHING else raw
    return {
        "resource": "/{proxy+}",
        "path": quote(parts.path, safe="/%~:@!$&'()*+,;="),
        "httpMethod": method,
        "headers": {**sent, **(headers or {})},
        "multiValueHeaders": {name: [value] for name, value in {**sent, **(headers or {})}.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": parts.path.lstrip("/")},
        "requestContext": {"requestId": request_id, "stage": "live", "httpMethod": method},
        "body": base64.b64encode(text).decode() if isinstance(text, bytes) else text,
        "isBase64Encoded": isinstance(text, bytes),
    }
