"""A status page with everything on it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.publisher.days import first_day, quarter_of
from functions.publisher.page_model import MonitorSnapshot, StatusPageModel, sight_of
from sentinelmesh.domain.incidents.incident import Incident, Status
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.status_pages.status_page import News, NewsKind, ShownMonitor, StatusPage
from sentinelmesh.domain.uptime.rollup import RegionCount, Rollup, Stretch, day_of
from sentinelmesh.domain.values.interval import Interval, intersect, total
from sentinelmesh.domain.verification.monitor_state import State
from tests.support.builders import START, a_monitor, an_incident

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SINCE = START - 100 * DAY
PAGE = StatusPage(
    id="sp_1",
    slug="shop",
    name="Shop status",
    description="How we do.",
    created_at=SINCE,
    updated_at=SINCE,
    monitors=(ShownMonitor(monitor_id="mon_1", name="Web shop", since=SINCE),),
)


def a_post(**changes: Any) -> News:
    plain = News(
        page_id="sp_1",
        id="post_1",
        about=NewsKind.POST,
        at=START - HOUR,
        title="Slow checkout",
        text="We are looking into it.",
        stage="investigating",
    )
    return replace(plain, **changes)


def an_outage(**changes: Any) -> Incident:
    """An outage that is over, in words that no reader may see."""
    hostile = {"cause": "<script>cause</script>", "cause_detail": "10.0.0.7 refused"}
    ended = {"resolved_at": START - HOUR, "opened_at": START - 2 * HOUR}
    return an_incident(**{**hostile, **ended, **changes})


def a_state(status: Status = Status.UP, **changes: Any) -> State:
    plain = State(monitor_id="mon_1", revision=1, version=1, status=status, since=SINCE)
    return replace(plain, **changes)


def a_window(**changes: Any) -> MaintenanceWindow:
    plain = MaintenanceWindow(
        id="mw_1",
        name="Patching",
        starts_at=START + HOUR,
        ends_at=START + 2 * HOUR,
        created_at=SINCE,
        updated_at=SINCE,
        everything=True,
    )
    return replace(plain, **changes)


def rollups_of(monitor: Monitor, incidents: Sequence[Incident]) -> Iterator[Rollup]:
    """Count the days since a monitor was created: it was seen all the time."""
    start = max(first_day(START), monitor.created_at)
    while start < START:
        end = min(day_of(start) + DAY, START)
        down = total(intersect((span for each in incidents for span in each.down_spells(START)),
                            [Interval(start, end)]))  # fmt: skip
        yield Rollup(
            stretch=Stretch(
                start=start, end=end, interval_seconds=60, began=monitor.scheduled_since
            ),
            regions={"eu-west-1": RegionCount(success=1)},
            watched_ms=round((end - start) / timedelta(milliseconds=1)),
            down_ms=round(down / timedelta(milliseconds=1)),
        )
        start = end


def what_is_known(
    *incidents: Incident, state: State | None = None, silent: bool = False, **monitor: Any
) -> MonitorSnapshot:
    watched = a_monitor(
        **{"created_at": SINCE, "target": "https://secret-host.internal/x", **monitor}
    )
    return MonitorSnapshot(
        monitor=watched,
        state=state or a_state(),
        seen_slot=None if silent else START,
        incidents=incidents,
        quarter=quarter_of(list(rollups_of(watched, incidents)), START),
    )


def a_sight(
    *incidents: Incident,
    page: StatusPage = PAGE,
    news: tuple[News, ...] = (),
    windows: tuple[MaintenanceWindow, ...] = (),
    takes_mail: bool = True,
    **known: Any,
) -> StatusPageModel:
    monitors = {"mon_1": what_is_known(*incidents, **known)}
    return sight_of(page, monitors, windows, news, START, takes_mail=takes_mail)
