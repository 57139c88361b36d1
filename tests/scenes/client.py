"""A person at the keyboard: speaks to the running mesh through HTTP and nothing else."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import Message
from typing import Any, TypeVar

T = TypeVar("T")
# Scenes share a small machine with other tests; waiting longer costs nothing where all is well.
PATIENCE = 4


@dataclass(frozen=True)
class Answer:
    """What the API said; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Mesh:
    """The running mesh, by the content of its run.json."""

    run: Mapping[str, Any]

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request with the first user's API token."""
        sent = {"Authorization": f"Bearer {self.run['api_token']}", **(headers or {})}
        if body is not None:
            raw = json.dumps(body).encode()
        if raw is not None:
            sent.setdefault("Content-Type", "application/json")
        return fetch(method, self.run["url"] + path, raw, sent)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path: str, body: object = None) -> Any:
        answer = self.call("POST", path, body if body is not None else {})
        assert answer.status in {200, 201, 202}, answer
        return answer.body

    def items(self, path: str) -> list[dict[str, Any]]:
        """Read a whole list, page by page."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            joint = "&" if "?" in path else "?"
            page = self.get(f"{path}{joint}limit=200" + (f"&cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return found

    def add_monitor(self, name: str, target: str, **fields: Any) -> str:
        """Add a quick monitor; gives its id."""
        wanted = {
            "name": name,
            "kind": "http",
            "target": target,
            "interval_seconds": 10,
            "timeout_ms": 3000,
            "channels": [],
            **fields,
        }
        monitor_id: str = self.post("/v1/monitors", wanted)["id"]
        return monitor_id

    def add_channels(self, name: str) -> "Listeners":
        """Add a mail, a Slack and a webhook channel that only this scene listens to."""
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        base = self.run["targets_url"]
        kinds = {
            "email": {"to": [f"{name}@shop.example"]},
            "slack": {"webhook_url": f"{base}/receivers/{name}-slack"},
            "webhook": {"url": f"{base}/receivers/{name}-hook", "secret": secret},
        }
        ids = [
            self.post("/v1/channels", {"name": f"{name} {kind}", "kind": kind, kind: block})["id"]
            for kind, block in kinds.items()
        ]
        return Listeners(self, name, tuple(ids), secret)

    def switch(self, name: str, status: str, regions: str = "") -> None:
        """Break or repair a target."""
        query = f"status={status}" + (f"&regions={regions}" if regions else "")
        answer = fetch("POST", f"{self.run['targets_url']}/targets/switch/{name}?{query}", b"", {})
        assert answer.status == 200, answer

    def target(self, name: str) -> str:
        """Address of a switchable target."""
        return f"{self.run['targets_url']}/switch/{name}"

    def monitor(self, monitor_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v1/monitors/{monitor_id}")
        return found

    def results(self, monitor_id: str, query: str = "") -> list[dict[str, Any]]:
        return self.items(f"/v1/monitors/{monitor_id}/results{query}")

    def incidents(self, monitor_id: str) -> list[dict[str, Any]]:
        return self.items(f"/v1/incidents?monitor_id={monitor_id}")

    def ledger(self, monitor_id: str) -> list[dict[str, Any]]:
        """Read the decision ledger, oldest first."""
        return self.items(f"/v1/monitors/{monitor_id}/transitions")[::-1]

    def await_status(self, monitor_id: str, status: str, seconds: float = 90) -> dict[str, Any]:
        return until(
            lambda: self.monitor(monitor_id),
            lambda monitor: monitor["status"] == status,
            f"{monitor_id} to be {status}",
            seconds,
        )


@dataclass(frozen=True)
class Listeners:
    """The three channels of a scene and what arrived there."""

    mesh: Mesh
    name: str
    ids: tuple[str, ...]
    secret: str

    def mails(self) -> list[dict[str, Any]]:
        taken = fetch("GET", self.mesh.run["mail_url"], None, {}).body
        return [mail for mail in taken if f"{self.name}@shop.example" in mail["to"]]

    def slack(self) -> list[dict[str, Any]]:
        return self._inbox("slack")

    def hooks(self) -> list[dict[str, Any]]:
        return self._inbox("hook")

    def seen_by(self, mesh: Mesh) -> "Listeners":
        """Return the same channels as the mesh knows them after a restart."""
        return replace(self, mesh=mesh)

    def counts(self) -> tuple[int, int, int]:
        """Count what arrived: mails, Slack messages, webhooks."""
        return len(self.mails()), len(self.slack()), len(self.hooks())

    def await_counts(self, wanted: tuple[int, int, int], seconds: float = 60) -> None:
        what = f"{self.name} to hear {wanted}"
        try:
            until(self.counts, lambda counts: counts == wanted, what, seconds)
        except AssertionError as failed:
            failed.add_note(f"The mesh has written down: {self.alerts()}")
            raise

    def alerts(self) -> list[dict[str, Any]]:
        """Read what the mesh has for these channels, sent or not."""
        return [row for each in self.ids for row in self.mesh.items(f"/v1/channels/{each}/alerts")]

    def _inbox(self, kind: str) -> list[dict[str, Any]]:
        base = self.mesh.run["targets_url"]
        taken: list[dict[str, Any]] = fetch(
            "GET", f"{base}/receivers/{self.name}-{kind}", None, {}
        ).body
        return taken


def fetch(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    """Send one HTTP request on the loopback interface."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=40) as response:  # noqa: S310
            return Answer(response.status, _lower(response.headers), response.read().decode())
    except urllib.error.HTTPError as refused:
        return Answer(refused.code, _lower(refused.headers), refused.read().decode())


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def until(look: Callable[[], T], is_there: Callable[[T], bool], what: str, seconds: float) -> T:
    """Look again and again until something has come about.

    Args:
        seconds: how long that may take on a machine that does nothing else.
    """
    end = time.monotonic() + PATIENCE * seconds
    while True:
        seen = look()
        if is_there(seen):
            return seen
        waited = f"waited {PATIENCE * seconds:.0f} s for {what}; last seen: {seen}"
        assert time.monotonic() < end, waited
        time.sleep(0.5)


def at(written: str) -> datetime:
    """Read an instant of the API."""
    return datetime.fromisoformat(written)
