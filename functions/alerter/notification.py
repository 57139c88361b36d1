"""What a message says, before any channel gives it a form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.alerter.group_facts import group_facts, severity_word
from sentinelmesh.delivery.email import REPEAT_MARK
from sentinelmesh.delivery.text_safety import moment, one_line, safe_link
from sentinelmesh.domain.alerts.alert import Alert, AlertContent, AlertKind, Group
from sentinelmesh.domain.alerts.delivery_action import Send
from sentinelmesh.domain.incidents.incident import OUTAGE, REGIONAL, UNKNOWN, Vote
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values.humanize import format_duration, format_list
from sentinelmesh.domain.values.instant import text
from sentinelmesh.domain.verification.explanation import policy_in_words
from sentinelmesh.domain.verification.transition_text import reason_of

OVERTAKEN_MARK = "Late: you have heard of a newer outage already; this is about the one before."
INSTEAD_MARK = "Sent here because the channel {} could not be reached."
TEST_MARK = "Test: somebody asked for this message; nothing is down."

WORDS = {
    OUTAGE: ("DOWN", "UP again"),
    REGIONAL: ("REGIONAL", "Regional problem over"),
    UNKNOWN: ("UNKNOWN", "can be checked again: up"),
}
SINCE = {OUTAGE: "Down since", UNKNOWN: "Unknown since"}
OTHER_WORDS = ("DEGRADED", "Well again")


class Tone(StrEnum):
    """How bad the news is."""

    BAD = "bad"
    WARNING = "warning"
    CALM = "calm"
    GOOD = "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message to one channel.

    Args:
        key: stable name of the message: the same for every attempt to deliver it.
        combined: beginning and end of an outage in one message.
        repeat: it may have been delivered before.
        overtaken: the channel heard of a newer outage already.
        instead_of: the name of a channel that could not be reached.
        thread: the provider's name for the first message of the incident, if it gave one.
        is_update: it adds to a group whose beginning was told before.
        link: address of the incident; None when the deployment does not know its own.
    """

    key: str
    incident_id: str
    monitor_id: str
    kind: AlertKind
    content: AlertContent
    at: datetime
    combined: bool = False
    repeat: bool = False
    overtaken: bool = False
    test: bool = False
    instead_of: str | None = None
    thread: str | None = None
    link: str | None = None
    is_update: bool = False

    @property
    def is_over(self) -> bool:
        """Whether it tells of an end; that some of many are up again is none."""
        if self.is_partly_over:
            return False
        if self.kind is AlertKind.STABLE:
            return self.content.resolved_at is not None
        return self.kind is AlertKind.RESOLVED or self.combined

    @property
    def is_partly_over(self) -> bool:
        """Whether it tells that some of many are up again."""
        group = self.content.group
        is_some = group is not None and group.lasting > 0 and self.content.closed_because is None
        return self.kind is AlertKind.RESOLVED and is_some

    @property
    def tone(self) -> Tone:
        """What colour it has."""
        if self.content.closed_because is not None:
            return Tone.CALM
        if self.is_over:
            return Tone.GOOD
        if self.kind is AlertKind.ACKNOWLEDGED:
            return Tone.CALM
        return Tone.BAD if self.content.severity == OUTAGE else Tone.WARNING

    @property
    def title(self) -> str:
        """One line: what happened to what."""
        name = one_line(self.content.monitor_name)
        bad, well = _words_of(self.content)
        if self.kind is AlertKind.ACKNOWLEDGED:
            return f"Acknowledged: {name}"
        if self.kind is AlertKind.FLAPPING:
            return f"FLAPPING: {name}"
        if self.kind is AlertKind.STABLE:
            return f"Stable again: {name} is {'up' if self.is_over else bad}"
        if self.content.closed_because is not None:
            return f"CLOSED: {name}"
        group = self.content.group
        if group is not None and (self.is_partly_over or (self.is_over and group.closed)):
            return _end_of_some(group, name, well)
        if self.is_over:
            return self._end_of(name, well)
        if self.is_update:
            return f"{bad} (updated): {name}"
        return f"STILL {bad}: {name}" if self.kind is AlertKind.REMINDER else f"{bad}: {name}"

    def _end_of(self, name: str, well: str) -> str:
        lasted, was = self.lasted, "was" if self.content.group is None else "were"
        if self.content.severity == UNKNOWN:
            now = f"can be checked again: {'down' if self.content.superseded_by else 'up'}"
            return f"{name} {now}" + (f" (could not for {lasted})" if self.combined else "")
        if self.overtaken:
            return f"Earlier outage over: {name} {was} down for {lasted}"
        if self.combined:
            return f"{well}: {name} {was} down for {lasted}"
        return f"{well}: {name} after {lasted}"

    @property
    def sentence(self) -> str:
        """Why, in plain words."""
        if self.kind is AlertKind.ACKNOWLEDGED:
            return f"{one_line(self.content.acknowledged_by or 'Somebody')} takes care of it."
        if self.kind is AlertKind.REMINDER:
            lasting = format_duration(self.at - self.content.opened_at)
            return f"For {lasting} by now, and nobody has acknowledged it. " + one_line(
                self.content.sentence
            )
        return one_line(self.content.sentence)

    @property
    def mark(self) -> str | None:
        """A warning in front of everything else, if there is one."""
        if self.test:
            return TEST_MARK
        marks = (
            self.repeat and REPEAT_MARK,
            self.overtaken and OVERTAKEN_MARK,
            self.instead_of and INSTEAD_MARK.format(one_line(self.instead_of)),
        )
        return " ".join(mark for mark in marks if mark) or None

    def facts(self) -> list[tuple[str, str]]:
        """What somebody wants to know at 3 a.m., as labels and values, most important first."""
        content = self.content
        if content.group is not None:
            found = group_facts(content, content.group, is_over=self.is_over, lasted=self.lasted)
            return [(label, one_line(value)) for label, value in found if value]
        reason = content.cause_detail or content.cause
        is_unknown = content.severity == UNKNOWN
        found = [
            ("Target", content.target),
            ("Reason", reason),
            (SINCE.get(content.severity, "Since"), moment(content.opened_at)),
        ]
        if self.is_over and content.resolved_at is not None:
            since = "Checked again at" if is_unknown else "Up since"
            since = since if content.closed_because is None else "Closed at"
            found += [(since, moment(content.resolved_at)), ("Duration", self.lasted)]
        if self.is_over and content.failed_probes is not None and not is_unknown:
            found.append(("Failed probes", content.failed_probes))
        found += [
            ("Failing in", _failing(content.votes, reason)),
            ("Working in", _regions(content.votes, Outcome.SUCCESS)),
            ("No answer from", _regions(content.votes, Outcome.UNKNOWN)),
        ]
        if content.suffering:
            found.append(("Failing with it", f"{content.suffering} that depend on it"))
        if self.kind in {AlertKind.FLAPPING, AlertKind.STABLE}:
            found.append(("Changes", f"{content.flips} between up and down"))
        if not (self.is_over or is_unknown):
            found.append(("Detected after", f"{content.detection_delay_ms / 1000:.1f} s"))
        if content.policy is not None and not is_unknown:
            found.append(("Policy", policy_in_words(content.policy)))
        return [(label, one_line(value)) for label, value in found if value]

    def links(self) -> list[tuple[str, str]]:
        """Where to go from here, as labels and addresses that are safe in every medium."""
        found = []
        is_group = self.content.group is not None
        if self.link:
            found.append(("Open the incidents" if is_group else "Open the incident", self.link))
        is_taken_care_of = self.kind is AlertKind.ACKNOWLEDGED
        if self.link and not (self.is_over or self.test or is_taken_care_of):
            label, what = ("Acknowledge all", "all") if is_group else ("Acknowledge", "1")
            found.append((label, f"{self.link}?acknowledge={what}"))
        if self.content.runbook_url:
            found.append(("Runbook", self.content.runbook_url))
        return [(label, safe_link(address)) for label, address in found]

    @property
    def lasted(self) -> str:
        """How long it took from beginning to end."""
        return format_duration(timedelta(seconds=self.content.duration_seconds or 0))


def notice_of(
    row: Alert, at: datetime, public_url: str, send: Send, thread: str | None = None
) -> Notification:
    """Write the notice of an alert row."""
    number = f".{row.number}" if row.number else ""
    # The page of each of its incidents shows the whole group.
    group = row.content.group
    shown = row.incident_id if group is None else group.members[0].incident_id
    return Notification(
        key=f"{row.incident_id}.{row.kind}.{row.channel_id}{number}",
        incident_id=row.incident_id,
        monitor_id=row.monitor_id,
        kind=row.kind,
        content=row.content,
        at=at,
        combined=send.combined,
        repeat=send.repeat,
        overtaken=send.overtaken,
        instead_of=row.instead_of,
        thread=thread,
        is_update=row.is_update,
        link=f"{public_url}/incidents/{shown}" if public_url else None,
    )


def example_notice(channel_id: str, at: datetime, public_url: str) -> Notification:
    """Write an example that nobody can mistake for an outage."""
    vote = Vote(
        region="eu-west-1",
        outcome=Outcome.FAILURE,
        purpose=Purpose.MANUAL,
        started_at=at,
        error="connect_refused",
        detail="nothing listens at 192.0.2.1:443",
    )
    content = AlertContent(
        monitor_name="Example monitor (test message)",
        monitor_kind="http",
        target="https://example.org/",
        sentence="This is what an alert of SentinelMesh looks like.",
        cause="connect_refused",
        cause_detail="nothing listens at 192.0.2.1:443",
        opened_at=at,
        confirmed_at=at,
        detection_delay_ms=1800,
        votes=(vote,),
    )
    return Notification(
        key=f"test.{channel_id}.{text(at)}",
        incident_id="inc_test",
        monitor_id="mon_test",
        kind=AlertKind.OPENED,
        content=content,
        at=at,
        test=True,
        link=public_url or None,
    )


def _words_of(content: AlertContent) -> tuple[str, str]:
    """Return what a monitor or the members of a group are, and what they are afterwards."""
    bad, well = WORDS.get(content.severity, OTHER_WORDS)
    counts = content.group.severities if content.group is not None else {}
    words = [f"{count} {severity_word(severity).upper()}" for severity, count in counts.items()]
    return ", ".join(words) or bad, well


def _end_of_some(group: Group, name: str, well: str) -> str:
    """Return the title where some of many last, or were paused or deleted."""
    if not group.recovered:
        return f"{group.closed} of {name} closed"
    closed = f", {group.closed} closed" if group.closed else ""
    return f"{group.recovered} of {name} {well}{closed}"


def _failing(votes: Sequence[Vote], told: str) -> str:
    """List the regions that fail, with their reasons where these are not told already."""
    failing = [vote for vote in votes if vote.outcome is Outcome.FAILURE]
    if {reason_of(vote) for vote in failing} == {told}:
        return _regions(votes, Outcome.FAILURE)
    return format_list(f"{vote.region} ({reason_of(vote)})" for vote in failing)


def _regions(votes: Sequence[Vote], outcome: Outcome) -> str:
    return format_list(vote.region for vote in votes if vote.outcome is outcome)
