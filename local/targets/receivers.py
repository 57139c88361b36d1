"""Stand-ins for providers and a webhook's owner: they keep what they are sent, to be looked at."""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.http_server import Request, Response
from local.targets.behaviours import as_json, plain
from local.targets.providers import answer_of

KEPT_MESSAGES = 500
SHOWN_HEADERS = (
    "content-type",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)


@dataclass
class Inboxes:
    """Messages by receiver's name, oldest first."""

    _taken: dict[str, deque[dict[str, object]]] = field(default_factory=dict)

    def answer(self, name: str, request: Request) -> Response:
        """Take a POST, list on GET, forget on DELETE; ``?answer=503`` makes the receiver refuse."""
        inbox = self._taken.setdefault(name, deque(maxlen=KEPT_MESSAGES))
        if request.method == "GET":
            return as_json(200, list(inbox))
        if request.method == "DELETE":
            inbox.clear()
            return Response(204)
        refusal = request.query.get("answer")
        inbox.append(message(request, datetime.now(UTC), refusal))
        if refusal is not None:
            return plain(int(refusal), "refused on demand")
        return answer_of(name, request) or plain(200, "ok")


def message(request: Request, received_at: datetime, refusal: str | None) -> dict[str, object]:
    """Describe a received message: the body both as it came and, where it is JSON, decoded."""
    raw = request.body.decode("utf-8", errors="replace")
    try:
        decoded = json.loads(raw)
    except ValueError:
        decoded = None
    return {
        "received_at": received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "headers": {name: request.header(name) for name in SHOWN_HEADERS if request.header(name)},
        "body": decoded,
        "raw": raw,
        "answered": int(refusal or 200),
    }
