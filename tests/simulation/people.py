"""People who configure the mesh through its API while everything goes on."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from functions.api.auth.authentication import secret_hash
from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.values.instant import text
from sentinelmesh.storage.directory.repositories import ApiTokensRepository
from tests.fake_aws.account import Cloud
from tests.fake_aws.functions import FAILED
from tests.simulation.targets import BEHIND, DEGRADED_AFTER_SECONDS, FINE
from tests.support.moto_mesh import table_name

TOKEN = "smk_simulated"
# A decision that is under way may have read the windows already.
SOON = timedelta(seconds=90)
MINUTE = timedelta(minutes=1)
INTERVALS = (10, 10, 20, 30, 60, 60, 60, 120)
KINDS: Mapping[str, Mapping[str, Any]] = {
    "email": {"to": ["ops@mesh.example"]},
    "slack": {"webhook_url": "https://slack.example/hook"},
    "webhook": {"url": "https://hook.example/", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
}
# The tag of monitors whose people sleep.
NIGHT = "night"
STAND_BY = "stand-by"
STEP_MINUTES = 2


def _judge_answers(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a monitor expects of answers, and that it announces degraded ones."""
    contains = {"source": "body", "operator": "contains"}
    return {
        "assertions": [
            {**contains, "value": FINE},
            {**contains, "operator": "not_contains", "value": BEHIND, "severity": "degraded"},
        ],
        "degraded_after_ms": round(1000 * DEGRADED_AFTER_SECONDS),
        "verification": {**body.get("verification", {})},
    }


def _of(kind: str) -> dict[str, Any]:
    return {"kind": kind, kind: KINDS[kind]}


@dataclass
class People:
    """Everybody who uses the API.

    Args:
        wishes: what was asked for when a monitor was added, by its target.
        night: decides which monitors concern the night shift.
        trouble: answers that an API must never give.
        windows: maintenance that was announced, accepted or not; `agreed` was certainly accepted.
        judging: draws who has answers judged; None has nobody do so.
        variety: draws longer grace periods, and has maintenance begin with a whole minute.
    """

    cloud: Cloud
    chance: Random
    night: Random
    monitors: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    wishes: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    channels: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    windows: list[Mapping[str, Any]] = field(default_factory=list)
    agreed: list[Mapping[str, Any]] = field(default_factory=list)
    judging: Random | None = None
    variety: Random | None = None
    _asked: int = 0

    def introduce(self) -> None:
        """Have an API token."""
        token = ApiToken(
            token_id="tok_1",
            name="people",
            scope=Scope.ADMIN,
            secret_hash=secret_hash(TOKEN),
            created_at=self.cloud.hub.now,
            created_by="nobody",
            last_used_at=self.cloud.hub.now,
        )
        client = self.cloud.client("dynamodb", "", "people")
        ApiTokensRepository(client, table_name("directory")).create(token)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        then: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> None:
        """Send a request; `then` gets the body of a good answer."""
        self._asked += 1
        event = {
            "httpMethod": method,
            "path": path,
            "resource": "/{proxy+}",
            "headers": {
                "Authorization": f"Bearer {TOKEN}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"key-{self._asked}",
            },
            "queryStringParameters": query,
            "multiValueQueryStringParameters": None,
            "multiValueHeaders": {},
            "body": None if body is None else json.dumps(body),
            "isBase64Encoded": False,
            "requestContext": {"requestId": f"request-{self._asked}", "httpMethod": method},
        }

        def answered(answer: Any) -> None:
            if answer is FAILED:
                return
            status = answer["statusCode"]
            self.cloud.tell(f"people: {method} {path} -> {status}")
            if status >= 500 and status != 503:
                self.trouble.append(f"{method} {path} answered {status}: {answer['body']}")
            if status < 300 and then is not None:
                is_text = path.startswith("/ping/")
                then(answer["body"] if is_text else json.loads(answer["body"]))

        self.cloud.lambdas.invoke("api", event, answered)

    def add_channels(self) -> None:
        """Add one channel of each kind, and one that hears of ends only."""
        for kind, block in KINDS.items():
            self._add_channel({"name": kind, "kind": kind, kind: block})
        block = KINDS["webhook"]
        self._add_channel(
            {"name": "ends", "kind": "webhook", "webhook": block, "events": ["resolved"]}
        )

    def _add_channel(self, body: Mapping[str, Any]) -> None:
        self.ask("POST", "/v1/channels", body, lambda made: self.channels.append(made["id"]))

    def add_night_shift(self) -> None:
        """Add who hears of some monitors only: reminded, in quiet hours, with a fallback and steps.

        Nobody switches these off: what a fallback is owed depends on that.
        """
        stand_by = {**_of("slack"), "name": STAND_BY, "tags": ["nobody"]}
        night = {
            **_of("email"),
            "name": "night",
            "tags": [NIGHT],
            "events": ["opened", "resolved", "acknowledged"],
            "reminder_minutes": 5,
            "quiet_hours": {"starts_at": "00:00", "ends_at": "23:59"},
        }

        def add_night(made: Mapping[str, Any]) -> None:
            fallback = made["id"]
            self.ask("POST", "/v1/channels", {**night, "fallback": fallback})
            steps = [{"after_minutes": STEP_MINUTES, "channels": [fallback]}]
            body = {"name": "night", "steps": steps}
            self.ask("POST", "/v1/escalation-policies", body, self._know_policy)

        self.ask("POST", "/v1/channels", stand_by, add_night)

    def _know_policy(self, made: Mapping[str, Any]) -> None:
        self.policies.append(made["id"])

    def add_monitor(self, target: str) -> None:
        """Add a monitor of a target."""
        chance = self.chance
        interval = chance.choice(INTERVALS)
        body: dict[str, Any] = {
            "name": target,
            "kind": "http",
            "target": target,
            "interval_seconds": interval,
            "timeout_ms": min(interval * 1000 - 1000, chance.choice((2000, 5000, 9000))),
            "strategy": chance.choice(("rotate", "rotate", "rotate", "all")),
            "grace_period_seconds": chance.choice((0, 0, 60)),
        }
        if chance.random() < 0.2:
            body["verification"] = {
                "quorum": min(len(self.cloud.regions), chance.choice((1, 2, 3))),
                "confirm_after": chance.choice((1, 2)),
                "recover_after": chance.choice((1, 2)),
                "regional_incidents": chance.random() < 0.5,
            }
        if chance.random() < 0.15:
            body["regions"] = chance.sample(
                self.cloud.regions, min(len(self.cloud.regions), chance.choice((1, 2)))
            )
            body.pop("verification", None)
        if self.channels and chance.random() < 0.3:
            body["channels"] = chance.sample(self.channels, chance.randint(0, len(self.channels)))
        if self.night.random() < 0.3:
            body["tags"] = [NIGHT]
        if self.policies and self.night.random() < 0.3:
            body["escalation_policy"] = self.policies[0]
        if self.variety is not None:
            body["grace_period_seconds"] = self.variety.choice((0, 60, 240))
        if self.judging is not None:
            body |= _judge_answers(body)
            body["verification"]["degraded_incidents"] = self.judging.random() < 0.7
        self.add(body)

    def add(self, body: Mapping[str, Any]) -> None:
        """Add a monitor, word for word."""
        self.wishes[body["target"]] = body
        self.ask("POST", "/v1/monitors", body, self.know)

    def know(self, monitor: Mapping[str, Any]) -> None:
        """Remember a monitor that was made."""
        self.monitors[monitor["id"]] = monitor

    def move(self, path: str, old: str, new: str) -> None:
        """Point a monitor at another target; whatever else was asked for stays."""
        self.wishes[new] = {**self.wishes[old], "target": new}
        self.ask("PATCH", path, {"target": new})

    def do_something(self) -> None:
        """Edit, pause, resume, delete, probe, look at, or acknowledge something."""
        if not self.monitors:
            return
        monitor_id = self.chance.choice(sorted(self.monitors))
        one = f"/v1/monitors/{monitor_id}"
        whim = self.chance.choice(
            (
                "edit",
                "edit",
                "pause",
                "resume",
                "resume",
                "check",
                "look",
                "delete",
                "channel",
                "maintenance",
                "maintenance",
            )
        )
        if whim == "edit":
            self.ask(
                "PATCH",
                one,
                {"interval_seconds": self.chance.choice(INTERVALS), "timeout_ms": 3000},
            )
        elif whim in {"pause", "resume", "check"}:
            self.ask("POST", f"{one}/{whim}", {})
        elif whim == "look":
            self.ask("GET", "/v1/monitors")
            self.ask("GET", f"{one}/uptime")
            self.ask("GET", "/v1/incidents", None, self._acknowledge)
        elif whim == "maintenance":
            self._announce(monitor_id)
        elif whim == "delete" and self.chance.random() < 0.4:
            self.ask("DELETE", one)
        elif whim == "channel" and self.channels:
            channel = f"/v1/channels/{self.chance.choice(self.channels)}"
            self.ask("PATCH", channel, {"enabled": self.chance.random() < 0.5})

    def _announce(self, monitor_id: str) -> None:
        """Announce maintenance that begins soon, of one monitor or all, once or each day."""
        chance = self.chance
        starts = self.cloud.hub.now + SOON + timedelta(seconds=chance.uniform(0, 120))
        if self.variety is not None:
            starts = starts.replace(second=0, microsecond=0) + MINUTE
        ends = starts + timedelta(seconds=chance.uniform(20, 200))
        covers = {"monitors": [monitor_id]} if chance.random() < 0.7 else {"everything": True}
        rule = {"recurrence": "FREQ=DAILY", "time_zone": "Europe/Berlin"}
        body = {
            "name": "Maintenance",
            "starts_at": text(starts),
            "ends_at": text(ends),
            **covers,
            **(rule if chance.random() < 0.5 else {}),
        }
        self.announce(body)

    def announce(self, body: Mapping[str, Any]) -> None:
        """Announce maintenance, word for word."""
        self.windows.append(body)
        self.ask("POST", "/v1/maintenance-windows", body, lambda _made: self.agreed.append(body))

    def _acknowledge(self, page: Mapping[str, Any]) -> None:
        for incident in page["items"][:1]:
            one = f"/v1/incidents/{incident['id']}"
            self.ask("POST", f"{one}/acknowledge", {})
            self.ask("POST", f"{one}/notes", {"text": "on it"})
            self.ask("GET", one)
