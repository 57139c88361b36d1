"""What happened to a monitor: results, the decision ledger, uptime."""

from dataclasses import asdict
from datetime import datetime, timedelta

from functions.api.http import csv_export
from functions.api.http.json_values import to_json
from functions.api.http.pagination import cursor_of, encode, foreign_cursor, page
from functions.api.http.route import Answer, Request, Route
from functions.api.http.time_range import read_span
from functions.api.routes.monitors import ONE, find
from functions.api.schemas.monitor_shown import (
    CsvQuery,
    ResultPage,
    ResultsQuery,
    TransitionPage,
    TransitionsQuery,
)
from functions.api.schemas.uptime import UptimeOut, UptimeQuery
from functions.api.services.serializers import result_out, transition_out
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.uptime.slo import objective
from sentinelmesh.domain.uptime.uptime import WINDOWS, is_by_day, uptime
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.explanation import AVOIDING
from sentinelmesh.storage.result_search import Wanted

LARGEST_VERSION = 2**53
MAX_SEARCHED = 200


def results(request: Request) -> Answer:
    """Show a page of results, newest first.

    Cost: 1 read unit for the monitor, and see `ResultSearch.find`.
    """
    monitor = find(request)
    found = request.backend.search.find(monitor.id, request.query.limit, _read_filter(request))
    shown = [result_out(result) for _, result in found.rows]
    return Answer(body=page(request, shown, found.next_key))


def results_csv(request: Request) -> Answer:
    """Return results as a table for a spreadsheet, newest first.

    At most 10,000 rows or a million characters; the header X-Next-Cursor says where the next part
    begins.
    """
    monitor = find(request)
    found = request.backend.search.find(monitor.id, request.query.limit, _read_filter(request))
    text, last_key = csv_export.table(found.rows)
    next_key = last_key or found.next_key
    headers = {"Content-Disposition": f'attachment; filename="{monitor.id}-results.csv"'}
    if next_key:
        headers["X-Next-Cursor"] = encode(request.address, next_key)
    return Answer(body=text, content_type=csv_export.CONTENT_TYPE, headers=headers)


def _read_filter(request: Request) -> Wanted:
    query: ResultsQuery = request.query
    start, end = read_span(query.from_, query.to)
    where = {"region": query.region, "outcome": query.outcome}
    return Wanted(
        start=start,
        end=end,
        where={name: str(value) for name, value in where.items() if value is not None},
        before_key=cursor_of(request),
    )


def transitions(request: Request) -> Answer:
    """Show a page of the decision ledger, newest first; it outlives its monitor.

    Cost: half a read unit per 4 KB. A search looks at 200 rows; then the page ends early, perhaps
        empty, and the next one goes on from there.
    """
    monitor_id, limit = request.path["monitor_id"], request.query.limit
    before = _version(cursor_of(request))
    asked = request.query.avoided
    looked_at = limit if asked is None else MAX_SEARCHED
    rows = request.backend.transitions.list_page(monitor_id, looked_at + 1, before)
    if not rows and before is None:
        find(request)
    wanted = [row for row in rows[:looked_at] if asked in {None, row.rule in AVOIDING}]
    taken = wanted[:limit]
    last = taken[-1] if len(wanted) > limit else rows[looked_at - 1] if rows[looked_at:] else None
    shown = [transition_out(row) for row in taken]
    return Answer(body=page(request, shown, str(last.version) if last else None))


def _version(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal()) or int(cursor) > LARGEST_VERSION:
        raise foreign_cursor()
    return int(cursor)


def uptime_of(request: Request) -> Answer:
    """Return how it went over a window; nothing is invented where there is no data.

    Cost: at most 10 read units for 90 days of three regions; see `History.read`.
    """
    monitor = find(request)
    span, window = _window(request, monitor.created_at)
    by_day = is_by_day(span.end - span.start)
    rollups = request.backend.history.read(monitor, span, by_day=by_day)
    seen = uptime(rollups, span.start, by_day=by_day)
    target = objective(monitor.slo_target_percent, seen)
    shown = {"window": window, **to_json(seen), "slo": asdict(target) if target else None}
    return Answer(body=shown)


def _window(request: Request, created_at: datetime) -> tuple[Interval, str]:
    """Read which time is asked for: it ends now, and begins no earlier than its monitor."""
    query: UptimeQuery = request.query
    now = request.backend.clock()
    since, _ = read_span(query.from_, None)
    start = since or now - timedelta(seconds=WINDOWS[query.window])
    return Interval(min(now, max(start, created_at)), now), "from" if since else query.window


ROUTES = (
    Route(method="GET", path=f"{ONE}/results", summary="List results", handler=results,
          scope=Scope.READ, query=ResultsQuery, answers=ResultPage),
    Route(method="GET", path=f"{ONE}/results.csv", summary="Results as CSV", handler=results_csv,
          scope=Scope.READ, query=CsvQuery, media="text/csv"),
    Route(method="GET", path=f"{ONE}/transitions", summary="The decision ledger",
          handler=transitions, scope=Scope.READ, query=TransitionsQuery, answers=TransitionPage),
    Route(method="GET", path=f"{ONE}/uptime", summary="Uptime over a window", handler=uptime_of,
          scope=Scope.READ, query=UptimeQuery, answers=UptimeOut),
)  # fmt: skip
