"""What channels are to hear of an outage, written from the API's own words about it."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from tests.scenes.client import Mesh, at


def hook(mesh: Mesh, incident_id: str, *, over: bool, told: Mapping[str, Any]) -> str:
    """Write the body of a webhook to the byte.

    Args:
        told: the body that was received: its moment, and the number of failed probes, are its own.
    """
    incident = mesh.get(f"/v1/incidents/{incident_id}")
    monitor = mesh.monitor(incident["monitor_id"])
    row = _decision(mesh, incident, over=over)
    shown = {
        "id": incident_id,
        "opened_at": incident["opened_at"],
        "confirmed_at": incident["confirmed_at"],
        "resolved_at": incident["resolved_at"] if over else None,
        "duration_seconds": incident["duration_seconds"] if over else None,
        "detection_delay_ms": incident["detection_delay_ms"],
        "cause": incident["cause"],
        "cause_detail": incident["cause_detail"],
        "severity": "outage",
        "failed_probes": told["data"]["incident"]["failed_probes"] if over else None,
        "acknowledged_by": None,
        "sentence": row["sentence"],
        "url": f"{mesh.run['url']}/incidents/{incident_id}",
    }
    names = ("region", "outcome", "error", "detail", "status_code", "latency_ms", "started_at")
    body = {
        "type": "incident.resolved" if over else "incident.opened",
        "timestamp": told["timestamp"],
        "data": {
            "incident": shown,
            "monitor": {name: monitor[name] for name in ("id", "name", "kind", "target", "tags")}
            | {"runbook_url": monitor["runbook_url"]},
            "votes": [{name: vote[name] for name in names} for vote in row["votes"]],
            "test": False,
        },
    }
    return json.dumps(body, separators=(",", ":"))


def mail(mesh: Mesh, incident_id: str, *, over: bool, failed_probes: str) -> tuple[str, str]:
    """Write the subject and the text of a mail."""
    incident = mesh.get(f"/v1/incidents/{incident_id}")
    monitor = mesh.monitor(incident["monitor_id"])
    row = _decision(mesh, incident, over=over)
    lasted = _span(incident["duration_seconds"] or 0)
    name = incident["monitor_name"]
    title = f"UP again: {name} after {lasted}" if over else f"DOWN: {name}"
    facts = [
        ("Target", incident["target"]),
        ("Reason", incident["cause_detail"] or incident["cause"]),
        ("Down since", _moment(incident["opened_at"])),
    ]
    if over:
        facts += [("Up since", _moment(incident["resolved_at"])), ("Duration", lasted)]
        facts.append(("Failed probes", failed_probes))
    facts += [
        ("Failing in", _regions(row, "failure")),
        ("Working in", _regions(row, "success")),
        ("No answer from", _regions(row, "unknown")),
    ]
    if not over:
        facts.append(("Detected after", f"{incident['detection_delay_ms'] / 1000:.1f} s"))
    facts.append(("Policy", row["explanation"]["policy"]))
    link = f"{mesh.run['url']}/incidents/{incident_id}"
    links = [("Open the incident", link)]
    links += [] if over else [("Acknowledge", f"{link}?acknowledge=1")]
    links.append(("Runbook", monitor["runbook_url"]))
    lines = [title, "", row["sentence"], ""]
    lines += [f"{label + ':':<16}{value}" for label, value in facts if value]
    lines += ["", *(f"{label + ':':<20}{address}" for label, address in links)]
    return title, "\n".join(lines) + "\n"


def _decision(mesh: Mesh, incident: Mapping[str, Any], *, over: bool) -> dict[str, Any]:
    rule = "recovered" if over else "quorum"
    return next(
        row
        for row in mesh.ledger(incident["monitor_id"])
        if row["rule"] == rule and row["incident_id"] == incident["id"]
    )


def _regions(row: Mapping[str, Any], outcome: str) -> str:
    names: Sequence[str] = [vote["region"] for vote in row["votes"] if vote["outcome"] == outcome]
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _moment(written: str) -> str:
    return at(written).strftime("%Y-%m-%d %H:%M:%S UTC")


def _span(seconds: int) -> str:
    assert timedelta(seconds=seconds) < timedelta(hours=1)
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest)
    return " ".join(parts) or "0 s"
