"""Channels: where alerts go, and what of them nobody gets to see again."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.integration.api.stage import Answer, Stage

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:outages"
KINDS: dict[str, dict[str, Any]] = {
    "apprise": {"url": "mattermost://chat.example/canary"},
    "discord": {"webhook_url": "https://discord.example/api/webhooks/1/canary"},
    "ntfy": {"topic": "canary", "token": "tk_canary", "server": "https://push.example"},
    "opsgenie": {"api_key": "canary", "service_region": "eu"},
    "pagerduty": {"routing_key": "canary", "service_region": "us"},
    "sns": {"topic_arn": TOPIC},
    "teams": {"webhook_url": "https://flow.example/workflows/1?sig=canary"},
    "telegram": {"bot_token": "1:canary", "chat_id": "-1001", "message_thread_id": 7},
    "email": {"to": ["ops@shop.example", "cto@shop.example"]},
    "slack": {"webhook_url": "https://hooks.slack.example/services/canary"},
    "webhook": {"url": "https://hook.example/canary", "secret": SECRET},
}
SHOWN: dict[str, dict[str, Any]] = {
    "apprise": {"url": "***"},
    "discord": {"webhook_url": "***"},
    "ntfy": {"topic": "***", "token": "***", "server": "https://push.example"},
    "opsgenie": {"api_key": "***", "service_region": "eu"},
    "pagerduty": {"routing_key": "***", "service_region": "us"},
    "sns": {"topic_arn": TOPIC},
    "teams": {"webhook_url": "***"},
    "telegram": {"bot_token": "***", "chat_id": "-1001", "message_thread_id": 7},
    "email": KINDS["email"],
    "slack": {"webhook_url": "***"},
    "webhook": {"url": "***", "secret": "***"},
}


def add(stage: Stage, kind: str, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = stage.post(
        "/v1/channels", {"name": "Ops", "kind": kind, kind: KINDS[kind], **fields}
    )
    return made


def patch(stage: Stage, channel: dict[str, Any], change: object, **more: Any) -> Answer:
    return stage.call("PATCH", f"/v1/channels/{channel['id']}", change, **more)


def secrets(stage: Stage, channel: dict[str, Any]) -> dict[str, str]:
    kept = stage.backend.channels.get(channel["id"])
    assert kept is not None
    return stage.backend.secrets.get(kept.id, kept.secrets_version)


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_is_added_and_shown_without_its_secrets(stage: Stage, kind: str) -> None:
    made = add(stage, kind)
    assert made == {
        "id": made["id"],
        "name": "Ops",
        "kind": kind,
        kind: SHOWN[kind],
        "events": ["opened", "resolved", "unknown"],
        "severities": ["outage", "regional", "degraded"],
        "tags": [],
        "quiet_hours": None,
        "reminder_minutes": None,
        "fallback": None,
        "enabled": True,
        "revision": 1,
        "created_at": "2026-01-01T12:00:00Z",
        "updated_at": "2026-01-01T12:00:00Z",
    }
    assert stage.get(f"/v1/channels/{made['id']}") == made
    assert stage.get("/v1/channels")["items"] == [made]
    hidden = {name for name, value in SHOWN[kind].items() if value == "***"}
    if hidden:
        assert secrets(stage, made) == {name: KINDS[kind][name] for name in hidden}


def test_a_signing_secret_that_we_make_up_is_shown_once(stage: Stage) -> None:
    made = add(stage, "webhook", webhook={"url": "https://hook.example/"})
    secret = made["webhook"]["secret"]
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert secrets(stage, made)["secret"] == secret
    assert stage.get(f"/v1/channels/{made['id']}")["webhook"] == SHOWN["webhook"]


def test_null_has_a_new_signing_secret_made_up(stage: Stage) -> None:
    made = add(stage, "webhook")
    changed = patch(stage, made, {"webhook": {"secret": None}}).body
    assert changed["webhook"]["url"] == "***"
    assert changed["webhook"]["secret"].startswith("whsec_")
    assert secrets(stage, made) == {
        "url": KINDS["webhook"]["url"],
        "secret": changed["webhook"]["secret"],
        "previous_secret": SECRET,
        "replaced_at": "2026-01-01T12:00:00Z",
    }
    renamed = patch(stage, made, {"name": "Other"}).body
    assert renamed["webhook"] == SHOWN["webhook"], "what was before is not even named"
    assert secrets(stage, made)["previous_secret"] == SECRET


def test_a_patch_keeps_the_secrets_that_it_does_not_write(stage: Stage) -> None:
    made = add(stage, "webhook")
    for change in (
        {"name": "Other", "events": ["opened"], "enabled": False},
        {"webhook": {"url": "***", "secret": "***"}},
        {"webhook": {"url": "***"}},
        {},
    ):
        changed = patch(stage, made, change)
        assert changed.status == 200
        assert secrets(stage, made) == KINDS["webhook"]
    assert (changed.body["name"], changed.body["events"]) == ("Other", ["opened"])
    assert changed.body["enabled"] is False
    assert changed.headers["etag"] == '"2"'
    moved = patch(stage, made, {"webhook": {"url": "https://new.example/"}})
    assert moved.body["webhook"] == SHOWN["webhook"]
    assert secrets(stage, made) == {"url": "https://new.example/", "secret": SECRET}


def test_null_takes_a_field_back_to_its_default(stage: Stage) -> None:
    made = add(stage, "email", events=["opened"], enabled=False)
    changed = patch(stage, made, {"events": None, "enabled": None, "reminder_minutes": None}).body
    assert (changed["events"], changed["enabled"]) == (["opened", "resolved", "unknown"], True)


NIGHT = {"starts_at": "22:00", "ends_at": "07:00", "time_zone": "Europe/Berlin"}


def test_what_a_channel_hears_and_when_is_kept_and_can_be_taken_back(stage: Stage) -> None:
    other = add(stage, "email")
    routing = {
        "events": ["opened", "resolved", "acknowledged"],
        "severities": ["outage", "degraded"],
        "tags": ["shop", "prod"],
        "quiet_hours": NIGHT,
        "reminder_minutes": 30,
        "fallback": other["id"],
    }
    made = add(stage, "slack", **routing)
    assert {name: made[name] for name in routing} == routing
    assert patch(stage, made, {}).body == made, "an empty patch keeps everything"
    moved = patch(stage, made, {"quiet_hours": {"ends_at": "06:30"}, "tags": []}).body
    assert moved["quiet_hours"] == {**NIGHT, "ends_at": "06:30"}
    plain = patch(stage, made, dict.fromkeys(routing)).body
    assert plain["events"] == ["opened", "resolved", "unknown"]
    assert (plain["quiet_hours"], plain["fallback"], plain["reminder_minutes"]) == (None,) * 3


def test_slack_by_a_bot_and_back_to_a_webhook(stage: Stage) -> None:
    bot = {"bot_token": "xoxb-canary", "channel": "C0123456789"}
    made = add(stage, "slack", slack=bot)
    assert made["slack"] == {"bot_token": "***", "channel": "C0123456789"}
    assert secrets(stage, made) == {"bot_token": "xoxb-canary"}
    back = {"slack": {"bot_token": None, "channel": None, **KINDS["slack"]}}
    assert patch(stage, made, back).body["slack"] == SHOWN["slack"]
    assert secrets(stage, made) == KINDS["slack"]
    for wrong in ({"bot_token": "x"}, {**bot, **KINDS["slack"]}, {}):
        answer = stage.call("POST", "/v1/channels", {"name": "S", "kind": "slack", "slack": wrong})
        assert "/slack" in answer.errors, answer


def test_the_kind_of_a_channel_stays(stage: Stage) -> None:
    made = add(stage, "email")
    answer = patch(stage, made, {"kind": "slack", "email": None, "slack": KINDS["slack"]})
    assert answer.status == 422
    assert "/kind" in answer.errors


def test_an_edit_or_deletion_of_an_unseen_revision_is_refused(stage: Stage) -> None:
    made = add(stage, "email")
    patch(stage, made, {"name": "Mine"})
    assert patch(stage, made, {"name": "Theirs"}, If_Match='"1"').status == 412
    address = f"/v1/channels/{made['id']}"
    assert stage.call("DELETE", address, If_Match='"1"').status == 412
    assert stage.call("DELETE", address, If_Match='"2"').status == 204
    assert stage.call("GET", address).status == 404


def test_a_deleted_channel_takes_its_secrets_along(stage: Stage) -> None:
    made = add(stage, "slack")
    assert stage.call("DELETE", f"/v1/channels/{made['id']}").status == 204
    assert stage.mesh.client("ssm").describe_parameters()["Parameters"] == []


def test_pages_of_channels_join(stage: Stage) -> None:
    made = sorted(stage.add_channel()["id"] for _ in range(3))
    first = stage.get("/v1/channels?limit=2")
    second = stage.get(f"/v1/channels?limit=2&cursor={first['next_cursor']}")
    assert [each["id"] for each in first["items"] + second["items"]] == made
    assert second["next_cursor"] is None


def test_an_example_is_sent_by_the_alerter_and_the_provider_is_quoted(stage: Stage) -> None:
    made = add(stage, "slack")
    stage.alerter.says = {"ok": False, "answer": "HTTP 404 no_service <b>"}
    answer = stage.post(f"/v1/channels/{made['id']}/test")
    assert answer == {"ok": False, "answer": "HTTP 404 no_service <b>"}
    assert stage.alerter.asked == [("sentinelmesh-alerter", {"test_channel": made["id"]})]


def test_an_alerter_that_fails_or_is_silent_is_not_our_fault(stage: Stage) -> None:
    address = f"/v1/channels/{add(stage, 'slack')['id']}/test"
    stage.alerter.breaks = True
    assert stage.call("POST", address).status == 502
    stage.alerter.breaks = False
    throttled = {"Error": {"Code": "TooManyRequestsException", "Message": "canary"}}
    for trouble in (
        ReadTimeoutError(endpoint_url="https://canary.example"),
        ClientError(throttled, "Invoke"),  # type: ignore[arg-type]
    ):
        stage.alerter.raises = trouble
        answer = stage.call("POST", address)
        assert answer.status == 502
        assert "canary" not in answer.text


def test_the_body_of_a_test_may_be_left_out_or_empty(stage: Stage) -> None:
    address = f"/v1/channels/{add(stage, 'email')['id']}/test"
    assert stage.call("POST", address).status == 200
    assert stage.call("POST", address, raw="").status == 200
    assert stage.call("POST", address, raw=json.dumps({}), Content_Type="text/plain").status == 415


def test_that_nobody_can_check_a_monitor_is_an_event_which_only_an_explicit_list_leaves_out(
    stage: Stage,
) -> None:
    made = add(stage, "email")
    assert made["events"] == ["opened", "resolved", "unknown"]
    spared = patch(stage, made, {"events": ["opened"]}).body
    assert spared["events"] == ["opened"]
    renamed = patch(stage, spared, {"name": "Other"}).body
    assert renamed["events"] == ["opened"]
    only = patch(stage, renamed, {"events": ["unknown"]}).body
    assert only["events"] == ["unknown"]
    (stored,) = stage.backend.channels.list()
    assert (stored.events, stored.announces_unknown) == ((), True)


def test_a_channel_from_before_there_was_such_an_event_takes_it(stage: Stage) -> None:
    made = add(stage, "email", events=["opened"])
    table = stage.mesh.tables["directory"]
    key = {"kind": {"S": "channel"}, "id": {"S": made["id"]}}
    stage.mesh.dynamodb.update_item(
        TableName=table, Key=key, UpdateExpression="REMOVE announces_unknown"
    )
    shown = stage.get(f"/v1/channels/{made['id']}")
    assert shown["events"] == ["opened", "unknown"]
