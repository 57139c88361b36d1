"""What a status page says, as plain values for everybody who writes it down.

Names, times and posts; of causes, targets, regions and evidence the public reads nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from functions.publisher.days import Quarter
from sentinelmesh.domain.incidents.incident import OUTAGE, Incident, Status
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.status_pages.status_page import News, NewsKind, StatusPage
from sentinelmesh.domain.uptime.unknown import silent_since
from sentinelmesh.domain.values.humanize import format_list
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.monitor_state import State
from sentinelmesh.recurrence import occurrences

RECENT = timedelta(days=15)
AHEAD = timedelta(days=14)
MOMENT = timedelta(microseconds=1)
MAX_OUTAGES, MAX_ANNOUNCED = 30, 10
Word = Literal["operational", "degraded", "down", "maintenance", "unknown", "paused"]
# What a reader should know first.
GRAVITY: tuple[Word, ...] = ("down", "degraded", "maintenance", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorSnapshot:
    """What is known of a monitor.

    Args:
        seen_slot: of the newest result that says something about the target.
        incidents: the newest first.
    """

    monitor: Monitor
    state: State | None
    seen_slot: datetime | None
    incidents: Sequence[Incident]
    quarter: Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A monitor as the public sees it; the id is in the address of its badge only."""

    monitor_id: str
    name: str
    word: Word
    quarter: Quarter


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An outage under the public name of its monitor, with what people posted about it."""

    incident_id: str
    name: str
    opened_at: datetime
    ended_at: datetime | None
    is_unstable: bool
    posts: tuple[News, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledMaintenance:
    """A time of maintenance."""

    name: str
    span: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPageModel:
    """Everything on a page.

    Args:
        posts: those that are about no outage shown here, the newest first.
        takes_mail: readers may subscribe.
    """

    page: StatusPage
    at: datetime
    services: tuple[Service, ...]
    outages: tuple[Outage, ...]
    posts: tuple[News, ...]
    announced: tuple[ScheduledMaintenance, ...]
    takes_mail: bool

    @property
    def worst(self) -> Word:
        """The word of the service that is worst off."""
        words = {each.word for each in self.services}
        return next((each for each in GRAVITY if each in words), "operational")

    @property
    def sentence(self) -> str:
        """The page in a sentence."""
        names = format_list(each.name for each in self.services if each.word == self.worst)
        if not self.services:
            return "No service is shown here yet"
        match self.worst:
            case "down":
                return f"Down: {names}"
            case "degraded":
                return f"Working, but not as well as usual: {names}"
            case "maintenance":
                return f"Under maintenance: {names}"
            case "unknown":
                return f"Not known at the moment: {names}"
        return "All services are operational"


def sight_of(
    page: StatusPage,
    known: Mapping[str, MonitorSnapshot],
    windows: Sequence[MaintenanceWindow],
    news: Sequence[News],
    now: datetime,
    *,
    takes_mail: bool,
) -> StatusPageModel:
    """Put together what a page says.

    Args:
        known: monitors by id; one that is gone is simply not shown.
        news: of this page, the newest first.
    """
    shown = [
        (known[each.monitor_id], each.name) for each in page.monitors if each.monitor_id in known
    ]
    posts = [each for each in news if each.about is NewsKind.POST]
    outages = sorted(
        (
            _outage(incident, name, posts)
            for each, name in shown
            for incident in each.incidents
            if incident.severity == OUTAGE and (incident.resolved_at or now) > now - RECENT
        ),
        key=lambda outage: outage.opened_at,
        reverse=True,
    )[:MAX_OUTAGES]
    elsewhere = {post.id for outage in outages for post in outage.posts}
    return StatusPageModel(
        page=page,
        at=now,
        services=tuple(
            Service(
                monitor_id=each.monitor.id,
                name=name,
                word=word_of(each, windows, now),
                quarter=each.quarter,
            )
            for each, name in shown
        ),
        outages=tuple(outages),
        posts=tuple(each for each in posts if each.id not in elsewhere and each.at > now - RECENT),
        announced=tuple(_list_maintenance([each.monitor for each, _ in shown], windows, now)),
        takes_mail=takes_mail and page.subscriptions,
    )


def word_of(known: MonitorSnapshot, windows: Sequence[MaintenanceWindow], now: datetime) -> Word:
    """Return how a monitor is, as the API does: an announced outage shows in maintenance too."""
    monitor, state = known.monitor, known.state
    if monitor.paused:
        return "paused"
    is_silent = silent_since(monitor, known.seen_slot, now) is not None
    if state is not None and state.status is Status.DOWN and not is_silent:
        return "down"
    moment = Interval(now, now + MOMENT)
    if any(each.covers(monitor) and any(occurrences(each, moment)) for each in windows):
        return "maintenance"
    if state is None or state.status in {Status.PENDING, Status.PAUSED} or is_silent:
        return "unknown"
    return "degraded" if state.degraded or state.flapping else "operational"


def _outage(incident: Incident, name: str, posts: Sequence[News]) -> Outage:
    return Outage(
        incident_id=incident.incident_id,
        name=name,
        opened_at=incident.opened_at,
        ended_at=incident.resolved_at,
        is_unstable=incident.flapping,
        posts=tuple(each for each in posts if each.incident_id == incident.incident_id),
    )


def _list_maintenance(
    monitors: Sequence[Monitor], windows: Sequence[MaintenanceWindow], now: datetime
) -> list[ScheduledMaintenance]:
    ahead = Interval(now, now + AHEAD)
    found = [
        ScheduledMaintenance(name=window.name, span=span)
        for window in windows
        if any(window.covers(monitor) for monitor in monitors)
        for span in islice(occurrences(window, ahead), MAX_ANNOUNCED)
    ]
    return sorted(found, key=lambda each: each.span)[:MAX_ANNOUNCED]
