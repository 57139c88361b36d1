"""What really happened in a life: what each probe met, who was away when, what was announced.

Written down by the stand-ins themselves (targets, regions, tables), in the words that are stored:
nothing here goes through the rules of the mesh, so that its decisions can be held against it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fake_aws.hub import Hub
from tests.fake_aws.tables import Table, TableChange

# What a region reports then is not believed, nor is it expected to be.
DOUBTFUL = frozenset({"sick", "doubted"})
FAR_FUTURE = datetime.max.replace(tzinfo=UTC)
MANUAL = "manual"
OUTAGE, DEGRADED = "outage", "degraded"
# A region is believed again at the latest when what it failed for was long ago.
MAX_DOUBT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Visit:
    """One probe as its target met it.

    Args:
        fails: it met trouble; None where the prober had no way to anything.
        is_degraded: the target works, but not as it should.
    """

    monitor_id: str
    revision: int
    slot: datetime
    region: str
    purpose: str
    at: datetime
    fails: bool | None
    is_degraded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A monitor as people configured it, from one change on."""

    monitor_id: str
    since: datetime
    target: str
    kind: str
    regions: tuple[str, ...]
    interval: timedelta
    timeout: timedelta
    is_rotating: bool
    revision: int
    enabled_at: datetime
    grace: timedelta
    is_paused: bool


@dataclass(slots=True)
class Outage:
    """An incident as it was announced: an outage, or a target that is degraded.

    Args:
        opened_at: what the mesh says when it began.
        decided_at: when the row was written.
        closed_at: when the row was closed; None while it is open.
        subject: the monitor as it was when the row was written.
        is_restless: it flapped at some time: it stays open while the target comes and goes.
    """

    incident_id: str
    opened_at: datetime
    decided_at: datetime
    subject: Subject
    closed_at: datetime | None = None
    resolved_at: datetime | None = None
    is_restless: bool = False

    def is_open(self, at: datetime) -> bool:
        """Return True if the incident was open at a moment."""
        return self.decided_at <= at and (self.closed_at is None or at < self.closed_at)


@dataclass(slots=True)
class Absence:
    """A time in which regions could not take part.

    Args:
        kind: "away", "offline", "sick", "cut", or "doubted": it failed for so many
            that the mesh may not believe its failures.
    """

    regions: frozenset[str]
    kind: str
    begins: datetime
    ends: datetime = FAR_FUTURE

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Return True if some of it lies between two moments."""
        return self.begins < end and self.ends > start


@dataclass
class GroundTruth:
    """Everything that happened, by monitor."""

    hub: Hub
    # What people asked for when they added a monitor, by its target.
    wishes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    visits: dict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    # When each result became readable, and its outcome, by monitor, slot and region.
    stored: dict[tuple[str, datetime, str], list[tuple[datetime, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    subjects: dict[str, list[Subject]] = field(default_factory=lambda: defaultdict(list))
    outages: dict[str, list[Outage]] = field(default_factory=lambda: defaultdict(list))
    degradations: dict[str, list[Outage]] = field(default_factory=lambda: defaultdict(list))
    # What the mesh says which regions fail, from one moment on.
    failing: dict[str, list[tuple[datetime, frozenset[str]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    absences: list[Absence] = field(default_factory=list)
    # What the API says in the end of how long each monitor was up and down.
    uptimes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    uptimes_read_at: datetime | None = None

    def follow(self, tables: Mapping[str, Table]) -> None:
        """Listen to every change of the tables that tell of monitors, results and incidents."""
        tables["monitors"].listeners.append(self._monitor)
        tables["results"].listeners.append(self._result)
        tables["incidents"].listeners.append(self._incident)
        tables["states"].listeners.append(self._state)

    def begin_absence(self, kind: str, *regions: str) -> None:
        """Note that regions are away from now on."""
        self.absences.append(Absence(frozenset(regions), kind, self.hub.now))

    def doubt(self, region: str, begins: datetime, ends: datetime) -> None:
        """Note that a region's failures may not be believed, nor for a while after."""
        absence = Absence(frozenset({region}), "doubted", begins, ends + MAX_DOUBT)
        self.absences.append(absence)

    def is_doubted(self, region: str, at: datetime) -> bool:
        """Return True if a region was in trouble itself, or was until shortly before a moment."""
        return any(
            region in each.regions and each.kind in DOUBTFUL and each.begins <= at < each.ends
            for each in self.absences
        )

    def end_absences(self, kind: str, *regions: str) -> None:
        """Note that regions are back."""
        for each in list(self.absences):
            if (each.kind, each.regions, each.ends) == (kind, frozenset(regions), FAR_FUTURE):
                each.ends = self.hub.now
                if kind == "sick":
                    self.doubt(regions[0], each.begins, each.ends)

    def subject_at(self, monitor_id: str, at: datetime) -> Subject | None:
        """Return how a monitor was configured at a moment."""
        known = [each for each in self.subjects[monitor_id] if each.since <= at]
        return known[-1] if known else None

    def quorum_of(self, subject: Subject) -> int:
        """Return the failing regions of an outage: as asked for, or more than half of them."""
        asked = self._verification(subject).get("quorum")
        return int(asked or len(subject.regions) // 2 + 1)

    def confirm_after_of(self, subject: Subject) -> int:
        """Return the confirmed rounds of an outage: as asked for, or three if nobody else looks.

        What a job said is no matter of opinion: one look is enough.
        """
        asked = self._verification(subject).get("confirm_after")
        is_plain = len(subject.regions) > 1 or subject.kind == "heartbeat"
        return int(asked or (1 if is_plain else 3))

    def recover_after_of(self, subject: Subject) -> int:
        """Return the passing rounds that end an outage."""
        return int(self._verification(subject).get("recover_after") or 1)

    def announces_degraded(self, subject: Subject) -> bool:
        """Return True if people want to hear of a target that works, but not as it should."""
        return bool(self._verification(subject).get("degraded_incidents"))

    def _verification(self, subject: Subject) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.wishes[subject.target].get("verification", {})
        return found

    def _monitor(self, change: TableChange) -> None:
        name = change.key["monitor_id"]["S"]
        item = change.after
        if item is None:
            # Nobody watches what was deleted.
            gone = replace(self.subjects[name][-1], since=self.hub.now, is_paused=True)
            self.subjects[name].append(gone)
            return
        self.subjects[name].append(_read_subject(item, self.hub.now))

    def _result(self, change: TableChange) -> None:
        item = change.after
        # A row that has lost its fields says nothing about its target.
        if item is not None and item.get("purpose", {"S": MANUAL})["S"] != MANUAL:
            key = (item["monitor_id"]["S"], _moment(item["slot"]), item["region"]["S"])
            self.stored[key].append((self.hub.now, item["outcome"]["S"]))

    def _incident(self, change: TableChange) -> None:
        item = change.after
        announced = {OUTAGE: self.outages, DEGRADED: self.degradations}
        if item is None or item["severity"]["S"] not in announced:
            return
        known = announced[item["severity"]["S"]][change.key["monitor_id"]["S"]]
        name = change.key["incident_id"]["S"]
        outage = next((each for each in known if each.incident_id == name), None)
        if outage is None:
            subject = self.subjects[change.key["monitor_id"]["S"]][-1]
            outage = Outage(name, _moment(item["opened_at"]), self.hub.now, subject)
            known.append(outage)
        outage.is_restless |= item["flapping"]["BOOL"] or bool(item["flips"]["L"])
        if item["state"]["S"] != "open" and outage.closed_at is None:
            outage.closed_at = self.hub.now
            if item["state"]["S"] == "resolved" and "resolved_at" in item:
                outage.resolved_at = _moment(item["resolved_at"])

    def _state(self, change: TableChange) -> None:
        if change.after is not None:
            names = frozenset(each["S"] for each in change.after["failing_regions"]["L"])
            self.failing[change.key["monitor_id"]["S"]].append((self.hub.now, names))


def _moment(written: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(written["S"])


def _read_subject(item: Mapping[str, Any], since: datetime) -> Subject:
    return Subject(
        monitor_id=item["monitor_id"]["S"],
        since=since,
        target=item["target"]["S"],
        kind=item["kind"]["S"],
        regions=tuple(each["S"] for each in item["regions"]["L"]),
        interval=timedelta(seconds=int(item["interval_seconds"]["N"])),
        timeout=timedelta(milliseconds=int(item["timeout_ms"]["N"])),
        is_rotating=item["strategy"]["S"] == "rotate",
        revision=int(item["revision"]["N"]),
        enabled_at=_moment(item["enabled_at"]),
        grace=timedelta(seconds=int(item["grace_period_seconds"]["N"])),
        is_paused=item["paused"]["BOOL"],
    )


def by_slot(visits: list[Visit]) -> Iterator[tuple[datetime, list[Visit]]]:
    """Iterate over the visits of each slot, oldest slot first."""
    groups: dict[datetime, list[Visit]] = defaultdict(list)
    for each in visits:
        groups[each.slot].append(each)
    yield from sorted(groups.items())


def may_have_worked(truth: GroundTruth, subject: Subject, before: datetime) -> bool:
    """Return True if any probe found that a target works since its monitor was enabled."""
    return any(
        each.fails is False and subject.enabled_at <= each.at < before
        for each in truth.visits[subject.monitor_id]
    )


def has_worked(truth: GroundTruth, subject: Subject, before: datetime) -> bool:
    """Return True if it worked in some slot, and nothing failed in the same one."""
    recent = [
        each
        for each in truth.visits[subject.monitor_id]
        if subject.enabled_at <= each.at < before and each.fails is not None
    ]
    return any(not any(each.fails for each in group) for _, group in by_slot(recent))
