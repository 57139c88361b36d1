"""How soon outages are found on a running mesh, with quick detection and without, and at what cost.

Half of the monitors of each case has it, the other half has not; all break at the same moment. The
delay counts from the start of the first failing probe, verification included.
"""

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from benchmarks.report import Bar, Report
from sentinelmesh.domain.monitors.schedule import slot_at
from tests.scenes.client import Mesh, at, fetch

OUTAGES = 10
# Within the timeout, and long after others are asked.
SLOW = "slow?ms=1900"
WATCHED = timedelta(minutes=3)
GROUPS = {"without": False, "with": True}
RANKS = {"least": 0, "p50": 50, "p90": 90, "worst": 100}


@dataclass
class Door:
    """A port that listens or refuses, and serves nothing: a TCP target."""

    port: int = 0
    listener: socket.socket | None = None

    def open(self) -> None:
        """Listen; the first time on any free port."""
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(64)
        self.port = self.listener.getsockname()[1]

    def close(self) -> None:
        """Refuse from now on."""
        if self.listener:
            self.listener.close()


@contextmanager
def doors(count: int) -> Iterator[list[Door]]:
    """Open so many doors for a while."""
    opened = [Door() for _ in range(count)]
    for door in opened:
        door.open()
    try:
        yield opened
    finally:
        for door in opened:
            door.close()


@dataclass(frozen=True)
class Case:
    """One way to break, tried on monitors of one kind.

    Args:
        fields: of each monitor.
        most_ms: how long the middle one may take until it is decided.
        silent: its target takes requests and never answers, instead of refusing them.
    """

    name: str
    fields: Mapping[str, Any]
    most_ms: int
    silent: bool = False


CASES = (
    Case("refused", {}, 2_500),
    Case("black_hole_3s", {"timeout_ms": 3000}, 8_000, silent=True),
    Case("black_hole_10s", {"timeout_ms": 10_000, "interval_seconds": 20}, 15_000, silent=True),
    Case(
        "refused_one_region",
        {"regions": ["eu-west-1"], "timeout_ms": 5000, "interval_seconds": 60},
        25_000,
    ),
)


def measured(mesh: Mesh, case: Case) -> dict[str, Any]:
    """Break the targets of both halves, and see when each outage is decided and told."""
    with doors(0 if case.silent else 2 * OUTAGES) as opened:
        ids = {
            group: _monitors(mesh, case, group, opened[place * OUTAGES :])
            for place, group in enumerate(GROUPS)
        }
        every = [each for group in ids.values() for each in group]
        for monitor_id in every:
            mesh.await_status(monitor_id, "up", 200)
        for door in opened:
            door.close()
        if case.silent:
            for group in GROUPS:
                for count in range(OUTAGES):
                    mesh.switch(f"bench-{case.name}-{group}-{count}", "hang")
        for monitor_id in every:
            mesh.await_status(monitor_id, "down", 400)
        time.sleep(5)
        answer = {group: _figures(mesh, case, group, ids[group]) for group in GROUPS}
    remove(mesh, every)
    return answer


def _monitors(mesh: Mesh, case: Case, group: str, opened: Sequence[Door]) -> list[str]:
    url = f"{mesh.run['targets_url']}/receivers/bench-{case.name}-{group}"
    body = {"name": f"{case.name} {group}", "kind": "webhook", "webhook": {"url": url}}
    fields = {
        **case.fields,
        "channels": [mesh.post("/v1/channels", body)["id"]],
        "verification": {"quick_detection": GROUPS[group]},
    }
    if case.silent:
        names = [f"bench-{case.name}-{group}-{count}" for count in range(OUTAGES)]
        return [mesh.add_monitor(name, mesh.target(name), **fields) for name in names]
    return [
        mesh.add_monitor(
            f"{case.name} {group} {door.port}", f"127.0.0.1:{door.port}", kind="tcp", **fields
        )
        for door in opened[:OUTAGES]
    ]


def _figures(mesh: Mesh, case: Case, group: str, ids: Sequence[str]) -> dict[str, Any]:
    incidents = [mesh.incidents(monitor_id)[0] for monitor_id in ids]
    inbox = fetch(
        "GET", f"{mesh.run['targets_url']}/receivers/bench-{case.name}-{group}", None, {}
    ).body
    opened = {each["id"]: at(each["opened_at"]) for each in incidents}
    told = [
        (at(message["received_at"]) - opened[about]) / timedelta(milliseconds=1)
        for message in inbox
        if (about := message["body"]["data"]["incident"]["id"]) in opened
    ]
    return {
        "decided_ms": spread([each["detection_delay_ms"] for each in incidents]),
        "told_ms": spread(told),
        "messages": len(inbox),
        **_cost(mesh, incidents),
    }


def _cost(mesh: Mesh, incidents: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Count the checks that no timetable asked for, per outage, up to its confirmation."""
    asked = again = 0
    for incident in incidents:
        monitor = mesh.monitor(incident["monitor_id"])
        for each in mesh.results(monitor["id"]):
            if each["purpose"] != "verification":
                continue
            if at(each["scheduled_at"]) > at(incident["confirmed_at"]):
                continue
            slot = at(each["slot"])
            is_planned = slot_at(monitor["id"], monitor["interval_seconds"], slot) == slot
            asked, again = asked + is_planned, again + (not is_planned)
    count = len(incidents)
    return {"verifying_checks": asked / count, "rechecks": again / count}


def spread(figures: Sequence[float]) -> dict[str, float | None]:
    """Return a distribution: nearest ranks of what was measured."""
    ordered = sorted(figures)
    return {
        name: round(ordered[round((len(ordered) - 1) * rank / 100)]) if ordered else None
        for name, rank in RANKS.items()
    }


def slow_but_well(mesh: Mesh) -> dict[str, Any]:
    """Watch targets that are well and always slow: what asking early costs where nothing is wrong.

    Each prober has to learn what is usual, from ten answers.
    """
    answer = {}
    for group, quick in GROUPS.items():
        fields = {"verification": {"quick_detection": quick}}
        answer[group] = [
            mesh.add_monitor(f"slow {group} {count}", f"{mesh.run['targets_url']}/{SLOW}", **fields)
            for count in range(OUTAGES)
        ]
    time.sleep(WATCHED.total_seconds())
    figures = {group: _calm(mesh, ids) for group, ids in answer.items()}
    remove(mesh, [each for ids in answer.values() for each in ids])
    return figures


def _calm(mesh: Mesh, ids: Sequence[str]) -> dict[str, Any]:
    results = [each for monitor_id in ids for each in mesh.results(monitor_id)]
    purposes = [each["purpose"] for each in results]
    rows = [row["rule"] for monitor_id in ids for row in mesh.ledger(monitor_id)]
    return {
        "scheduled_checks": purposes.count("scheduled"),
        "extra_checks": purposes.count("verification"),
        "suspicions": rows.count("suspected"),
    }


def remove(mesh: Mesh, ids: Sequence[str]) -> None:
    """Delete monitors."""
    with ThreadPoolExecutor(4) as lanes:
        list(lanes.map(lambda each: mesh.call("DELETE", f"/v1/monitors/{each}"), ids))


def report_of(figures: Mapping[str, Any]) -> Report:
    """Write the cases that were measured as a table, with the bars that they have to keep."""
    measured_cases = [each for each in CASES if each.name in figures]
    rows = [
        (f"{case.name} {group}", *figures[case.name][group]["decided_ms"].values(),
         *figures[case.name][group]["told_ms"].values(),
         figures[case.name][group]["verifying_checks"], figures[case.name][group]["rechecks"])
        for case in measured_cases
        for group in GROUPS
    ]  # fmt: skip
    remarks = ["Milliseconds from the start of the first failing probe; checks are per outage."]
    if "slow_but_well" in figures:
        calm = figures["slow_but_well"]["with"]
        remarks.append(
            f"Targets that are slow and well: {calm['extra_checks']} extra checks beside "
            f"{calm['scheduled_checks']} of the timetable while probers learn what is usual."
        )
    return Report(
        name="detection",
        title="Detection on the running mesh, without and with quick detection",
        columns=(
            "",
            *(f"{what} {rank}" for what in ("decided", "told") for rank in RANKS),
            "verifying",
            "re-checks",
        ),
        rows=rows,
        bars=[
            Bar(
                name=f"{each.name}, decided p50 in ms",
                figure=figures[each.name]["with"]["decided_ms"]["p50"],
                most=each.most_ms,
            )
            for each in measured_cases
        ],
        remarks=remarks,
    )


MEASURES: Mapping[str, Callable[[Mesh], Any]] = {
    **{each.name: lambda mesh, case=each: measured(mesh, case) for each in CASES},
    "slow_but_well": slow_but_well,
}
