"""All monitors, page by page, with where they stand."""

from collections.abc import Iterator, Sequence
from typing import Any

from functions.api.backend import Backend
from functions.api.http.pagination import cursor_of, page
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.monitor_shown import MonitorPage, MonitorsQuery
from functions.api.services.maintenance import covering, happening
from functions.api.services.serializers import monitor_out, ping_url
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.monitors.monitor import Monitor

# Monitors that one request for a list looks at, and how many at a time.
MAX_SCANNED = 2000
PORTION = 200


def list_monitors(request: Request) -> Answer:
    """Show a page of monitors in the order of their ids.

    A page may end early, perhaps empty, after 2,000 monitors that did not match.

    Cost: for each portion of up to 200 monitors one query, one request per 100 for their states
        and one per 50 for their newest results (see `NewestResults.find`).
    """
    query: MonitorsQuery = request.query
    found: list[dict[str, Any]] = []
    last: str | None = None
    for scanned, monitor, shown in _walk(request):
        if shown is not None and query.status in {None, shown["status"]}:
            if len(found) == query.limit:
                return Answer(body=page(request, found, last))
            found.append(shown)
        last = monitor.id
        if scanned == MAX_SCANNED:
            return Answer(body=page(request, found, last))
    return Answer(body=page(request, found, None))


def _walk(request: Request) -> Iterator[tuple[int, Monitor, dict[str, Any] | None]]:
    """Walk over monitors behind the cursor; what does not match the text of a query has no form."""
    query, after = request.query, cursor_of(request)
    has_filter = query.status or query.tag or query.q
    portion = PORTION if has_filter else query.limit + 1
    scanned = 0
    while True:
        monitors = request.backend.monitors.list_page(portion, after)
        wanted = [monitor for monitor in monitors if _matches(monitor, query)]
        shown = {each["id"]: each for each in present(request.backend, wanted)}
        for monitor in monitors:
            scanned += 1
            yield scanned, monitor, shown.get(monitor.id)
        if len(monitors) < portion:
            return
        after = monitors[-1].id


def _matches(monitor: Monitor, query: MonitorsQuery) -> bool:
    text = (query.q or "").lower()
    return (query.tag is None or query.tag in monitor.tags) and (
        text in monitor.name.lower() or text in monitor.target.lower()
    )


def present(backend: Backend, monitors: Sequence[Monitor]) -> list[dict[str, Any]]:
    """Put monitors together with their states and newest results."""
    if not monitors:
        return []
    now = backend.clock()
    states = backend.states.get_many(monitor.id for monitor in monitors)
    newest = backend.newest.find(monitors, now)
    windows = happening(backend.maintenance.list(), now)
    public_url = backend.settings.public_url
    return [
        monitor_out(
            monitor, states.get(monitor.id), newest[monitor.id], now, covering(windows, monitor)
        )
        | ping_url(monitor, public_url)
        for monitor in monitors
    ]


ROUTES = (
    Route(method="GET", path="/v1/monitors", summary="List monitors", handler=list_monitors,
          scope=Scope.READ, query=MonitorsQuery, answers=MonitorPage),
)  # fmt: skip
