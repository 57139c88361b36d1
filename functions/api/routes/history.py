"""What happened to a monitor: results, the decision ledger, uptime."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from functions.api.paging import PageQuery, decode, page
from functions.api.presenting import plain, result_out, transition_out
from functions.api.problems import Problem
from functions.api.route import Answer, Request, Route
from functions.api.routes.monitors import ONE, find
from functions.api.schemas.monitor import ResultPage
from functions.api.schemas.other import ResultsQuery, TransitionPage, UptimeOut, UptimeQuery
from sentinelmesh.domain import instant
from sentinelmesh.domain.access import Scope
from sentinelmesh.domain.result import Result
from sentinelmesh.domain.uptime import WINDOWS, Tally, uptime
from sentinelmesh.storage import keys

MOST_CSV_ROWS = 20_000
COLUMNS = (
    "slot", "scheduled_at", "started_at", "lateness_ms", "region", "purpose", "outcome",
    "degraded", "error", "detail", "status_code", "latency_ms", "remote_address",
)  # fmt: skip


def results(request: Request) -> Answer:
    """Show a page of results, newest first."""
    monitor = find(request)
    query: ResultsQuery = request.query
    matches = _filter(query)
    found: list[Result] = []
    cursor = decode(query.cursor)
    while True:
        rows = request.backend.results.list_newest(
            monitor.id,
            query.limit,
            start=_instant(query.from_, "from"),
            end=_instant(query.to, "to"),
            before_key=cursor,
        )
        for key, result in rows:
            if not matches(result):
                continue
            if len(found) == query.limit:
                return Answer(body=page([result_out(each) for each in found], cursor))
            found.append(result)
            cursor = key
        if len(rows) < query.limit:
            return Answer(body=page([result_out(each) for each in found], None))
        if len(found) == query.limit:
            return Answer(body=page([result_out(each) for each in found], cursor))
        cursor = rows[-1][0]


def results_csv(request: Request) -> Answer:
    """Give results as a table for a spreadsheet, newest first."""
    monitor = find(request)
    query: ResultsQuery = request.query
    start, end = _instant(query.from_, "from"), _instant(query.to, "to")
    bounds = (keys.from_slot(start) if start else "0", keys.from_slot(end) if end else "9")
    matches = _filter(query)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    written = 0
    for result in request.backend.results.iterate(monitor.id, bounds):
        if matches(result) and written < MOST_CSV_ROWS:
            row = plain(result)
            writer.writerow([_cell(row[name]) for name in COLUMNS])
            written += 1
    return Answer(
        body=out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{monitor.id}-results.csv"'},
    )


def _cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a target's text for a formula."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value


def _filter(query: ResultsQuery) -> Callable[[Result], bool]:
    return lambda result: (
        (query.region is None or result.region == query.region)
        and (query.outcome is None or result.outcome == query.outcome)
    )


def _instant(written: str | None, name: str) -> datetime | None:
    if written is None:
        return None
    try:
        # A plus sign in a query that nobody encoded arrives as a space.
        return instant.parse(written.replace(" ", "+"))
    except ValueError as error:
        text = f"{name}: write an instant like 2026-01-31T12:00:00Z"
        raise Problem(HTTPStatus.BAD_REQUEST, text) from error


def transitions(request: Request) -> Answer:
    """Show a page of the decision ledger, newest first."""
    monitor_id = request.path["monitor_id"]
    query: PageQuery = request.query
    cursor = decode(query.cursor)
    if cursor is not None and not cursor.isdecimal():
        raise Problem(HTTPStatus.BAD_REQUEST, "cursor: take it from `next_cursor`.")
    before = int(cursor) if cursor else None
    rows = request.backend.transitions.list_page(monitor_id, query.limit, before)
    if not rows and before is None:
        find(request)
    more = len(rows) == query.limit
    return Answer(
        body=page([transition_out(row) for row in rows], str(rows[-1].version) if more else None)
    )


def uptime_of(request: Request) -> Answer:
    """Say how it went over a window; nothing is invented where there is no data."""
    monitor = find(request)
    backend, window = request.backend, request.query.window
    end = backend.clock()
    start = max(end - timedelta(seconds=WINDOWS[window]), monitor.created_at)
    tally = Tally(start, end)
    bounds = (keys.from_slot(start), keys.from_slot(end))
    for result in backend.results.iterate(monitor.id, bounds):
        tally.add(result)
    incidents = backend.incidents.list_of_monitor(monitor.id, 1000)
    figures = uptime(monitor, tally, incidents)
    return Answer(body={"window": window, **plain(figures)})


ROUTES = (
    Route(method="GET", path=f"{ONE}/results", summary="List results", handler=results,
          scope=Scope.READ, query=ResultsQuery, answers=ResultPage),
    Route(method="GET", path=f"{ONE}/results.csv", summary="Results as CSV", handler=results_csv,
          scope=Scope.READ, query=ResultsQuery),
    Route(method="GET", path=f"{ONE}/transitions", summary="The decision ledger",
          handler=transitions, scope=Scope.READ, query=PageQuery, answers=TransitionPage),
    Route(method="GET", path=f"{ONE}/uptime", summary="Uptime over a window", handler=uptime_of,
          scope=Scope.READ, query=UptimeQuery, answers=UptimeOut),
)  # fmt: skip
