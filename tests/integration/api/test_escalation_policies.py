"""Escalation policies: whom to ask next, and who still needs them."""

from typing import Any

from tests.integration.api.stage import Stage


def steps(*channels: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"after_minutes": 5 * (place + 1), "channels": [channel["id"]]}
        for place, channel in enumerate(channels)
    ]


def add(stage: Stage, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = stage.post(
        "/v1/escalation-policies",
        {"name": "Shop", "steps": steps(stage.add_channel(), stage.add_channel()), **fields},
    )
    return made


def test_a_policy_is_added_shown_changed_and_deleted(stage: Stage) -> None:
    made = add(stage)
    address = f"/v1/escalation-policies/{made['id']}"
    assert stage.get(address) == made
    assert stage.get("/v1/escalation-policies")["items"] == [made]
    changed = stage.call("PATCH", address, {"steps": made["steps"][:1]}, If_Match='"1"').body
    assert (changed["revision"], changed["steps"]) == (2, made["steps"][:1])
    assert stage.call("PATCH", address, {}).body == changed
    assert stage.call("PATCH", address, {"name": "Late"}, If_Match='"1"').status == 412
    assert stage.call("DELETE", address, If_Match='"2"').status == 204
    assert stage.call("GET", address).status == 404


def test_steps_are_few_and_each_is_later_than_the_one_before(stage: Stage) -> None:
    channel = stage.add_channel()
    early = [{"after_minutes": minutes, "channels": [channel["id"]]} for minutes in (10, 10)]
    many = [{"after_minutes": minutes, "channels": [channel["id"]]} for minutes in range(1, 7)]
    unknown = [{"after_minutes": 5, "channels": ["ch_none"]}]
    for wrong, pointer in (
        (early, "/steps"),
        (many, "/steps"),
        ([], "/steps"),
        (unknown, "/steps/0/channels/0"),
    ):
        answer = stage.call("POST", "/v1/escalation-policies", {"name": "Shop", "steps": wrong})
        assert answer.status == 422
        assert pointer in answer.errors


def test_a_policy_that_a_monitor_names_stays(stage: Stage) -> None:
    made = add(stage)
    monitor = stage.add_monitor(
        escalation_policy=made["id"], runbook_url="https://wiki.example/shop"
    )
    assert monitor["escalation_policy"] == made["id"]
    assert monitor["runbook_url"] == "https://wiki.example/shop"
    address = f"/v1/escalation-policies/{made['id']}"
    refused = stage.call("DELETE", address)
    assert refused.status == 409
    assert monitor["id"] in refused.text
    stage.call("PATCH", f"/v1/monitors/{monitor['id']}", {"escalation_policy": None})
    assert stage.call("DELETE", address).status == 204


def test_a_monitor_names_a_policy_that_exists(stage: Stage) -> None:
    answer = stage.call(
        "POST",
        "/v1/monitors",
        {
            "name": "Shop",
            "kind": "http",
            "target": "https://shop.example/",
            "escalation_policy": "esc_none",
        },
    )
    assert answer.status == 422
    assert "/escalation_policy" in answer.errors
