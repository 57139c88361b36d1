"""Notices for tests, friendly and hostile."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.alert_group import content_of as content_of_group
from sentinelmesh.domain.alerts.grouping_window import member_of
from sentinelmesh.domain.incidents.common_cause import Member
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.probing.result import Outcome
from tests.support.alerts import a_vote, an_alert, an_incident, content_of, resolved
from tests.support.builders import REGIONS, START

# What people and targets may write, with everything in it that has ever meant something.
HOSTILE: dict[str, Any] = {
    "monitor_name": "Shop\r\nBcc: all@example.org\u202e <b>&</b> *bold* <!channel>\u2028\x00\x07",
    "target": "https://shop.example/?a=<script>alert(1)</script>&b='\"",
    "sentence": "Down: <https://evil.example|click> <@U123> `code` _x_ ~y~\n\n*bold*",
    "cause": "x",
    "cause_detail": "</td></table><img src=x onerror=alert(1)>\udcff",
}


def a_notice(**changes: Any) -> Notification:
    """Build a notice of an outage, or of its end when it is asked for one."""
    is_over = changes.get("combined") or changes.get("kind") is AlertKind.RESOLVED
    incident = resolved(an_incident()) if is_over else an_incident()
    plain = Notification(
        key=f"{incident.incident_id}.opened.ch_1",
        incident_id=incident.incident_id,
        monitor_id="mon_1",
        kind=AlertKind.OPENED,
        content=content_of(incident),
        at=START,
        link=f"https://up.example/incidents/{incident.incident_id}",
    )
    return replace(plain, **changes)


def an_unknown_notice(**changes: Any) -> Notification:
    """Build a notice of a monitor that no region could check, or of the end of that."""
    is_over = changes.get("kind") is AlertKind.RESOLVED
    plain = a_notice(**changes)
    reason, detail = "secrets_unavailable", "no such secret"
    blind = tuple(
        a_vote(region, Outcome.UNKNOWN, error=reason, detail=detail) for region in REGIONS
    )
    seen = (a_vote(REGIONS[0], Outcome.SUCCESS),)
    content = replace(
        plain.content,
        cause=reason,
        cause_detail=detail,
        severity="unknown",
        sentence="It can be checked again: up, as seen from eu-west-1."
        if is_over
        else "No region has been able to check it since 2026-01-01 12:00 UTC (no such secret).",
        votes=seen if is_over else blind,
        failed_probes="0" if is_over else None,
        detection_delay_ms=660_000,
    )
    return replace(plain, key=f"{plain.incident_id}.{plain.kind}.ch_1", content=content)


def a_group_notice(
    total: int = 12,
    *,
    over: int = 0,
    added: int = 0,
    unknown: int = 0,
    name: str | None = None,
    **changes: Any,
) -> Notification:
    """Build a notice of many outages of one moment, or of their end if none lasts.

    Args:
        over: how many of them work again.
        added: how many of them an update of it adds, while two more are being checked.
        unknown: how many of them, the last ones, nobody can check.
        name: what each of them is called.
    """
    begun = [outage(number, name) for number in range(total)]
    members = [
        a_member(each, "unknown" if place >= total - unknown else each.severity)
        for place, each in enumerate(begun)
    ]
    incidents = {
        each.incident_id: resolved(each) if place < over else each
        for place, each in enumerate(begun)
    }
    kind = AlertKind.RESOLVED if over else AlertKind.OPENED
    plain = Notification(
        key=f"grp_1.{kind}.ch_1",
        incident_id="grp_1",
        monitor_id="grp_1",
        kind=kind,
        content=content_of_group(
            members,
            incidents,
            before=[each.incident_id for each in members[added:]] if added else (),
            checking=2 if added else 0,
        ),
        is_update=added > 0,
        at=START,
        link=f"https://up.example/incidents/{members[0].incident_id}",
    )
    return replace(plain, **changes)


def a_member(incident: Incident, severity: str) -> Member:
    """Build a member of a group from one incident."""
    votes = (a_vote("eu-west-1", Outcome.FAILURE, remote_address="192.0.2.7"),)
    content = content_of(incident, votes=votes, severity=severity)
    return member_of(an_alert(incident, content=content))


def outage(number: int, name: str | None = None) -> Incident:
    """Build one of many outages, with a name as a person may write it."""
    return an_incident(
        monitor_id=f"mon_{number}",
        incident_id=f"inc_{number:03}",
        monitor_name=name or f"Shop {number}",
        target=f"https://shop-{number}.example/",
        opened_at=START + timedelta(seconds=number),
    )


def a_hostile_notice(**changes: Any) -> Notification:
    """Build a notice whose every text is an attack."""
    vote = a_vote("eu-west-1", Outcome.FAILURE, detail=HOSTILE["cause_detail"])
    content = replace(a_notice().content, votes=(vote,), **HOSTILE)
    return a_notice(content=content, **changes)
