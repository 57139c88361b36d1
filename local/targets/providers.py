"""Providers as they answer: PagerDuty, Opsgenie, Telegram, ntfy and Slack's own API."""

import json
from collections.abc import Callable, Mapping
from itertools import count

from local.http_server import Request, Response
from local.targets.behaviours import as_json

Body = Mapping[str, object]
_numbers = count(1)


def answer_of(name: str, request: Request) -> Response | None:
    """Answer as the provider of this name would; None when it is nobody that we know.

    Args:
        name: host and path, e.g. "events.pagerduty.com/v2/enqueue".
    """
    host, _, _ = name.partition("/")
    answer = _ANSWERS.get(host)
    if answer is None:
        return None
    try:
        body = json.loads(request.body)
    except ValueError:
        body = {}
    return answer(body if isinstance(body, dict) else {})


def _pagerduty(body: Body) -> Response:
    """Source: https://developer.pagerduty.com/docs/send-alert-event (responses)."""
    missing = [each for each in ("routing_key", "event_action") if not body.get(each)]
    if missing:
        errors = [f"'{each}' is missing or blank" for each in missing]
        answer = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        return as_json(400, answer)
    accepted = {"status": "success", "message": "Event processed"}
    return as_json(202, {**accepted, "dedup_key": body.get("dedup_key")})


def _opsgenie(_body: Body) -> Response:
    """Source: https://docs.opsgenie.com/docs/alert-api (responses)."""
    number = next(_numbers)
    accepted = {"result": "Request will be processed", "took": 0.1}
    return as_json(202, {**accepted, "requestId": f"request-{number}"})


def _telegram(body: Body) -> Response:
    """Source: https://core.telegram.org/bots/api#making-requests."""
    if not body.get("text"):
        refused = {"ok": False, "error_code": 400}
        return as_json(400, {**refused, "description": "Bad Request: message text is empty"})
    sent = {"message_id": next(_numbers), "chat": {"id": body.get("chat_id")}}
    return as_json(200, {"ok": True, "result": sent})


def _ntfy(body: Body) -> Response:
    """Source: https://docs.ntfy.sh/publish/#publish-as-json."""
    topic = body.get("topic")
    if not topic:
        return as_json(400, {"code": 40016, "http": 400, "error": "invalid request"})
    return as_json(200, {"id": f"m{next(_numbers)}", "event": "message", "topic": topic})


def _slack(body: Body) -> Response:
    """Source: https://docs.slack.dev/reference/methods/chat.postMessage."""
    if not body.get("channel"):
        return as_json(200, {"ok": False, "error": "channel_not_found"})
    stamp = body.get("ts") or f"1700000000.{next(_numbers):06}"
    return as_json(200, {"ok": True, "channel": body["channel"], "ts": stamp})


_ANSWERS: Mapping[str, Callable[[Body], Response]] = {
    "events.pagerduty.com": _pagerduty,
    "events.eu.pagerduty.com": _pagerduty,
    "api.opsgenie.com": _opsgenie,
    "api.eu.opsgenie.com": _opsgenie,
    "api.telegram.org": _telegram,
    "ntfy.sh": _ntfy,
    "slack.com": _slack,
}
