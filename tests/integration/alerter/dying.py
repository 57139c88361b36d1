"""Scenes in which processes die, calls fail and others step in, each on a channel of its own."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.errors import DeliveryFailed
from tests.integration.alerter.alerting import AlertStage, Record
from tests.support.alerts import an_alert, an_incident, content_of, resolved
from tests.support.builders import a_channel
from tests.support.calls import Crash

LONGEST = timedelta(hours=1)


@dataclass
class Take:
    """One run of a scene.

    Args:
        records: those by which the stream tells of the rows.
        by_sweep: wake-ups are lost, and the sweep has to find what is left to do.
    """

    stage: AlertStage
    rows: list[Alert]
    records: list[Record]
    by_sweep: bool = False

    @property
    def told(self) -> list[Notification]:
        """What the channel was told because of the rows, oldest first."""
        mine = {f"{row.incident_id}.{row.kind}.{row.channel_id}" for row in self.rows}
        taken = [*self.stage.keyless.taken, *self.stage.keyed.taken]
        return [notice for notice in taken if notice.key in mine]

    @property
    def now(self) -> list[Alert]:
        """The rows as they are now."""
        return [self.stage.row(row) for row in self.rows]

    def deliver(self) -> None:
        """Have a process take the records; it may die."""
        with suppress(Crash):
            self.stage.deliver(self.records)

    def recover(self) -> None:
        """Deliver the records again, then wake or sweep until nothing is left to do."""
        self.stage.calls.before = self.stage.calls.after = None
        self.stage.now += timedelta(seconds=1)
        self.deliver()
        end = self.stage.now + LONGEST
        while unfinished := [row for row in self.now if not row.finished]:
            assert self.stage.now < end
            soonest = min(row.due_at for row in unfinished)
            self.stage.now = max(self.stage.now + timedelta(seconds=20), soonest)
            if self.by_sweep:
                self.stage.sweep()
            else:
                self.stage.wake(*self.rows)


Scene = Callable[[AlertStage, int, str], Take]


def _incident(number: int) -> Incident:
    return an_incident(monitor_id=f"mon_{number}", incident_id=f"inc_{number:03}")


def _row(incident: Incident, kind: AlertKind, number: int, channel_kind: str) -> Alert:
    short = content_of(incident, votes=(), tags=())  # moto takes long over long items
    return an_alert(
        incident, kind, channel_id=f"ch_{number}", channel_kind=channel_kind, content=short
    )


def announcement(stage: AlertStage, number: int, channel_kind: str) -> Take:
    """An outage begins."""
    stage.at(seconds=5)
    stage.configure(a_channel(id=f"ch_{number}", kind=channel_kind))
    incident = _incident(number)
    row = _row(incident, AlertKind.OPENED, number, channel_kind)
    return Take(stage, [row], stage.happen(incident, row))


def end(stage: AlertStage, number: int, channel_kind: str) -> Take:
    """An outage that was announced ends."""
    begun = announcement(stage, number, channel_kind)
    begun.deliver()
    stage.at(minutes=4)
    over = resolved(_incident(number))
    row = _row(over, AlertKind.RESOLVED, number, channel_kind)
    return Take(stage, [row], stage.happen(over, row))


def both_at_once(stage: AlertStage, number: int, channel_kind: str) -> Take:
    """Beginning and end are met together."""
    begun = announcement(stage, number, channel_kind)
    stage.at(minutes=4)
    over = resolved(_incident(number))
    row = _row(over, AlertKind.RESOLVED, number, channel_kind)
    records = stage.happen(over, row)
    return Take(stage, [*begun.rows, row], [*begun.records, *records])


def second_attempt(stage: AlertStage, number: int, channel_kind: str) -> Take:
    """The provider was busy at the first attempt, and the second one is due."""
    take = announcement(stage, number, channel_kind)
    sender = stage.keyed if channel_kind == "webhook" else stage.keyless
    sender.answer = _busy
    take.deliver()
    sender.answer = lambda _notice: "ok"
    stage.now = take.now[0].due_at
    return take


def second_look(stage: AlertStage, number: int, channel_kind: str) -> Take:
    """The same was told a moment ago of another outage; the quiet window ends now."""
    first = announcement(stage, number, channel_kind)
    first.deliver()
    incident = replace(_incident(number), incident_id=f"inc_{number:03}_b")
    row = _row(incident, AlertKind.OPENED, number, channel_kind)
    take = Take(stage, [row], stage.happen(incident, row))
    take.deliver()
    stage.now = take.now[0].due_at
    return take


def _busy(_notice: Notification) -> str:
    raise DeliveryFailed("HTTP 503 busy")


SCENES: tuple[Scene, ...] = (announcement, end, both_at_once, second_attempt, second_look)


def at_each_call(
    stage: AlertStage, scene: Scene, channel_kind: str, strike: Callable[[int, Take], None]
) -> list[Take]:
    """Play a scene once for each of its calls.

    Args:
        strike: arranges that something happens at the call of a number, which counts from 1.
    """
    takes = []
    for number in count(1):
        take = scene(stage, number, channel_kind)
        stage.calls.made.clear()
        strike(number, take)
        take.by_sweep = number % 2 == 0
        take.deliver()
        was_struck = len(stage.calls.made) >= number
        take.recover()
        takes.append(take)
        if not was_struck:
            break
    return takes
