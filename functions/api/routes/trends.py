"""The last 24 hours of the monitors that somebody looks at: a bar and a small curve for each."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.overview import TrendsOut, TrendsQuery
from functions.api.services.incident_cache import Outages
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Result
from sentinelmesh.domain.values import instant
from sentinelmesh.storage.samples import Stretch

STEP = timedelta(minutes=30)
CELLS = 48
# Samples that a process remembers: those of 2,000 monitors.
MAX_REMEMBERED = 100_000


class Trends:
    """A stretch that has passed never changes, so what was read of it is kept."""

    def __init__(self, outages: Outages) -> None:
        self._outages = outages
        self._past: dict[Stretch, Result | None] = {}
        self._reading = Lock()

    def answer(self, request: Request) -> Answer:
        """Show the last 24 hours of some monitors; one that is not there is left out.

        Cost: one read unit per monitor; where a process sees it for the first time half a one
            for each of 48 samples (see `Samples.find`), and then one every half hour.
        """
        backend = request.backend
        now = backend.clock()
        ids = [each for each in request.query.ids.split(",") if each]
        monitors = list(backend.monitors.get_many(ids).values())
        starts = _starts(now)
        samples = self._samples(request, monitors, starts, now)
        outages = self._outages.by_monitor(backend, now) if monitors else {}
        shown = [_trend(each, starts, samples, outages.get(each.id, ()), now) for each in monitors]
        step = int(STEP.total_seconds())
        body = {"starts_at": instant.text(starts[0]), "step_seconds": step, "items": shown}
        return Answer(body=body)

    def _samples(
        self,
        request: Request,
        monitors: Sequence[Monitor],
        starts: Sequence[datetime],
        now: datetime,
    ) -> dict[Stretch, Result | None]:
        """Look where nobody has looked before, and always at the stretch that is not over."""
        with self._reading:
            self._forget(starts[0])
            wanted = [
                (monitor, start)
                for monitor in monitors
                for start in starts
                if (monitor.id, start) not in self._past
            ]
            settled = now - max((each.timeout for each in monitors), default=timedelta())
            found = request.backend.samples.find(wanted, STEP, settled)
            asked: dict[Stretch, Result | None] = {
                (monitor.id, start): found.get((monitor.id, start)) for monitor, start in wanted
            }
            over = settled - STEP
            self._past |= {key: sample for key, sample in asked.items() if key[1] <= over}
            return {**self._past, **asked}

    def _forget(self, before: datetime) -> None:
        if len(self._past) > MAX_REMEMBERED:
            self._past = {key: kept for key, kept in self._past.items() if key[1] >= before}
        if len(self._past) > MAX_REMEMBERED:
            self._past = {}


def _starts(now: datetime) -> list[datetime]:
    """Return the beginnings of the stretches, on half hours so that everybody asks for the same."""
    step = int(STEP.total_seconds())
    last = int(now.timestamp()) // step
    return [datetime.fromtimestamp(step * (last - back), UTC) for back in reversed(range(CELLS))]


def _trend(
    monitor: Monitor,
    starts: Iterable[datetime],
    samples: dict[Stretch, Result | None],
    incidents: Sequence[Incident],
    now: datetime,
) -> dict[str, Any]:
    pairs = [(start, samples.get((monitor.id, start))) for start in starts]
    return {
        "id": monitor.id,
        "cells": [_cell(sample, start, incidents, now) for start, sample in pairs],
        "latency_ms": [
            sample.latency_ms if sample and sample.outcome is Outcome.SUCCESS else None
            for _, sample in pairs
        ],
    }


def _cell(
    sample: Result | None, start: datetime, incidents: Sequence[Incident], now: datetime
) -> str:
    """Return what a stretch was like; any incident in it counts, however short."""
    if any(
        incident.opened_at < start + STEP and (incident.resolved_at or now) > start
        for incident in incidents
    ):
        return "down"
    if sample is None:
        return "empty"
    if sample.outcome is Outcome.UNKNOWN:
        return "unknown"
    if sample.outcome is Outcome.FAILURE:
        return "failing"
    return "degraded" if sample.degraded else "up"


def routes(outages: Outages) -> tuple[Route, ...]:
    """Build the route; what it keeps is one application's."""
    return (
        Route(method="GET", path="/v1/overview/trends", summary="The last day of some monitors",
              handler=Trends(outages).answer, scope=Scope.READ, query=TrendsQuery,
              answers=TrendsOut),
    )  # fmt: skip
