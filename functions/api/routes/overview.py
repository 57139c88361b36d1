"""All monitors at a glance: what a wall screen shows, made once for everybody who looks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from functions.api.backend import Backend
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.overview import GlanceOut, OverviewOut
from functions.api.services.incident_cache import Outages
from functions.api.services.maintenance import Happening, covering, happening
from functions.api.services.serializers import monitor_out, select_fields
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.incidents.incident import Incident, Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.monitors.schedule import slot_at
from sentinelmesh.domain.uptime.availability_summary import availability, gaps_until
from sentinelmesh.domain.uptime.gaps import Gaps
from sentinelmesh.domain.uptime.rollup import day_of
from sentinelmesh.domain.uptime.uptime import DAY, is_by_day
from sentinelmesh.domain.uptime.warm_up import warm_up
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.interval import Interval, merge
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.recurrence import occurrences
from sentinelmesh.storage.newest_results import NOTHING, Newest

MAX_MONITORS = 2000
FRESH, GAPS_FRESH = timedelta(seconds=5), timedelta(minutes=1)
SPANS = {"day": DAY, "week": 7 * DAY, "month": 30 * DAY, "quarter": 90 * DAY}
# What somebody should look at comes first.
URGENCY = (
    *("down", "unknown", "verifying", "regional", "degraded"),
    *("maintenance", "pending", "up", "paused"),
)
PROBLEMS = URGENCY[:5]
STATUSES = ("down", "unknown", "verifying", "maintenance", "pending", "up", "paused")


@dataclass(frozen=True, slots=True)
class Windows:
    """Maintenance windows: those under way, and all times that they took in 90 days."""

    now: datetime
    open: Happening
    past: Happening


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a monitor's last 90 days."""

    incidents: Sequence[Incident]
    gaps: Sequence[Interval]


def _windows(backend: Backend, now: datetime) -> Windows:
    windows = backend.maintenance.list()
    reach = Interval(_start(now, timedelta(seconds=max(SPANS.values()))), now)
    past = [(window, span) for window in windows for span in occurrences(window, reach)]
    return Windows(now, happening(windows, now), past)


@dataclass
class Overview:
    """Reads what changed since the last answer; people who look at once share one answer.

    Args:
        outages: shared with the other routes.
    """

    outages: Outages
    _newest: dict[str, tuple[int, Newest]] = field(default_factory=dict)
    _kept: tuple[datetime, Answer] | None = None
    _gaps: tuple[datetime, Mapping[str, Gaps]] | None = None
    _making: Lock = field(default_factory=Lock)

    def answer(self, request: Request) -> Answer:
        """Show all monitors with where they stand, problems first.

        Cost: every five seconds and process at most: half a read unit per 4 KB of all
            monitors, their states and the maintenance windows (about 150 for 1,000), half a one
            for each slot that has passed since, and each minute the incidents and gaps of 90 days.
        """
        now = request.backend.clock()
        with self._making:
            if self._kept is None or not now - FRESH < self._kept[0] <= now:
                self._kept = now, Answer(body=self._made(request.backend, now))
            return self._kept[1]

    def _made(self, backend: Backend, now: datetime) -> dict[str, Any]:
        monitors = backend.monitors.list_page(MAX_MONITORS + 1)
        taken = monitors[:MAX_MONITORS]
        states = backend.states.everything() if taken else {}
        newest = self._seen(backend, taken, now)
        outages = self.outages.by_monitor(backend, now) if taken else {}
        gaps = self._gaps_at(backend, now) if taken else {}
        windows = _windows(backend, now)
        rows = [
            _row(
                each,
                states.get(each.id),
                newest[each.id],
                Past(outages.get(each.id, ()), gaps.get(each.id, Gaps()).spans),
                windows,
            )
            for each in taken
        ]
        rows.sort(key=lambda row: (URGENCY.index(_urgency(row)), row["name"].lower(), row["id"]))
        counts = Counter(row["status"] for row in rows)
        return {
            "at": instant.text(now),
            "items": rows,
            "counts": {name: counts[name] for name in STATUSES},
            "problems": sum(row["is_problem"] for row in rows),
            "tags": sorted({tag for each in taken for tag in each.tags}),
            "complete": len(taken) == len(monitors),
        }

    def _gaps_at(self, backend: Backend, now: datetime) -> Mapping[str, Gaps]:
        if self._gaps is None or not now - GAPS_FRESH < self._gaps[0] <= now:
            self._gaps = now, backend.history.rollups.all_gaps()
        return self._gaps[1]

    def _seen(
        self, backend: Backend, monitors: Sequence[Monitor], now: datetime
    ) -> dict[str, Newest]:
        """Read newest results, but only where a slot has passed since they were read last."""
        kept = {each.id: self._known(each, now) for each in monitors}
        asked = [each for each in monitors if kept[each.id] is None]
        found = backend.newest.find(asked, now) if asked else {}
        newest = {name: found[name] if known is None else known for name, known in kept.items()}
        self._newest = {each.id: (each.revision, newest[each.id]) for each in monitors}
        return newest

    def _known(self, monitor: Monitor, now: datetime) -> Newest | None:
        revision, newest = self._newest.get(monitor.id, (0, NOTHING))
        if newest.result is None or revision != monitor.revision:
            return None
        due = slot_at(monitor.id, monitor.interval_seconds, now)
        return newest if monitor.paused or newest.result.slot >= due else None


def _row(
    monitor: Monitor,
    state: State | None,
    newest: Newest,
    past: Past,
    windows: Windows,
) -> dict[str, Any]:
    stands = monitor_out(monitor, state, newest, windows.now, covering(windows.open, monitor))
    stands |= {
        "latency_ms": newest.result.latency_ms if newest.result else None,
        "uptime_percent": _uptimes(monitor, state, newest, past, windows),
        "counted_from": instant.text(monitor.created_at),
        "is_problem": _urgency(stands) in PROBLEMS,
    }
    return select_fields(GlanceOut, stands)


def _urgency(row: Mapping[str, Any]) -> str:
    """Return what matters most about a monitor; one that is up may still have a problem."""
    if row["status"] == "up" and row["failing_regions"]:
        return "regional"
    if row["status"] == "up" and row["degraded"]:
        return "degraded"
    return str(row["status"])


def _uptimes(
    monitor: Monitor, state: State | None, newest: Newest, past: Past, windows: Windows
) -> dict[str, float | None]:
    now = windows.now
    announced = (span for window, span in windows.past if window.covers(monitor))
    last_slot = newest.seen.slot if newest.seen else None
    worked_at = state.worked_since if state else None
    warming_up = warm_up(monitor.grace, worked_at, past.incidents)
    gaps = gaps_until(monitor, past.gaps, last_slot, now)
    unknown = merge([*announced, *gaps, warming_up])
    starts = {name: _start(now, timedelta(seconds=each)) for name, each in SPANS.items()}
    # Nobody ever saw it work, and nothing was confirmed: it may have to be set right first.
    is_new = (state is None or state.status is Status.PENDING) and not past.incidents
    return {
        name: None
        if is_new and monitor.scheduled_since <= max(start, monitor.created_at)
        else availability(past.incidents, max(start, monitor.created_at), now, unknown)
        for name, start in starts.items()
    }


def _start(now: datetime, length: timedelta) -> datetime:
    """Begin where the uptime of one monitor begins: a long window with a whole day."""
    return day_of(now - length) if is_by_day(length) else now - length


def routes(outages: Outages) -> tuple[Route, ...]:
    """Build the route; what it keeps is one application's."""
    return (
        Route(method="GET", path="/v1/overview", summary="All monitors at a glance",
              handler=Overview(outages).answer, scope=Scope.READ, answers=OverviewOut),
    )  # fmt: skip
