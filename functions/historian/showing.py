"""What a status page says: gathered from tables, as plain values for everybody who writes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from sentinelmesh.domain.incident import Incident, Status
from sentinelmesh.domain.maintenance import MaintenanceWindow
from sentinelmesh.domain.monitor import Monitor
from sentinelmesh.domain.rollup import Rollup, added, day_of
from sentinelmesh.domain.span import Span
from sentinelmesh.domain.state import State
from sentinelmesh.domain.status_page import StatusPage
from sentinelmesh.domain.uptime import uptime_percent
from sentinelmesh.history import History
from sentinelmesh.recurrence import occurrences
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.states import StatesRepository

DAYS = 90
QUARTER = timedelta(days=DAYS)
AHEAD = timedelta(days=14)
RECENT = timedelta(days=15)
MOST_INCIDENTS = 10
# Bars change slowly; what is up or down is looked at each time.
FRESH = timedelta(minutes=10)
Word = Literal["operational", "down", "maintenance", "no data", "paused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day; None where nothing was watched or known."""

    day: date
    uptime_percent: float | None = None
    down_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMonitor:
    """A monitor as the public sees it."""

    id: str
    name: str
    word: Word
    uptime_percent: float | None
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicIncident:
    """An outage under the public name of its monitor."""

    name: str
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMaintenance:
    """An announced time."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Everything on a page."""

    page: StatusPage
    at: datetime
    monitors: tuple[PublicMonitor, ...]
    incidents: tuple[PublicIncident, ...]
    maintenance: tuple[PublicMaintenance, ...]

    @property
    def sentence(self) -> str:
        """The page in a sentence."""
        down = [each.name for each in self.monitors if each.word == "down"]
        if down:
            return f"Down: {', '.join(down)}"
        if any(each.word == "maintenance" for each in self.monitors):
            return "Maintenance is under way"
        if any(each.word == "no data" for each in self.monitors):
            return "Some services are not known to work"
        return "All services are operational"


@dataclass(slots=True, kw_only=True)
class Gatherer:
    """Reads what pages say; keeps the bars of each monitor for a while."""

    monitors: MonitorsRepository
    states: StatesRepository
    incidents: IncidentsRepository
    history: History
    clock: Callable[[], datetime]
    _bars: dict[str, tuple[datetime, list[Rollup]]] = field(default_factory=dict)

    def gather(self, page: StatusPage, windows: Sequence[MaintenanceWindow]) -> Sight:
        """Read what a page says.

        Cost: 2 read units per monitor, and every ten minutes 10 more.
        """
        now = self.clock()
        ids = [each.monitor_id for each in page.monitors]
        known = self.monitors.get_many(ids) if ids else {}
        states = self.states.get_many(ids) if ids else {}
        shown = [
            (known[each.monitor_id], each.name)
            for each in page.monitors
            if each.monitor_id in known
        ]
        return Sight(
            page=page,
            at=now,
            monitors=tuple(
                self._monitor(monitor, name, states.get(monitor.id), windows, now)
                for monitor, name in shown
            ),
            incidents=tuple(self._outages(shown, now)),
            maintenance=tuple(_announced([monitor for monitor, _ in shown], windows, now)),
        )

    def _monitor(
        self,
        monitor: Monitor,
        name: str,
        state: State | None,
        windows: Sequence[MaintenanceWindow],
        now: datetime,
    ) -> PublicMonitor:
        rollups = self._rollups(monitor, now)
        return PublicMonitor(
            id=monitor.id,
            name=name,
            word=_word(monitor, state, rollups, windows, now),
            uptime_percent=uptime_percent(added(rollups)) if rollups else None,
            bars=tuple(_bars(rollups, now)),
        )

    def _rollups(self, monitor: Monitor, now: datetime) -> list[Rollup]:
        read_at, rollups = self._bars.get(monitor.id, (None, []))
        if read_at is None or not now - FRESH < read_at <= now:
            start = max(day_of(now) - (DAYS - 1) * timedelta(days=1), monitor.created_at)
            rollups = self.history.read(monitor, Span(min(start, now), now), by_day=True)
            self._bars[monitor.id] = now, rollups
        return rollups

    def _outages(self, shown: Sequence[tuple[Monitor, str]], now: datetime) -> list[PublicIncident]:
        found = [
            PublicIncident(name=name, opened_at=each.opened_at, ended_at=each.resolved_at)
            for monitor, name in shown
            for each in self.incidents.list_of_monitor(monitor.id, MOST_INCIDENTS)
            if _is_recent(each, now)
        ]
        return sorted(found, key=lambda each: each.opened_at, reverse=True)


def _is_recent(incident: Incident, now: datetime) -> bool:
    return (incident.resolved_at or now) > now - RECENT


def _word(
    monitor: Monitor,
    state: State | None,
    rollups: Sequence[Rollup],
    windows: Sequence[MaintenanceWindow],
    now: datetime,
) -> Word:
    if monitor.paused:
        return "paused"
    soon = Span(now, now + timedelta(microseconds=1))
    if any(each.covers(monitor) and list(occurrences(each, soon)) for each in windows):
        return "maintenance"
    if state is not None and state.status is Status.DOWN:
        return "down"
    silent = bool(rollups) and rollups[-1].unknown_ms == rollups[-1].watched_ms > 0
    if state is None or state.status is Status.PENDING or silent:
        return "no data"
    return "operational"


def _bars(rollups: Sequence[Rollup], now: datetime) -> list[Bar]:
    """Give the last 90 days, the oldest first."""
    parts: dict[date, list[Rollup]] = {}
    for each in rollups:
        parts.setdefault(day_of(each.stretch.start).date(), []).append(each)
    found = []
    for back in reversed(range(DAYS)):
        day = (day_of(now) - timedelta(days=back)).date()
        if day not in parts:
            found.append(Bar(day=day))
            continue
        whole = added(parts[day])
        down = round(whole.down_ms / 1000)
        found.append(Bar(day=day, uptime_percent=uptime_percent(whole), down_seconds=down))
    return found


def _announced(
    monitors: Sequence[Monitor], windows: Sequence[MaintenanceWindow], now: datetime
) -> list[PublicMaintenance]:
    covering = [each for each in windows if any(each.covers(monitor) for monitor in monitors)]
    found = [
        PublicMaintenance(name=window.name, span=span)
        for window in covering
        for span in occurrences(window, Span(now, now + AHEAD))
    ]
    return sorted(found, key=lambda each: each.span)[:MOST_INCIDENTS]
