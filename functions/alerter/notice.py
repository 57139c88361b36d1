"""What a message says, before any channel gives it a form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sentinelmesh.domain.alert import Alert, AlertContent, AlertKind
from sentinelmesh.domain.delivery import Send
from sentinelmesh.domain.incident import Vote
from sentinelmesh.domain.instant import text
from sentinelmesh.domain.result import Outcome, Purpose
from sentinelmesh.domain.sentences import list_of, reason_of, span

REPEAT_MARK = "Repeat: this may have reached you already."
OVERTAKEN_MARK = "Late: you have heard of a newer outage already; this is about the one before."
TEST_MARK = "Test: somebody asked for this message; nothing is down."

# Control characters, line and paragraph separators, halves of surrogate pairs.
BREAKING = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")
# Characters that turn the direction of what is around them, or are invisible.
TURNING = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def one_line(written: str) -> str:
    r"""Take from hostile text what could break a line or turn its direction.

    >>> one_line("Shop\r\nBcc: all\u202egpj.exe ")
    'Shop Bcc: allgpj.exe'
    """
    return TURNING.sub("", BREAKING.sub(" ", written)).strip()


def moment(instant: datetime) -> str:
    """Write an instant for people, to the second.

    >>> moment(datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC))
    '2026-01-02 03:04:05 UTC'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one channel.

    Args:
        key: stable name of the message: the same for every attempt to deliver it.
        combined: beginning and end of an outage in one message.
        repeat: it may have been delivered before.
        overtaken: the channel heard of a newer outage already.
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
    link: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it tells of an end."""
        return self.kind is AlertKind.RESOLVED or self.combined

    @property
    def title(self) -> str:
        """One line: what happened to what."""
        name = one_line(self.content.monitor_name)
        if not self.is_over:
            return f"DOWN: {name}"
        lasted = self._lasted()
        if self.overtaken:
            return f"Earlier outage over: {name} was down for {lasted}"
        if self.combined:
            return f"UP again: {name} was down for {lasted}"
        return f"UP again: {name} after {lasted}"

    @property
    def sentence(self) -> str:
        """Why, in plain words."""
        return one_line(self.content.sentence)

    @property
    def mark(self) -> str | None:
        """A warning in front of everything else, if there is one."""
        if self.test:
            return TEST_MARK
        marks = (self.repeat and REPEAT_MARK, self.overtaken and OVERTAKEN_MARK)
        return " ".join(mark for mark in marks if mark) or None

    def facts(self) -> list[tuple[str, str]]:
        """What somebody wants to know at 3 a.m., as labels and values, most important first."""
        content = self.content
        found = [
            ("Target", content.target),
            ("Reason", content.cause_detail or content.cause),
            ("Down since", moment(content.opened_at)),
        ]
        if self.is_over and content.resolved_at is not None:
            found += [("Up since", moment(content.resolved_at)), ("Duration", self._lasted())]
        found += [
            ("Failing in", _seen(content.votes, Outcome.FAILURE)),
            ("Working in", _seen(content.votes, Outcome.SUCCESS)),
            ("No answer from", _seen(content.votes, Outcome.UNKNOWN)),
        ]
        if not self.is_over:
            found.append(("Detected after", f"{content.detection_delay_ms / 1000:.1f} s"))
        return [(label, one_line(value)) for label, value in found if value]

    def _lasted(self) -> str:
        return span(timedelta(seconds=self.content.duration_seconds or 0))


def notice_of(row: Alert, at: datetime, public_url: str, send: Send) -> Notice:
    """Write the notice of an alert row."""
    return Notice(
        key=f"{row.incident_id}.{row.kind}.{row.channel_id}",
        incident_id=row.incident_id,
        monitor_id=row.monitor_id,
        kind=row.kind,
        content=row.content,
        at=at,
        combined=send.combined,
        repeat=send.repeat,
        overtaken=send.overtaken,
        link=f"{public_url}/incidents/{row.incident_id}" if public_url else None,
    )


def example_notice(channel_id: str, at: datetime, public_url: str) -> Notice:
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
    return Notice(
        key=f"test.{channel_id}.{text(at)}",
        incident_id="inc_test",
        monitor_id="mon_test",
        kind=AlertKind.OPENED,
        content=content,
        at=at,
        test=True,
        link=public_url or None,
    )


def _seen(votes: Sequence[Vote], outcome: Outcome) -> str:
    """List the regions of an outcome, with their reasons where these differ from success."""
    chosen = [vote for vote in votes if vote.outcome is outcome]
    if outcome is Outcome.FAILURE:
        return list_of(f"{vote.region} ({reason_of(vote)})" for vote in chosen)
    return list_of(vote.region for vote in chosen)
