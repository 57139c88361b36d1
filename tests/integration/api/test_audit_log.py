"""The audit log: who wrote what and when; kept for 400 days, read by administrators."""

from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.access.audit import AuditEntry
from sentinelmesh.domain.values.instant import text
from sentinelmesh.storage.directory.audit import entry_id
from tests.integration.api.stage import Stage
from tests.support.builders import START
from tests.support.calls import refusal

LOG = "/v1/audit-log"


def put_entries(stage: Stage, count: int) -> None:
    """Put one entry per minute."""
    for number in range(count):
        at = START + timedelta(minutes=number)
        stage.backend.audit.add(
            AuditEntry(
                entry_id=entry_id(at, "x"),
                at=at,
                by="token tests",
                by_id="tok_1",
                action="monitor.changed",
                item_id=f"mon_{number}",
                request_id="req",
            )
        )


def items(stage: Stage, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.get(f"{LOG}{query}")["items"]
    return found


def test_an_entry_says_who_when_what_and_from_which_revision_to_which(stage: Stage) -> None:
    monitor_id = stage.add_monitor(name="Shop", tags=["a"])["id"]
    stage.pass_time(seconds=1)
    headers = {"Authorization": "Bearer canary"}
    change = {"name": "Other", "http": {"headers": headers}, "tags": None}
    stage.call("PATCH", f"/v1/monitors/{monitor_id}", change)
    stage.pass_time(seconds=1)
    stage.post(f"/v1/monitors/{monitor_id}/pause")
    stage.pass_time(seconds=1)
    stage.call("DELETE", f"/v1/monitors/{monitor_id}")
    deleted, paused, changed, created = items(stage)
    assert changed == {
        "id": changed["id"],
        "at": text(START + timedelta(seconds=1)),
        "by": "token tests",
        "by_id": "tok_admin_tests",
        "action": "monitor.changed",
        "item_id": monitor_id,
        "request_id": "req-2",
        "from_revision": 1,
        "to_revision": 2,
        "fields": ["http", "name", "tags"],
        "detail": None,
        "outcome": "done",
    }
    revisions = [
        (each["action"], each["from_revision"], each["to_revision"])
        for each in (created, paused, deleted)
    ]
    assert revisions == [
        ("monitor.created", None, 1),
        ("monitor.paused", 2, 3),
        ("monitor.deleted", 3, None),
    ]
    assert created["fields"] == ["kind", "name", "tags", "target"]


def test_an_entry_is_kept_for_four_hundred_days(stage: Stage) -> None:
    stage.add_channel()
    (item,) = (each for each in stage.mesh.items("directory") if each["kind"]["S"] == "audit")
    assert item["ttl"] == {"N": str(int((START + timedelta(days=400)).timestamp()))}


def test_the_log_goes_newest_first_page_by_page(stage: Stage) -> None:
    put_entries(stage, 5)
    found, cursor = [], ""
    while True:
        page = stage.get(f"{LOG}?limit=2{cursor}")
        found.append([each["item_id"][-1] for each in page["items"]])
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == [["4", "3"], ["2", "1"], ["0"]]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("from=2026-01-01T12:03:00Z", "43"),
        ("to=2026-01-01T12:02:00Z", "10"),
        ("from=2026-01-01T12:01:00Z&to=2026-01-01T12:03:00Z", "21"),
        ("from=2026-01-01T12:01:00.001Z&to=2026-01-01T12:02:59.999Z", "2"),
        ("from=2030-01-01T00:00:00Z", ""),
        ("to=2001-01-01T00:00:00Z", ""),
        ("from=2026-01-01T12:01:00Z&to=2026-01-01T12:01:00Z", ""),
    ],
)
def test_a_span_is_half_open(stage: Stage, query: str, numbers: str) -> None:
    put_entries(stage, 5)
    assert "".join(each["item_id"][-1] for each in items(stage, f"?{query}")) == numbers


def test_a_cursor_stays_inside_a_span(stage: Stage) -> None:
    put_entries(stage, 5)
    span = "from=2026-01-01T12:01:00Z&to=2026-01-01T12:04:00Z"
    first = stage.get(f"{LOG}?{span}&limit=2")
    second = stage.get(f"{LOG}?{span}&limit=2&cursor={first['next_cursor']}")
    assert [each["item_id"] for each in first["items"]] == ["mon_3", "mon_2"]
    assert [each["item_id"] for each in second["items"]] == ["mon_1"]
    assert second["next_cursor"] is None


def test_one_write_costs_one_entry(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    stage.calls.made.clear()
    stage.post(f"/v1/monitors/{monitor_id}/pause")
    assert stage.calls.made.count("PutItem") == 2


def test_what_cannot_be_written_down_is_not_done(stage: Stage) -> None:
    assert stage.tokens

    def refuse_first_put(_count: int, name: str) -> None:
        if name == "PutItem":
            raise refusal(name)

    stage.calls.before = refuse_first_put
    answer = stage.call("POST", "/v1/monitors", {"name": "a", "kind": "tcp", "target": "a.b:1"})
    stage.calls.before = None
    assert answer.status == 503
    assert stage.get("/v1/monitors")["items"] == []
    assert items(stage) == []


def test_what_nobody_knows_the_end_of_is_marked_as_such(stage: Stage) -> None:
    assert stage.tokens
    puts: list[str] = []

    def refuse_second_put(_count: int, name: str) -> None:
        puts.extend([name] if name == "PutItem" else [])
        if len(puts) == 2 and name == "PutItem":
            raise refusal(name)

    stage.calls.before = refuse_second_put
    answer = stage.call("POST", "/v1/monitors", {"name": "a", "kind": "tcp", "target": "a.b:1"})
    stage.calls.before = None
    assert answer.status == 503
    assert [each["outcome"] for each in items(stage)] == ["uncertain"]


def test_a_refused_request_leaves_no_entry(stage: Stage) -> None:
    monitor_id = stage.add_monitor()["id"]
    before = items(stage)
    address = f"/v1/monitors/{monitor_id}"
    assert stage.call("PATCH", address, {"interval_seconds": 7}).status == 422
    assert stage.call("PATCH", address, {}, If_Match='"9"').status == 412
    assert stage.call("POST", f"{address}/pause", token="smk_none").status == 401
    assert items(stage) == before
