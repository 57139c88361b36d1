"""Heartbeats: where jobs signal that they started, finished, failed; as Healthchecks has it.

Uptime Kuma's address is understood too. Link previews and crawlers are answered, not counted.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from functions.api.http.crawlers import is_visitor
from functions.api.http.problem import Problem, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.ping import PushOut, PushQuery, RunQuery
from sentinelmesh.domain.monitors.heartbeat import Pings
from sentinelmesh.domain.monitors.job_runs import End, record_end, record_log, record_start
from sentinelmesh.errors import NotFound

MAX_NOTE = 2000
# Windows writes its own as unsigned numbers of 32 bits, shells as 0 to 255.
MAX_CODE_DIGITS = 10
PLAIN = "text/plain; charset=utf-8"
NOT_COUNTED = "Not counted: link previews and crawlers are no job.\n"


def succeed(request: Request) -> Answer:
    """Note that a run ended well. Cost: 1 read and 1 write unit; a GET reads the monitor too."""
    return _record_end(request, failed=False)


def fail(request: Request) -> Answer:
    """Note that a run failed; the next slot of the monitor sees it."""
    return _record_end(request, failed=True)


def exit_with(request: Request) -> Answer:
    """Note how a run ended by its exit code: anything but 0 is a failure.

    Raises:
        Problem: 404, it is not an exit code.
    """
    code = request.path["exit_code"]
    digits = code.removeprefix("-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > MAX_CODE_DIGITS:
        raise not_found("such end of a run; an exit code is a whole number, such as 0, 1 or -1")
    return _record_end(request, failed=int(code) != 0, exit_code=int(code))


def start(request: Request) -> Answer:
    """Note that a run began: its duration is known when it ends."""
    at = request.backend.clock()
    return _record(request, lambda pings: record_start(pings, _run(request), at))


def log(request: Request) -> Answer:
    """Keep a line that a job logs; it means nothing."""
    return _record(request, lambda pings: record_log(pings, _note(request)))


def push(request: Request) -> Answer:
    """Note an end as Uptime Kuma's clients tell it: every status but "up" is a failure."""
    query = request.query
    end = End(
        at=request.backend.clock(),
        failed=query.status not in {"up", ""},
        note=query.msg[:MAX_NOTE],
        duration_ms=query.ping,
    )
    answer = _record(request, lambda pings: record_end(pings, end))
    return replace(answer, body={"ok": True}, content_type="application/json")


def _record_end(request: Request, *, failed: bool, exit_code: int | None = None) -> Answer:
    end = End(
        at=request.backend.clock(),
        failed=failed,
        run=_run(request),
        exit_code=exit_code,
        note=_note(request),
    )
    return _record(request, lambda pings: record_end(pings, end))


def _record(request: Request, change: Callable[[Pings], Pings]) -> Answer:
    """Apply what a request signals.

    Raises:
        Problem: 404, there is no such heartbeat; 405, it takes POST only.
    """
    is_post = request.method == "POST"
    if not is_post and is_visitor(request.headers):
        return Answer(body=NOT_COUNTED, content_type=PLAIN)
    try:
        if not is_post:
            _check_post_only(request)
        request.backend.pings.record(_id(request), change)
    except NotFound:
        raise not_found("heartbeat of this address") from None
    return Answer(body="OK\n", content_type=PLAIN)


def _check_post_only(request: Request) -> None:
    """Refuse to count a visit where only a POST shall count.

    Raises:
        NotFound: there is no such heartbeat.
        Problem: 405.
    """
    heard = request.backend.pings.get(_id(request))
    if heard is None:
        raise NotFound(_id(request))
    monitor = request.backend.monitors.get(heard.monitor_id)
    if monitor is not None and monitor.probe.get("post_only"):
        text = "This heartbeat takes POST only: a GET may be a link preview. Use curl -X POST."
        raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, text, headers={"Allow": "POST"})


def _id(request: Request) -> str:
    return request.path["ping_id"].lower()


def _run(request: Request) -> str | None:
    run: str | None = request.query.rid
    return run.lower() if run else None


def _note(request: Request) -> str:
    return request.text[:MAX_NOTE]


ACTIONS = (
    ("", "Tell that a run ended well", succeed),
    ("/start", "Tell that a run began", start),
    ("/fail", "Tell that a run failed", fail),
    ("/log", "Send a line that means nothing", log),
    ("/<exit_code>", "Tell how a run ended, by its exit code", exit_with),
)
ROUTES = (
    *(
        Route(method=method, path=f"/ping/<ping_id>{suffix}", summary=summary, handler=handler,
              scope=None, query=RunQuery, media="text/plain", takes_text=method == "POST")
        for suffix, summary, handler in ACTIONS
        for method in ("GET", "POST")
    ),
    *(
        Route(method=method, path="/api/push/<ping_id>",
              summary="Tell how a run ended, as Uptime Kuma has it", handler=push, scope=None,
              query=PushQuery, answers=PushOut, takes_text=method == "POST")
        for method in ("GET", "POST")
    ),
)  # fmt: skip
