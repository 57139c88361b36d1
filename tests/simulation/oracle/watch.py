"""What must hold at every single step, seen by whoever is told of every change."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fake_aws.account import Cloud
from tests.fake_aws.tables import TableChange

# A decision reads the channels a moment before it commits: a change in between may be seen or not.
CHANNELS_SETTLE = timedelta(seconds=20)


@dataclass
class Watch:
    """Looks at every change of every table."""

    cloud: Cloud
    violations: list[str] = field(default_factory=list)
    # Alert rows that each decision owed, by incident and kind: those certain, those possible.
    owed: dict[tuple[str, str], tuple[set[str], set[str]]] = field(default_factory=dict)
    # When each result became readable, by its key.
    arrived: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _open: Counter[str] = field(default_factory=Counter)
    # Incidents that are about not knowing, rather than about the target.
    _unknown: set[str] = field(default_factory=set)
    _channels: dict[str, tuple[datetime, Mapping[str, Any] | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for owner, look in {
            "results": self._result,
            "incidents": self._incident,
            "transitions": self._transition,
            "directory": self._directory,
        }.items():
            self.cloud.table(owner).listeners.append(look)

    def _object(self, text: str) -> None:
        self.violations.append(text)
        self.cloud.tell(f"VIOLATION {text}")

    def _result(self, change: TableChange) -> None:
        """I2: a result is put once and never changed."""
        key = (change.key["monitor_id"]["S"], change.key["slot_key"]["S"])
        self.arrived.setdefault(key, self.cloud.hub.now)
        if change.name != "INSERT":
            self._object(f"I2: a result was changed: {change.key}")

    def _incident(self, change: TableChange) -> None:
        """I3: one open incident per monitor at most, at every moment."""
        monitor = change.key["monitor_id"]["S"]
        was, is_open = (
            item is not None and item["state"]["S"] == "open"
            for item in (change.before, change.after)
        )
        self._open[monitor] += is_open - was
        if self._open[monitor] > 1:
            self._object(f"I3: {monitor} has {self._open[monitor]} open incidents")
        if change.name == "REMOVE":
            self._object(f"I3: an incident was removed: {change.key}")

    def _transition(self, change: TableChange) -> None:
        """I3: the ledger is appended; I4: note which alert rows a transition owes."""
        if change.name != "INSERT" or change.after is None:
            self._object(f"I3: the ledger was changed: {change.key}")
            return
        row = change.after
        kind = row["tells"]["S"] if "tells" in row else None
        if kind is not None and row["rule"]["S"] == "blind":
            self._unknown.add(row["incident_id"]["S"])
        if kind is not None:
            self._owe(row["incident_id"]["S"], row["monitor_id"]["S"], kind)
        if kind is not None and "superseded" in row:
            end = "stable" if row["rule"]["S"] == "stable" else "resolved"
            self._owe(row["superseded"]["S"], row["monitor_id"]["S"], end)

    def _owe(self, incident: str, monitor: str, kind: str) -> None:
        is_told = self._routing(monitor)
        certain, possible = set(), set()
        for channel, (changed_at, before) in self._channels.items():
            now = self._current(channel)
            wanted = "unknown" if incident in self._unknown else kind
            takes = [_takes(item, wanted) for item in (before, now)]
            if not is_told(channel, now or before or {}):
                continue
            settled = self.cloud.hub.now - changed_at > CHANNELS_SETTLE
            if takes[1] and (settled or takes[0]):
                certain.add(channel)
            if takes[1] or (not settled and takes[0]):
                possible.add(channel)
        self.owed[incident, kind] = (certain, possible)

    def _routing(self, monitor: str) -> Callable[[str, Mapping[str, Any]], bool]:
        """Return who is notified of a monitor: by its names, by its tags, by its steps."""
        item = self.cloud.table("monitors").get({"monitor_id": {"S": monitor}}) or {}
        chosen = _texts(item["channels"]) if "channels" in item else None
        tags, steps = _texts(item.get("tags")), self._steps(item)

        def is_told(channel: str, written: Mapping[str, Any]) -> bool:
            wanted = _texts(written.get("tags"))
            by_tag = not wanted or bool(wanted & tags)
            return channel in steps or (by_tag if chosen is None else channel in chosen)

        return is_told

    def _steps(self, monitor: Mapping[str, Any]) -> set[str]:
        if "escalation_policy" not in monitor:
            return set()
        key = {"kind": {"S": "escalation_policy"}, "id": monitor["escalation_policy"]}
        policy = self.cloud.table("directory").get(key)
        steps = policy["steps"]["L"] if policy else []
        return {name for step in steps for name in _texts(step["M"]["channels"])}

    def _current(self, channel: str) -> Mapping[str, Any] | None:
        key = {"kind": {"S": "channel"}, "id": {"S": channel}}
        return self.cloud.table("directory").get(key)

    def _directory(self, change: TableChange) -> None:
        if change.key["kind"]["S"] == "channel":
            self._channels[change.key["id"]["S"]] = (self.cloud.hub.now, change.before)


def _takes(channel: Mapping[str, Any] | None, kind: str) -> bool:
    if channel is None or not channel["enabled"]["BOOL"]:
        return False
    if kind == "unknown":
        return "announces_unknown" not in channel or channel["announces_unknown"]["BOOL"]
    wanted = {"flapping": "opened", "stable": "resolved"}.get(kind, kind)
    return any(event["S"] == wanted for event in channel["events"]["L"])


def _texts(written: Mapping[str, Any] | None) -> set[str]:
    return {each["S"] for each in written["L"]} if written else set()
