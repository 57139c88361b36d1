"""Which outages subscribers of a page are told of: each has a row of news before any mail leaves.

What has a row is read together with the posts of the page, each minute and at each change: an
outage whose change was missed is found in the next minute.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from functions.publisher.page_model import MonitorSnapshot
from functions.publisher.text import lasting, moment
from sentinelmesh.domain.incidents.incident import OUTAGE, Incident, IncidentState
from sentinelmesh.domain.status_pages.status_page import (
    WORTH_TELLING,
    News,
    NewsKind,
    ShownMonitor,
    StatusPage,
)


def untold(
    page: StatusPage, known: Mapping[str, MonitorSnapshot], told: Collection[str], now: datetime
) -> Iterator[News]:
    """Return the news that has no row yet.

    Args:
        told: ids of the rows that are there.
    """
    for shown in page.monitors:
        monitor = known.get(shown.monitor_id)
        for incident in monitor.incidents if monitor else ():
            news = _news_of(page, shown, incident, now)
            if news is not None and news.id not in told:
                yield news


def _news_of(
    page: StatusPage, shown: ShownMonitor, incident: Incident, now: datetime
) -> News | None:
    """Write what is to be told of an outage; None when it is old, or from before it was shown."""
    if incident.severity != OUTAGE:
        return None
    began = moment(incident.opened_at)
    if incident.state is IncidentState.OPEN:
        about, at = NewsKind.OPENED, incident.confirmed_at
        title, text = f"Down: {shown.name}", f"{shown.name} has been down since {began}."
    elif incident.state is IncidentState.RESOLVED and incident.resolved_at is not None:
        about, at = NewsKind.RESOLVED, incident.resolved_at
        lasted = lasting(at - incident.opened_at)
        title = f"Works again: {shown.name}"
        text = f"{shown.name} was down from {began} to {moment(at)}, for {lasted}."
    else:
        return None
    if not max(shown.since, now - WORTH_TELLING) < at:
        return None
    return News(
        page_id=page.id,
        id=f"{about}.{incident.incident_id}",
        about=about,
        # When it is told, not when it happened: who has subscribed in between is told too.
        at=now,
        title=title,
        text=text,
        incident_id=incident.incident_id,
        due_at=now,
    )
