"""From what a person wrote to a monitor: defaults filled in, rules that need the mesh checked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from functions.api.backend import Backend
from functions.api.http.problem import invalid
from functions.api.schemas.kinds import KINDS
from functions.api.schemas.monitor import MonitorIn
from functions.api.schemas.target import origin_of
from functions.api.services import monitor_secrets
from functions.api.services.dependencies import check_parents
from functions.api.services.serializers import monitor_config
from sentinelmesh.client_identity import UnusableIdentity, check_identity
from sentinelmesh.domain.monitors.monitor import Monitor, Policy

DEFAULT_TIMEOUT_MS = 10_000
# What an outcome depends on, apart from the block of its kind.
PROBED_FIELDS = ("kind", "target", "timeout_ms", "regions", "assertions", "degraded_after_ms")


def new_monitor(
    wanted: MonitorIn, backend: Backend, monitor_id: str
) -> tuple[Monitor, dict[str, str]]:
    """Build a monitor and its secrets.

    Raises:
        Problem: 422 with the field and a sentence.
    """
    now = backend.clock()
    blank = Monitor(
        id=monitor_id,
        revision=1,
        name=wanted.name,
        kind=wanted.kind,
        target=wanted.target,
        interval_seconds=wanted.interval_seconds,
        timeout_ms=DEFAULT_TIMEOUT_MS,
        regions=backend.settings.regions,
        policy=Policy.default_for(len(backend.settings.regions)),
        created_at=now,
        updated_at=now,
        enabled_at=now,
        scheduled_since=now,
        probed_since=now,
    )
    return apply_changes(blank, wanted, backend, {})


def apply_changes(
    monitor: Monitor, wanted: MonitorIn, backend: Backend, known_secrets: Mapping[str, str]
) -> tuple[Monitor, dict[str, str]]:
    """Apply what was written to a monitor.

    Args:
        known_secrets: those kept so far; a value of *** keeps its own, as long as the monitor
            stays with its target's origin: nobody gets to read a secret by moving the target.

    Raises:
        Problem: 422 with the field and a sentence.
    """
    rules = KINDS[wanted.kind]
    _check_target(wanted, backend)
    _check_assertions(wanted, rules.sources)
    _check_channels(wanted, monitor, backend)
    _check_policy(wanted, monitor, backend)
    check_parents(wanted, monitor, backend)
    regions = _home(wanted, backend) if wanted.kind == "heartbeat" else _regions(wanted, backend)
    block = getattr(wanted, wanted.kind) or rules.block()
    kept = monitor_secrets.split(wanted.kind, block.model_dump(), known_secrets)
    _check_client_certificate(wanted.kind, kept)
    if kept.keeps:
        _check_origin(monitor, wanted)
    other = next((name for name in KINDS if name != wanted.kind and getattr(wanted, name)), None)
    if other:
        raise invalid(f"/{other}", f"this monitor is of kind {wanted.kind}")
    made = replace(
        monitor,
        name=wanted.name,
        kind=wanted.kind,
        target=wanted.target,
        interval_seconds=wanted.interval_seconds,
        timeout_ms=_timeout(wanted),
        regions=regions,
        policy=_policy(wanted, _default_policy(wanted, regions), len(regions)),
        strategy=wanted.strategy,
        grace_period_seconds=wanted.grace_period_seconds,
        probe={**kept.block, **_heartbeat_options(wanted, monitor)},
        secret_fields=tuple(sorted(kept.secrets)),
        assertions=tuple(each.to_domain() for each in wanted.assertions),
        degraded_after_ms=wanted.degraded_after_ms,
        channels=None if wanted.channels is None else tuple(wanted.channels),
        escalation_policy=wanted.escalation_policy,
        depends_on=tuple(wanted.depends_on),
        runbook_url=wanted.runbook_url,
        slo_target_percent=wanted.slo_target_percent,
        tags=tuple(wanted.tags),
    )
    return made, kept.secrets


def next_revision(monitor: Monitor, before: Monitor, now: datetime) -> Monitor:
    """Build a changed monitor the next revision of the one before."""
    timetable = (monitor.interval_seconds, monitor.strategy, monitor.regions)
    same = timetable == (before.interval_seconds, before.strategy, before.regions)
    probes_same = _what_is_probed(monitor) == _what_is_probed(before)
    return replace(
        monitor,
        revision=before.revision + 1,
        updated_at=now,
        scheduled_since=before.scheduled_since if same else now,
        probed_since=before.probed_since if probes_same else now,
    )


def _what_is_probed(monitor: Monitor) -> dict[str, Any]:
    """Return everything on which the outcome of a probe depends, secrets by their version."""
    config = monitor_config(monitor)
    return {
        "secrets_version": monitor.secrets_version,
        **{name: config[name] for name in (*PROBED_FIELDS, monitor.kind)},
    }


def _check_target(wanted: MonitorIn, backend: Backend) -> None:
    """Refuse a target, or another host in the monitor's block, that no prober could ever call."""
    rules, block = KINDS[wanted.kind], getattr(wanted, wanted.kind)
    places = [("/target", wanted.target, rules.check_target)]
    for name, check in rules.places.items():
        places.append((f"/{wanted.kind}/{name}", getattr(block, name, None) or "", check))
    for pointer, place, check in places:
        try:
            if place:
                check(place, allow_private=backend.settings.allow_private_targets)
        except ValueError as error:
            raise invalid(pointer, str(error)) from error


def _check_client_certificate(kind: str, kept: monitor_secrets.Split) -> None:
    """Refuse a certificate that no probe can show, with a key that is new or was kept."""
    certificate = kept.block.get("client_certificate")
    if certificate:
        key = kept.secrets["client_certificate.key"]
        try:
            check_identity(certificate["certificate"], key)
        except UnusableIdentity as unusable:
            raise invalid(f"/{kind}/client_certificate", str(unusable)) from None


def _check_origin(monitor: Monitor, wanted: MonitorIn) -> None:
    """Refuse to send kept secrets to another place: whoever may edit may not read them."""
    if origin_of(monitor.target) != origin_of(wanted.target):
        text = "this is another place than before: write the secrets anew, not as ***"
        raise invalid("/target", text)


def _check_assertions(wanted: MonitorIn, sources: frozenset[str]) -> None:
    for place, each in enumerate(wanted.assertions):
        if each.source not in sources:
            known = ", ".join(sorted(sources))
            raise invalid(f"/assertions/{place}/source", f"{wanted.kind} monitors know {known}")


def _check_channels(wanted: MonitorIn, monitor: Monitor, backend: Backend) -> None:
    """Check that channels exist; those that it had may be gone without hindering other edits."""
    had = set(monitor.channels or ())
    if not wanted.channels or had.issuperset(wanted.channels):
        return
    known = had | {channel.id for channel in backend.channels.list()}
    for place, each in enumerate(wanted.channels):
        if each not in known:
            raise invalid(f"/channels/{place}", f"there is no channel {each[:60]}")


def _check_policy(wanted: MonitorIn, monitor: Monitor, backend: Backend) -> None:
    """Check that an escalation policy exists."""
    name = wanted.escalation_policy
    if name in {None, monitor.escalation_policy}:
        return
    if backend.escalation_policies.get(name or "") is None:
        raise invalid("/escalation_policy", f"there is no escalation policy {(name or '')[:60]}")


def _regions(wanted: MonitorIn, backend: Backend) -> tuple[str, ...]:
    deployed = backend.settings.regions
    for place, each in enumerate(wanted.regions or ()):
        if each not in deployed:
            text = f"{each[:40]} is not part of this mesh; its regions are {', '.join(deployed)}"
            raise invalid(f"/regions/{place}", text)
    return tuple(wanted.regions or deployed)


def _timeout(wanted: MonitorIn) -> int:
    """Keep a probe shorter than its interval: otherwise two would run at once."""
    most = wanted.interval_seconds * 1000 - 1000
    if wanted.timeout_ms is None:
        return min(DEFAULT_TIMEOUT_MS, most)
    if wanted.timeout_ms >= wanted.interval_seconds * 1000:
        raise invalid("/timeout_ms", "the timeout must be shorter than the interval")
    return wanted.timeout_ms


def _heartbeat_options(wanted: MonitorIn, before: Monitor) -> dict[str, Any]:
    """Return what a heartbeat's probe needs beside its block: its address for life."""
    if wanted.kind != "heartbeat":
        return {}
    ping_id = before.probe.get("ping_id") or str(uuid4())
    return {"ping_id": ping_id}


def _home(wanted: MonitorIn, backend: Backend) -> tuple[str, ...]:
    """Look at heartbeats where they are kept: from elsewhere there is nothing else to see."""
    home = backend.settings.home_region
    if wanted.regions not in (None, [home]):
        raise invalid("/regions", f"heartbeats are looked at from {home} alone; leave this out")
    return (home,)


def _default_policy(wanted: MonitorIn, regions: tuple[str, ...]) -> Policy:
    """What a job told is no matter of opinion: one look is enough."""
    if wanted.kind == "heartbeat":
        return Policy(quorum=1, confirm_after=1)
    return Policy.default_for(len(regions))


def _policy(wanted: MonitorIn, default: Policy, regions: int) -> Policy:
    asked = wanted.verification
    if asked.quorum is not None and asked.quorum > regions:
        raise invalid("/verification/quorum", f"there are {regions} regions to vote, not more")
    return Policy(
        quorum=asked.quorum or default.quorum,
        confirm_after=asked.confirm_after or default.confirm_after,
        recover_after=asked.recover_after,
        regional_incidents=asked.regional_incidents,
        degraded_incidents=asked.degraded_incidents,
        quick_detection=asked.quick_detection,
    )
