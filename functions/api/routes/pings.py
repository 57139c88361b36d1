"""Heartbeats: where jobs tell that they began, ended, failed; as Healthchecks has it."""

from collections.abc import Callable

from functions.api.problems import Problem, not_found
from functions.api.route import Answer, Request, Route
from sentinelmesh.errors import NotFound

MOST_EXIT_CODE, LONGEST_CODE = 255, 3
MOST_NOTE = 2000


def succeeded(request: Request) -> Answer:
    """Note that a run ended well. Cost: 1 write unit."""
    return _finished(request, failed=False)


def failed(request: Request) -> Answer:
    """Note that a run failed; the next slot of the monitor sees it."""
    return _finished(request, failed=True)


def exited(request: Request) -> Answer:
    """Note how a run ended by its exit code: 0 is well.

    Raises:
        Problem: 404, it is no exit code.
    """
    code = request.path["exit_code"]
    if not code.isascii() or not code.isdecimal() or len(code) > LONGEST_CODE:
        raise _no_code()
    number = int(code)
    if number > MOST_EXIT_CODE:
        raise _no_code()
    return _finished(request, failed=number != 0, exit_code=number)


def started(request: Request) -> Answer:
    """Note that a run began: its duration is known when it ends."""
    return _noted(lambda: request.backend.pings.start(_id(request), request.backend.clock()))


def logged(request: Request) -> Answer:
    """Keep what a job says; it means nothing."""
    return _noted(lambda: request.backend.pings.log(_id(request), _note(request)))


def _finished(request: Request, *, failed: bool, exit_code: int | None = None) -> Answer:
    return _noted(
        lambda: request.backend.pings.finish(
            _id(request),
            request.backend.clock(),
            failed=failed,
            exit_code=exit_code,
            note=_note(request),
        )
    )


def _noted(write: Callable[[], None]) -> Answer:
    try:
        write()
    except NotFound:
        raise not_found("heartbeat of this address") from None
    return Answer(body="OK\n", content_type="text/plain; charset=utf-8")


def _id(request: Request) -> str:
    return request.path["ping_id"].lower()


def _note(request: Request) -> str:
    return request.text[:MOST_NOTE]


def _no_code() -> Problem:
    return not_found("such end of a run; an exit code is a number from 0 to 255")


ACTIONS = (
    ("", "Tell that a run ended well", succeeded),
    ("/start", "Tell that a run began", started),
    ("/fail", "Tell that a run failed", failed),
    ("/log", "Send a line that means nothing", logged),
    ("/<exit_code>", "Tell how a run ended, by its exit code", exited),
)
ROUTES = tuple(
    Route(method=method, path=f"/ping/<ping_id>{suffix}", summary=summary, handler=handler,
          scope=None, media="text/plain", takes_text=method == "POST")
    for suffix, summary, handler in ACTIONS
    for method in ("GET", "POST")
)  # fmt: skip
