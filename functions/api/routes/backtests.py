"""Trying another policy on a monitor's past before it is in force."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.api.http.json_values import to_json
from functions.api.http.problem import invalid
from functions.api.http.route import Answer, Request, Route
from functions.api.routes.monitors import ONE, find
from functions.api.schemas.backtest import BacktestIn, BacktestOut, ProposalIn
from functions.api.services.backtests import explain_start, run_backtest
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor, Policy
from sentinelmesh.domain.uptime.uptime import WINDOWS
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.backtest import Course


def backtest(request: Request) -> Answer:
    """Run a proposed policy over stored results, and put it beside what really happened.

    Nothing is written, and nobody is told anything.
    """
    monitor = find(request)
    monitor = replace(monitor, policy=_policy(monitor, request.body.verification))
    end = request.backend.clock()
    window = Interval(end - timedelta(seconds=WINDOWS[request.body.window]), end)
    report, within, results = run_backtest(request.backend, monitor, window)
    real = {each.incident_id for each in report.actual.incidents}
    return Answer(
        body={
            "from": instant.text(within.start),
            "to": instant.text(within.end),
            "limited_by": explain_start(monitor, window, within),
            "results": results,
            "verification": to_json(monitor.policy),
            "proposed": _course(report.proposed, set()),
            "actual": _course(report.actual, real),
            "avoided_alarms": report.avoided_alarms,
            "spared": [_incident(each, real) for each in report.spared],
            "added": [_incident(each, set()) for each in report.added],
            "missing_votes": report.missing_votes,
        }
    )


def _policy(monitor: Monitor, wanted: ProposalIn) -> Policy:
    regions = len(monitor.regions)
    if wanted.quorum is not None and wanted.quorum > regions:
        raise invalid("/verification/quorum", f"there are {regions} regions to vote, not more")
    changes = wanted.model_dump(exclude_none=True)
    return replace(monitor.policy, **changes)


def _course(course: Course, real: set[str]) -> dict[str, Any]:
    return {
        "incidents": [_incident(each, real) for each in course.incidents],
        "alerts": course.alerts,
        "downtime_seconds": course.downtime_seconds,
        "detection_delay_ms": course.detection_delay_ms,
    }


def _incident(incident: Incident, real: set[str]) -> dict[str, Any]:
    row = to_json(incident)
    shown = ("opened_at", "confirmed_at", "resolved_at", "duration_seconds")
    return {
        "id": incident.incident_id if incident.incident_id in real else None,
        **{name: row[name] for name in shown},
        "detection_delay_ms": incident.detection_delay_ms,
        "cause": incident.cause,
        "regions": row["regions"],
    }


ROUTES = (
    Route(method="POST", path=f"{ONE}/backtest", summary="Try a policy on the past",
          handler=backtest, scope=Scope.READ, body=BacktestIn, answers=BacktestOut),
)  # fmt: skip
