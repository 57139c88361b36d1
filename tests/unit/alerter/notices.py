"""Notices for tests, friendly and hostile."""

from dataclasses import replace
from typing import Any

from functions.alerter.notice import Notice
from sentinelmesh.domain.alert import AlertKind
from sentinelmesh.domain.result import Outcome
from tests.building import START
from tests.outbox import a_vote, an_incident, content_of, resolved

# What people and targets may write, with everything in it that has ever meant something.
HOSTILE: dict[str, Any] = {
    "monitor_name": "Shop\r\nBcc: all@example.org\u202e <b>&</b> *bold* <!channel>\u2028\x00\x07",
    "target": "https://shop.example/?a=<script>alert(1)</script>&b='\"",
    "sentence": "Down: <https://evil.example|click> <@U123> `code` _x_ ~y~\n\n*bold*",
    "cause": "x",
    "cause_detail": "</td></table><img src=x onerror=alert(1)>\udcff",
}


def a_notice(**changes: Any) -> Notice:
    """Make a notice of an outage, or of its end when it is asked for one."""
    is_over = changes.get("combined") or changes.get("kind") is AlertKind.RESOLVED
    incident = resolved(an_incident()) if is_over else an_incident()
    plain = Notice(
        key=f"{incident.incident_id}.opened.ch_1",
        incident_id=incident.incident_id,
        monitor_id="mon_1",
        kind=AlertKind.OPENED,
        content=content_of(incident),
        at=START,
        link=f"https://up.example/incidents/{incident.incident_id}",
    )
    return replace(plain, **changes)


def a_hostile_notice(**changes: Any) -> Notice:
    """Make a notice whose every text is an attack."""
    vote = a_vote("eu-west-1", Outcome.FAILURE, detail=HOSTILE["cause_detail"])
    content = replace(a_notice().content, votes=(vote,), **HOSTILE)
    return a_notice(content=content, **changes)
