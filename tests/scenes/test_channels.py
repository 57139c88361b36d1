"""One outage and its end, told by every kind of channel: exactly these messages, and no others."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.scenes.client import Mesh, fetch, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

RUNBOOK = "https://wiki.example/all-kinds"
SILENCE_SECONDS = 15


def channels(base: str) -> Mapping[str, Mapping[str, Any]]:
    """One channel of each kind that speaks HTTP, each with keys of its own."""
    return {
        "discord": {"webhook_url": f"{base}/receivers/all-discord"},
        "ntfy": {"topic": "all-kinds", "token": "tk_all"},
        "opsgenie": {"api_key": "all-opsgenie"},
        "pagerduty": {"routing_key": "all-pagerduty"},
        "slack": {"bot_token": "xoxb-all", "channel": "C0ALLKINDS"},
        "teams": {"webhook_url": f"{base}/receivers/all-teams"},
        "telegram": {"bot_token": "1:all", "chat_id": "-1001"},
        "webhook": {"url": f"{base}/receivers/all-hook"},
    }


class Heard:
    """What arrived at the providers."""

    def __init__(self, mesh: Mesh) -> None:
        self._base = mesh.run["targets_url"]

    def inbox(self, name: str) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = fetch("GET", f"{self._base}/receivers/{name}", None, {}).body
        return taken

    def raw(self, name: str) -> list[str]:
        return [each["raw"] for each in self.inbox(name)]

    def counts(self, incident: str) -> dict[str, int]:
        names = {
            "discord": ["all-discord"],
            "ntfy": ["ntfy.sh/"],
            "opsgenie": ["api.opsgenie.com/v2/alerts", _closing(incident)],
            "pagerduty": ["events.pagerduty.com/v2/enqueue"],
            "slack": ["slack.com/api/chat.postMessage", "slack.com/api/chat.update"],
            "teams": ["all-teams"],
            "telegram": ["api.telegram.org/bot1:all/sendMessage"],
            "webhook": ["all-hook"],
        }
        return {kind: sum(len(self.inbox(each)) for each in names[kind]) for kind in names}


def _closing(incident: str) -> str:
    return f"api.opsgenie.com/v2/alerts/{incident}/close"


def test_every_kind_of_channel_tells_an_outage_and_its_end(mesh: Mesh) -> None:
    heard = Heard(mesh)
    ids = [
        mesh.post("/v1/channels", {"name": f"all {kind}", "kind": kind, kind: block})["id"]
        for kind, block in channels(mesh.run["targets_url"]).items()
    ]
    monitor_id = mesh.add_monitor(
        "All kinds", mesh.target("all-kinds"), channels=ids, runbook_url=RUNBOOK
    )
    mesh.await_status(monitor_id, "up")
    mesh.switch("all-kinds", "down")
    mesh.await_status(monitor_id, "down")
    incident = mesh.incidents(monitor_id)[0]["id"]
    once = dict.fromkeys(channels(""), 1)
    until(lambda: heard.counts(incident), lambda seen: seen == once, "all to hear it", 60)
    time.sleep(SILENCE_SECONDS)
    mesh.switch("all-kinds", "up")
    mesh.await_status(monitor_id, "up")
    twice = {**dict.fromkeys(channels(""), 2), "slack": 3}
    until(lambda: heard.counts(incident), lambda seen: seen == twice, "all to hear its end", 60)
    time.sleep(SILENCE_SECONDS)
    assert heard.counts(incident) == twice

    _check_pagers(heard, incident)
    _check_chats(heard)
    rows = mesh.items(f"/v1/incidents/{incident}/alerts")
    assert {row["state"] for row in rows} == {"sent"}
    log = mesh.items(f"/v1/channels/{ids[0]}/alerts")
    assert [row["transition"] for row in log] == ["resolved", "opened"]


def _check_pagers(heard: Heard, incident: str) -> None:
    trigger, resolve = heard.raw("events.pagerduty.com/v2/enqueue")
    head = {"routing_key": "all-pagerduty", "dedup_key": incident}
    assert json.loads(trigger).items() >= {**head, "event_action": "trigger"}.items()
    assert resolve == json.dumps({**head, "event_action": "resolve"})
    (created,) = heard.inbox("api.opsgenie.com/v2/alerts")
    assert (created["body"]["alias"], created["body"]["priority"]) == (incident, "P1")
    (closed,) = heard.inbox(_closing(incident))
    assert closed["body"]["note"].startswith("UP again: All kinds after ")


def _check_chats(heard: Heard) -> None:
    down, up = (each["body"]["embeds"][0]["title"] for each in heard.inbox("all-discord"))
    assert (down, up[:20]) == ("DOWN: All kinds", "UP again: All kinds ")
    pushed = [each["body"]["priority"] for each in heard.inbox("ntfy.sh/")]
    assert pushed == [5, 3]
    cards = [each["body"]["attachments"][0]["content"] for each in heard.inbox("all-teams")]
    assert [card["type"] for card in cards] == ["AdaptiveCard"] * 2
    assert RUNBOOK in [action["url"] for action in cards[0]["actions"]]
    first, last = (each["body"] for each in heard.inbox("slack.com/api/chat.postMessage"))
    (changed,) = (each["body"] for each in heard.inbox("slack.com/api/chat.update"))
    assert "thread_ts" not in first
    assert last["thread_ts"] == changed["ts"]
    assert changed["blocks"] == last["blocks"]
    texts = [each["body"]["text"] for each in heard.inbox("api.telegram.org/bot1:all/sendMessage")]
    assert "Failed probes:" in texts[1]
    hooks = [each["body"] for each in heard.inbox("all-hook")]
    assert [hook["type"] for hook in hooks] == ["incident.opened", "incident.resolved"]
    assert hooks[0]["data"]["monitor"]["runbook_url"] == RUNBOOK
    assert int(hooks[1]["data"]["incident"]["failed_probes"]) > 0
