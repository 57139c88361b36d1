"""Slack, as a bot: it can change its first message, and answer it in its thread."""

import json
import re
from typing import Any

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import HttpSender
from sentinelmesh.errors import DeliveryFailed

SITE = "https://slack.com"
# Source: https://docs.slack.dev/reference/methods/chat.postMessage (errors)
PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
OK = re.compile(r'"ok":\s*true')
ERROR = re.compile(r'"error":\s*"(\w+)"')
PLACE = re.compile(r'"channel":\s*"(\w+)"')
STAMP = re.compile(r'"ts":\s*"([0-9.]+)"')


def post(
    poster: HttpSender, token: str, channel: str, message: dict[str, Any], thread: str | None
) -> Receipt:
    """Post a message, in the thread of an earlier one if there is any.

    Args:
        thread: the reference of the first message.
    """
    body = {"channel": channel, **message, "unfurl_links": False}
    if thread is not None:
        place, _, stamp = thread.partition("/")
        body |= {"channel": place, "thread_ts": stamp}
    answer = _call(poster, token, "chat.postMessage", body)
    place_found, stamp_found = PLACE.search(answer), STAMP.search(answer)
    if thread is not None or place_found is None or stamp_found is None:
        return Receipt(answer, thread)
    return Receipt(answer, f"{place_found[1]}/{stamp_found[1]}")


def update(poster: HttpSender, token: str, message: dict[str, Any], reference: str) -> None:
    """Change the first message; one that cannot be changed any more stays as it is."""
    place, _, stamp = reference.partition("/")
    try:
        _call(poster, token, "chat.update", {"channel": place, "ts": stamp, **message})
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise


def edit(poster: HttpSender, token: str, message: dict[str, Any], reference: str) -> Receipt:
    """Add to the first message, or answer it if it cannot be changed any more."""
    place, _, stamp = reference.partition("/")
    try:
        body = {"channel": place, "ts": stamp, **message}
        return Receipt(_call(poster, token, "chat.update", body), reference)
    except DeliveryFailed as failure:
        if not failure.permanent:
            raise
    return post(poster, token, place, message, reference)


def _call(poster: HttpSender, token: str, method: str, body: dict[str, Any]) -> str:
    """Call Slack's API, which says in the body of a 200 what went wrong.

    Raises:
        DeliveryFailed: it was not taken, or nobody knows.
    """
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json; charset=utf-8",
    }
    url = f"{poster.service(SITE)}/api/{method}"
    answer = poster.post(url, json.dumps(body).encode(), headers, [token])
    if OK.search(answer):
        return answer
    error = ERROR.search(answer)
    raise DeliveryFailed(answer, permanent=error is None or error[1] not in PASSING)
