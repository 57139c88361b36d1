"""What the running local mesh does: detection delay, and the checks per second that it sustains.

Start a mesh first (`make run FRESH=1`), then `make bench-mesh`. The delay counts from the start of
the first failing probe to the decision, and to the webhook's arrival, verification included.
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any, TypeVar

from tests.scenes.client import Mesh, at, fetch, until

T = TypeVar("T")

OUTAGES = 20
BLACK_HOLE_TIMEOUT_MS = 3000
STEPS = (250, 500, 1000, 1500, 2000, 2500)


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


def detection(
    mesh: Mesh, name: str, ids: list[str], break_all: Callable[[], None]
) -> dict[str, Any]:
    """Break all targets of some monitors, and see when each is decided and told."""
    for monitor_id in ids:
        mesh.await_status(monitor_id, "up", 120)
    break_all()
    for monitor_id in ids:
        mesh.await_status(monitor_id, "down", 240)
    time.sleep(5)
    incidents = [mesh.incidents(monitor_id)[0] for monitor_id in ids]
    decided = [each["detection_delay_ms"] for each in incidents]
    told = _told(mesh, name, incidents)
    return {
        "outages": len(ids),
        "decided_ms": {"p50": median(decided), "worst": max(decided)},
        "told_ms": {"p50": median(told), "worst": max(told)} if told else None,
    }


def _told(mesh: Mesh, name: str, incidents: list[dict[str, Any]]) -> list[float]:
    """Delay from the first failing probe to the webhook's arrival, per incident."""
    inbox = fetch("GET", f"{mesh.run['targets_url']}/receivers/bench-{name}", None, {}).body
    opened = {each["id"]: at(each["opened_at"]) for each in incidents}
    return [
        (at(message["received_at"]) - opened[told]) / timedelta(milliseconds=1)
        for message in inbox
        if (told := message["body"]["data"]["incident"]["id"]) in opened
    ]


def channel(mesh: Mesh, name: str) -> str:
    """Add a webhook channel with an inbox of its own."""
    url = f"{mesh.run['targets_url']}/receivers/bench-{name}"
    created = mesh.post("/v1/channels", {"name": name, "kind": "webhook", "webhook": {"url": url}})
    channel_id: str = created["id"]
    return channel_id


def refused(mesh: Mesh) -> dict[str, Any]:
    """Ports that stop listening."""
    heard = channel(mesh, "refused")
    with doors(OUTAGES) as opened:
        ids = [
            mesh.add_monitor(
                f"Door {door.port}", f"127.0.0.1:{door.port}", kind="tcp", channels=[heard]
            )
            for door in opened
        ]
        answer = detection(mesh, "refused", ids, lambda: _each(opened, Door.close))
    _remove(mesh, ids)
    return answer


def black_hole(mesh: Mesh) -> dict[str, Any]:
    """Servers that take the request and fall silent."""
    heard = channel(mesh, "black-hole")
    names = [f"bench-hole-{count}" for count in range(OUTAGES)]
    ids = [
        mesh.add_monitor(
            name, mesh.target(name), timeout_ms=BLACK_HOLE_TIMEOUT_MS, channels=[heard]
        )
        for name in names
    ]
    answer = detection(
        mesh, "black-hole", ids, lambda: _each(names, lambda name: mesh.switch(name, "hang"))
    )
    _remove(mesh, ids)
    return {**answer, "timeout_ms": BLACK_HOLE_TIMEOUT_MS}


def _each(things: Iterable[T], act: Callable[[T], None]) -> None:
    for thing in things:
        act(thing)


def _remove(mesh: Mesh, ids: list[str]) -> None:
    with ThreadPoolExecutor(4) as lanes:
        list(lanes.map(lambda each: mesh.call("DELETE", f"/v1/monitors/{each}"), ids))


def sustained(mesh: Mesh) -> list[dict[str, Any]]:
    """Add monitors at 10 s until a minute's slots are no longer all probed."""
    ids: list[str] = []
    steps = []
    for wanted in STEPS:
        with ThreadPoolExecutor(4) as lanes:
            more = range(len(ids), wanted)
            ids += lanes.map(
                lambda count: mesh.add_monitor(f"Load {count}", mesh.target("load")), more
            )
        time.sleep(20)
        step = _one_minute(mesh, ids)
        steps.append(step)
        print(json.dumps(step), flush=True)
        if step["coverage_percent"] < 99:
            break
    _remove(mesh, ids)
    return steps


def _one_minute(mesh: Mesh, ids: list[str]) -> dict[str, Any]:
    """Watch a sample of the monitors for a minute."""
    sample = ids[:: max(1, len(ids) // 50)]
    start = datetime.now(UTC).replace(microsecond=0)
    time.sleep(60)
    end = start + timedelta(seconds=60)
    time.sleep(10)
    window = f"?from={start:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
    results = [each for monitor_id in sample for each in mesh.results(monitor_id, window)]
    made = [each for each in results if each["outcome"] == "success"]
    late = [each["lateness_ms"] for each in made] or [0, 0]
    covered = len(made) / (6 * len(sample))
    return {
        "monitors": len(ids),
        "planned_per_second": len(ids) / 10,
        "results_per_second": round(covered * len(ids) / 10, 1),
        "coverage_percent": round(100 * covered, 1),
        "lateness_ms_p50": median(late),
        "lateness_ms_p95": quantiles(late, n=20)[-1],
    }


def main() -> int:
    """Run what was asked for and write the figures down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default=".local/run.json", help="run.json of the running mesh")
    parser.add_argument("what", nargs="*", default=["refused", "black_hole", "sustained"])
    options = parser.parse_args()
    path = Path(options.run)
    if not path.exists():
        print("No mesh is running here: start one with `make run FRESH=1` in another terminal.")
        return 1
    mesh = Mesh(json.loads(path.read_text()))
    until(lambda: mesh.call("GET", "/health").status, lambda status: status == 200, "health", 60)
    measures: dict[str, Callable[[Mesh], Any]] = {
        "refused": refused,
        "black_hole": black_hole,
        "sustained": sustained,
    }
    figures = {name: measures[name](mesh) for name in options.what}
    written = json.dumps(figures, indent=2)
    print(written)
    out = Path("benchmarks/results/running_mesh.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(written + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
