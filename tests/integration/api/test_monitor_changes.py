"""Edits of monitors: merge patches (RFC 7396), ETags, and what an edit does to the timetable."""

from typing import Any

import pytest

from sentinelmesh.domain.values.instant import parse, text
from sentinelmesh.errors import StaleState
from tests.integration.api.stage import Answer, Stage

BEARER = {"Authorization": "Bearer canary", "Accept": "text/html"}


def patch(stage: Stage, monitor: dict[str, Any], change: object, **more: Any) -> Answer:
    return stage.call("PATCH", f"/v1/monitors/{monitor['id']}", change, **more)


def patched(stage: Stage, monitor: dict[str, Any], change: object) -> dict[str, Any]:
    answer = patch(stage, monitor, change)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def test_a_patch_changes_what_it_names_and_nothing_else(stage: Stage) -> None:
    before = stage.add_monitor(tags=["a"], http={"headers": {"Accept": "x", "X-Trace": "y"}})
    stage.pass_time(minutes=1)
    after = patched(stage, before, {"name": "Other", "http": {"headers": {"Accept": "z"}}})
    assert after == {
        **before,
        "name": "Other",
        "http": {**before["http"], "headers": {"Accept": "z", "X-Trace": "y"}},
        "revision": 2,
        "updated_at": text(stage.now),
        "next_check_at": after["next_check_at"],
    }
    assert stage.get(f"/v1/monitors/{before['id']}") == after


def test_a_patch_that_changes_nothing_makes_no_new_revision(stage: Stage) -> None:
    """Results of the revision before would be lost for nothing."""
    before = stage.add_monitor(http={"headers": BEARER, "body": None}, tags=["a"])
    same = {name: before[name] for name in ("name", "http", "tags", "verification", "regions")}
    for change in ({}, {"name": "Shop"}, {"degraded_after_ms": None}, same):
        stage.pass_time(minutes=1)
        answer = patch(stage, before, change)
        assert answer.headers["etag"] == '"1"'
        assert answer.body["updated_at"] == before["updated_at"]
    assert len(stage.get("/v1/audit-log")["items"]) == 1
    again = patched(
        stage, before, {"http": {"headers": {"Authorization": BEARER["Authorization"]}}}
    )
    assert again["revision"] == 1


def test_null_takes_a_field_back_to_its_default(stage: Stage) -> None:
    fresh = stage.add_monitor(name="Fresh")
    before = stage.add_monitor(
        interval_seconds=300,
        timeout_ms=700,
        regions=["us-east-1"],
        strategy="all",
        verification={"confirm_after": 5},
        grace_period_seconds=1,
        http={"method": "HEAD", "headers": {"Accept": "x"}},
        degraded_after_ms=10,
        channels=[],
        tags=["a"],
    )
    names = (
        "interval_seconds", "timeout_ms", "regions", "strategy", "verification",
        "grace_period_seconds", "http", "degraded_after_ms", "channels", "tags",
    )  # fmt: skip
    after = patched(stage, before, dict.fromkeys(names))
    assert {name: after[name] for name in names} == {name: fresh[name] for name in names}
    half = patched(stage, after, {"http": {"headers": {"Accept": None}, "method": None}})
    assert half["http"] == fresh["http"]


@pytest.mark.parametrize("name", ["name", "kind", "target"])
def test_what_is_needed_cannot_be_taken_away(stage: Stage, name: str) -> None:
    answer = patch(stage, stage.add_monitor(), {name: None})
    assert answer.status == 422
    assert answer.errors == {f"/{name}": "this field is needed"}


def test_a_list_is_replaced_as_a_whole(stage: Stage) -> None:
    before = stage.add_monitor(tags=["a", "b"])
    assert patched(stage, before, {"tags": ["c"]})["tags"] == ["c"]


def test_a_header_is_the_same_in_any_case(stage: Stage) -> None:
    before = stage.add_monitor(http={"headers": BEARER})
    after = patched(stage, before, {"http": {"headers": {"accept": None, "AUTHORIZATION": "new"}}})
    assert after["http"]["headers"] == {"Authorization": "***"}
    assert stage.backend.secrets.get(before["id"]) == {"headers.Authorization": "new"}


def test_a_secret_is_kept_where_a_patch_says_so_or_nothing(stage: Stage) -> None:
    before = stage.add_monitor(http={"headers": BEARER})
    assert before["http"]["headers"] == {"Accept": "text/html", "Authorization": "***"}
    for change in (
        {"name": "Other"},
        {"http": {"headers": {"Authorization": "***"}}},
        {"http": before["http"]},
    ):
        assert patched(stage, before, change)["http"] == before["http"]
        assert stage.backend.secrets.get(before["id"]) == {"headers.Authorization": "Bearer canary"}
    gone = patched(stage, before, {"http": {"headers": {"Authorization": None}}})
    assert gone["http"]["headers"] == {"Accept": "text/html"}
    assert stage.backend.monitors.get(before["id"]).secret_fields == ()  # type: ignore[union-attr]


def test_a_kept_secret_does_not_move_to_another_place(stage: Stage) -> None:
    before = stage.add_monitor(http={"headers": BEARER})
    for target in ("https://evil.example/", "http://shop.example/", "https://shop.example:444/"):
        answer = patch(stage, before, {"target": target})
        assert answer.status == 422, target
        assert "write the secrets anew" in answer.errors["/target"]
    here = patched(stage, before, {"target": "https://SHOP.example:443/other"})
    assert here["target"] == "https://SHOP.example:443/other"
    moved = {"target": "https://new.example/", "http": {"headers": {"Authorization": "same"}}}
    assert patched(stage, before, moved)["target"] == "https://new.example/"


def test_a_monitor_may_become_one_of_another_kind(stage: Stage) -> None:
    before = stage.add_monitor(http={"method": "HEAD"})
    after = patched(stage, before, {"kind": "tcp", "target": "shop.example:443"})
    assert (after["kind"], after["tcp"]["send"]) == ("tcp", None)
    assert "http" not in after


def test_the_default_votes_follow_the_number_of_regions(stage: Stage) -> None:
    before = stage.add_monitor()
    one = patched(stage, before, {"regions": ["us-east-1"]})
    assert one["verification"] == {
        "quorum": 1,
        "confirm_after": 3,
        "recover_after": 1,
        "regional_incidents": False,
        "degraded_incidents": False,
        "quick_detection": True,
    }
    chosen = patched(stage, one, {"verification": {"confirm_after": 7}})
    assert chosen["verification"] == {
        "quorum": 1,
        "confirm_after": 7,
        "recover_after": 1,
        "regional_incidents": False,
        "degraded_incidents": False,
        "quick_detection": True,
    }
    more = patched(stage, chosen, {"regions": None})
    assert more["verification"] == {
        "quorum": 2,
        "confirm_after": 7,
        "recover_after": 1,
        "regional_incidents": False,
        "degraded_incidents": False,
        "quick_detection": True,
    }


def test_votes_that_were_chosen_have_to_fit_the_regions(stage: Stage) -> None:
    before = stage.add_monitor(verification={"quorum": 3})
    answer = patch(stage, before, {"regions": ["us-east-1", "eu-west-1"]})
    assert answer.status == 422
    assert answer.errors == {"/verification/quorum": "there are 2 regions to vote, not more"}


def test_a_channel_that_is_gone_hinders_no_other_edit(stage: Stage) -> None:
    channel = stage.add_channel()["id"]
    before = stage.add_monitor(channels=[channel])
    assert stage.call("DELETE", f"/v1/channels/{channel}").status == 204
    assert patched(stage, before, {"name": "Other"})["channels"] == [channel]
    assert patch(stage, before, {"channels": [channel, "ch_none"]}).status == 422


def test_only_an_edit_of_the_timetable_begins_a_new_one(stage: Stage) -> None:
    before = stage.add_monitor()
    stage.pass_time(hours=1)

    def since() -> str:
        kept = stage.backend.monitors.get(before["id"])
        assert kept is not None
        assert kept.enabled_at == parse(before["created_at"])
        return text(kept.scheduled_since)

    patched(stage, before, {"name": "Other", "target": "https://shop.example/b"})
    assert since() == before["created_at"]
    for change in ({"interval_seconds": 120}, {"strategy": "all"}, {"regions": ["us-east-1"]}):
        stage.pass_time(hours=1)
        patched(stage, before, change)
        assert since() == text(stage.now)


def test_an_edit_on_top_of_an_unseen_revision_is_refused(stage: Stage) -> None:
    monitor = stage.add_monitor()
    address = f"/v1/monitors/{monitor['id']}"
    seen = stage.call("GET", address).headers["etag"]
    patched(stage, monitor, {"name": "Mine"})
    requests: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("PATCH", address, {"name": "Theirs"}),
        ("POST", f"{address}/pause", {}),
        ("POST", f"{address}/resume", {}),
        ("DELETE", address, {}),
    )
    for method, where, body in requests:
        answer = stage.call(method, where, body, If_Match=seen)
        assert answer.status == 412, (method, answer)
        assert "revision 2" in answer.body["detail"]
    assert stage.get(address)["name"] == "Mine"
    for match in ('"2"', 'W/"2"', '"1", "2"', "*"):
        assert stage.call("PATCH", address, {}, If_Match=match).status in {200, 412}
    assert stage.call("DELETE", address, If_Match="*").status == 204


def test_an_edit_that_loses_a_race_says_so_and_changes_nothing(stage: Stage) -> None:
    monitor = stage.add_monitor(http={"headers": BEARER})
    address = f"/v1/monitors/{monitor['id']}"
    replace = stage.backend.monitors.replace
    raced: list[int] = []

    def somebody_is_faster(_count: int, name: str) -> None:
        if name == "PutParameter" and not raced:
            raced.append(1)
            kept = stage.backend.monitors.get(monitor["id"])
            assert kept is not None
            from dataclasses import replace as changed

            replace(changed(kept, revision=2, name="Faster"))

    stage.calls.before = somebody_is_faster
    change = {"http": {"headers": {"Authorization": "Bearer lost"}}}
    answer = stage.call("PATCH", address, change)
    stage.calls.before = None
    assert answer.status == 409
    assert stage.get(address)["name"] == "Faster"
    kept = stage.backend.monitors.get(monitor["id"])
    assert kept is not None
    known = stage.backend.secrets.get(kept.id, kept.secrets_version)
    assert known == {"headers.Authorization": "Bearer canary"}
    outcomes = [each["outcome"] for each in stage.get("/v1/audit-log")["items"]]
    assert sorted(outcomes) == ["done", "refused"]
    with pytest.raises(StaleState):
        stage.backend.monitors.delete(monitor["id"], 1)
