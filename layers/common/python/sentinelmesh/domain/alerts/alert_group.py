"""What a message says that tells of many incidents, and how things stand with all of them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sentinelmesh.domain.alerts.alert import ALL_SEVERITIES, Alert, AlertContent, AlertKind, Group
from sentinelmesh.domain.incidents.common_cause import Member, common_cause
from sentinelmesh.domain.incidents.incident import UNKNOWN, Incident, IncidentState
from sentinelmesh.domain.values.humanize import format_duration

# Who wants to read more of them looks at the dashboard; and an item of the store has its size.
MAX_NAMED = 100
CLOSED_BECAUSE = "The monitors were paused or deleted."

Incidents = Mapping[str, Incident]


def lasting(members: Sequence[Member], incidents: Incidents) -> list[Member]:
    """Pick the members whose incidents are open."""
    return [each for each in members if _is(each, incidents, IncidentState.OPEN)]


def incident_of(group_id: str, members: Sequence[Member], incidents: Incidents) -> Incident:
    """Write a group as the one incident that it is to its channel.

    It lasts as long as any of its members does, is acknowledged when all that last are, and flaps
    when all that last do. It is cancelled when none of its members has recovered.
    """
    left = lasting(members, incidents)
    ended = [each.resolved_at for each in incidents.values() if each.resolved_at is not None]
    known = [incidents[each.incident_id] for each in left]
    taken = [each.acknowledged_at for each in known]
    acknowledged_at = max((at for at in taken if at), default=None) if all(taken) else None
    by = next((each.acknowledged_by for each in known if each.acknowledged_by), None)
    content = content_of(members, incidents)
    resolved_at = None if left or not ended else max(ended)
    recovered = any(_is(each, incidents, IncidentState.RESOLVED) for each in members)
    over = IncidentState.RESOLVED if recovered else IncidentState.CANCELLED
    return Incident(
        monitor_id=group_id,
        incident_id=group_id,
        state=IncidentState.OPEN if left else over,
        opened_at=content.opened_at,
        confirmed_at=content.confirmed_at,
        detection_delay_ms=content.detection_delay_ms,
        cause=content.cause,
        cause_detail=content.cause_detail,
        regions=(),
        monitor_name=content.monitor_name,
        target=content.target,
        severity=content.severity,
        resolved_at=resolved_at,
        duration_seconds=content.duration_seconds,
        acknowledged_at=acknowledged_at,
        acknowledged_by=by if acknowledged_at else None,
        flapping=bool(known) and all(each.flapping for each in known),
    )


def content_of(
    members: Sequence[Member],
    incidents: Incidents,
    *,
    before: Collection[str] = (),
    checking: int = 0,
) -> AlertContent:
    """Write what there is to say of many incidents, as they stand.

    Args:
        members: at least one.
        incidents: theirs, by id.
        before: ids of those that an earlier message told; what it did not tell is named first.
        checking: how many other monitors are being verified.
    """
    members = sorted(members, key=lambda each: each.incident_id in before)
    first = min(members, key=lambda each: (each.opened_at, each.incident_id))
    group = _group_of(members, incidents, before, checking)
    cause = group.cause
    ended = [each.resolved_at for each in incidents.values() if each.resolved_at is not None]
    over = max(ended) if ended and not group.lasting else None
    reasons = Counter(each.cause for each in members).most_common()
    runbooks = {each.runbook_url for each in members}
    return AlertContent(
        monitor_name=f"{len(members)} monitors{cause.place if cause else ''}",
        monitor_kind="group",
        target=cause.value if cause else first.target,
        sentence=_sentence(members, group, over),
        cause=reasons[0][0],
        cause_detail=", ".join(f"{reason} ({count})" for reason, count in reasons),
        opened_at=first.opened_at,
        confirmed_at=first.confirmed_at,
        detection_delay_ms=max(
            0, round((first.confirmed_at - first.opened_at) / timedelta(milliseconds=1))
        ),
        resolved_at=over,
        duration_seconds=None if over is None else round((over - first.opened_at).total_seconds()),
        tags=_shared_tags(members),
        severity=min((each.severity for each in members), key=ALL_SEVERITIES.index),
        runbook_url=runbooks.pop() if len(runbooks) == 1 else None,
        group=group,
    )


def content_of_end(members: Sequence[Member], incidents: Incidents) -> AlertContent:
    """Write what there is to say when some or all of many incidents have ended."""
    content = content_of(members, incidents)
    group = content.group
    is_closed = group is not None and group.closed == group.total
    return replace(content, closed_because=CLOSED_BECAUSE) if is_closed else content


def _group_of(
    members: Sequence[Member], incidents: Incidents, before: Collection[str], checking: int
) -> Group:
    left = lasting(members, incidents)
    lasts = {each.incident_id for each in left}
    names = tuple(each.incident_id for each in members)
    return Group(
        total=len(members),
        members=tuple(members[:MAX_NAMED]),
        cause=common_cause(members),
        lasting=len(left),
        down=tuple(each.monitor_name for each in left[:MAX_NAMED]),
        over=tuple(name for name in names if name not in lasts),
        incident_ids=names,
        added=sum(name not in before for name in names) if before else 0,
        checking=checking,
        closed=sum(_is(each, incidents, IncidentState.CANCELLED) for each in members),
        severities=_count_severities(members),
    )


def _count_severities(members: Sequence[Member]) -> Mapping[str, int]:
    """Return the numbers of members by severity, the worst first; nothing if all are alike."""
    counts = Counter(each.severity for each in members)
    ordered = {each: counts[each] for each in ALL_SEVERITIES if counts[each]}
    return ordered if len(ordered) > 1 else {}


def build_row(
    row: Alert,
    number: int,
    content: AlertContent,
    at: datetime,
    *,
    is_step: bool = False,
) -> Alert:
    """Build the row by which a channel hears of a group.

    Args:
        row: of one of its members.
        number: which of the group's messages it is.
        is_step: all members are steps of an escalation.
    """
    name = row.group or ""
    return Alert(
        incident_id=name,
        monitor_id=name,
        channel_id=row.channel_id,
        channel_kind=row.channel_kind,
        kind=row.kind,
        created_at=at,
        due_at=at,
        content=content,
        number=number,
        unless_acknowledged=is_step,
    )


def names_in(row: Alert) -> tuple[str, ...]:
    """Return the incidents whose rows end with a row of their group."""
    group = row.content.group
    if group is None:
        return ()
    return group.over if row.kind is AlertKind.RESOLVED else group.incident_ids


def _sentence(members: Sequence[Member], group: Group, over: datetime | None) -> str:
    """Return what happened, and what explains it."""
    told = _what_happened(members)
    if group.added:
        told += f", {group.added} of them since the last message"
    told += ", and more are being checked." if group.checking else "."
    is_blind = all(each.severity == UNKNOWN for each in members)
    told += _ends(group, "can be checked" if is_blind else "work", is_over=over is not None)
    return f"{told} {group.cause.sentence}" if group.cause else told


def _what_happened(members: Sequence[Member]) -> str:
    """Return how many failed, and how many could not be checked."""
    failed = [each.opened_at for each in members if each.severity != UNKNOWN]
    unchecked = "could not be checked by any region"
    if not failed:
        return f"{len(members)} monitors {unchecked}"
    reach = f" within {format_duration(max(failed) - min(failed))}" if len(failed) > 1 else ""
    what = f"failed{reach}"
    blind = len(members) - len(failed)
    if not blind:
        return f"{len(members)} monitors {what}"
    return f"{len(members)} monitors: {len(failed)} {what}, {blind} {unchecked}"


def _ends(group: Group, again: str, *, is_over: bool) -> str:
    """Return what became of those that do not last any more.

    Args:
        again: what those do that recovered, e.g. "work".
    """
    found = []
    if group.recovered:
        is_whole = is_over and not group.closed
        found.append(f" {'All' if is_whole else group.recovered} of them {again} again.")
    if group.closed:
        is_whole = group.closed == group.total
        verb = "was" if group.closed == 1 else "were"
        found.append(f" {'All' if is_whole else group.closed} of them {verb} paused or deleted.")
    return "".join(found)


def _shared_tags(members: Sequence[Member]) -> tuple[str, ...]:
    shared = set.intersection(*(set(each.tags) for each in members))
    return tuple(tag for tag in members[0].tags if tag in shared)


def are_steps(members: Sequence[Member]) -> bool:
    """Return True if all members are steps of an escalation."""
    return all(each.is_step for each in members)


def _is(member: Member, incidents: Incidents, state: IncidentState) -> bool:
    found = incidents.get(member.incident_id)
    return found is not None and found.state is state
