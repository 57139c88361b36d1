"""The list of monitors: pages, filters, and what it costs."""

from collections import Counter
from typing import Any

import pytest

from functions.api import app
from functions.api.routes import monitor_list
from sentinelmesh.domain.incidents.incident import Status
from sentinelmesh.domain.monitors.monitor import Assertion, Monitor
from tests.integration.api.stage import Stage
from tests.integration.api.watched import (
    monitor_of,
    planned_result,
    put_results,
    put_state,
    slot_before,
)
from tests.support.builders import a_monitor

# As big as the API takes monitors.
LONG = Assertion(source="body", operator="contains", value="x" * 2000)
BIG = {"probe": {"method": "POST", "body": "x" * 10_000}, "assertions": (LONG,) * 20}


def put_monitors(stage: Stage, count: int, **fields: Any) -> list[Monitor]:
    made = [a_monitor(id=f"mon_{number:03}", **fields) for number in range(count)]
    for monitor in made:
        stage.backend.monitors.create(monitor)
    return made


def pages(stage: Stage, address: str) -> list[list[str]]:
    """Read a list page by page, as ids."""
    found, cursor = [], ""
    while True:
        joint = "&" if "?" in address else "?"
        page = stage.get(f"{address}{joint}limit=3{cursor}")
        found.append([each["id"] for each in page["items"]])
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_pages_join_without_gap_or_repetition_and_the_last_is_known_as_such(stage: Stage) -> None:
    put_monitors(stage, 6)
    assert pages(stage, "/v1/monitors") == [
        ["mon_000", "mon_001", "mon_002"],
        ["mon_003", "mon_004", "mon_005"],
    ]


def test_a_page_goes_on_where_the_last_one_ended_whatever_was_added(stage: Stage) -> None:
    put_monitors(stage, 6)
    first = stage.get("/v1/monitors?limit=3")
    stage.backend.monitors.create(a_monitor(id="mon_0009"))
    stage.backend.monitors.delete("mon_002")
    second = stage.get(f"/v1/monitors?limit=3&cursor={first['next_cursor']}")
    assert [each["id"] for each in second["items"]] == ["mon_003", "mon_004", "mon_005"]


def test_a_list_can_be_narrowed(stage: Stage) -> None:
    stage.add_monitor(name="Shop front", tags=["shop", "prod"])
    stage.add_monitor(name="Shop back", target="https://back.example/", tags=["shop"])
    paused = stage.add_monitor(name="Blog")["id"]
    stage.post(f"/v1/monitors/{paused}/pause")

    def names(query: str) -> set[str]:
        return {each["name"] for each in stage.get(f"/v1/monitors?{query}")["items"]}

    assert names("tag=shop") == {"Shop front", "Shop back"}
    assert names("tag=sho") == set()
    assert names("q=SHOP+FRONT") == {"Shop front"}
    assert names("q=back.EXAMPLE") == {"Shop back"}
    assert names("status=paused") == {"Blog"}
    assert names("status=pending&tag=prod") == {"Shop front"}
    assert names("status=up") == set()


ODD = ("limit=0", "limit=201", "limit=x", "limit=", "status=broken", "page=2", "limit=1&limit=2")


def test_an_odd_query_is_refused(stage: Stage) -> None:
    for query in ODD:
        assert stage.call("GET", f"/v1/monitors?{query}").status == 400, query


def test_a_cursor_of_another_list_or_of_nobody_is_refused(stage: Stage) -> None:
    put_monitors(stage, 2)
    own = stage.get("/v1/monitors?limit=1")["next_cursor"]
    for address, cursor in (
        ("/v1/channels", own),
        ("/v1/incidents", own),
        ("/v1/monitors/mon_000/results", own),
        ("/v1/monitors", own[:-2]),
        ("/v1/monitors", "mon_000"),
        ("/v1/monitors", ""),
        ("/v1/monitors", "ÿ"),
        ("/v1/monitors", "x" * 1001),
    ):
        answer = stage.call("GET", f"{address}?cursor={cursor}")
        assert answer.status == 400, (address, cursor)
        assert "cursor" in answer.body["detail"]


def test_monitors_so_big_that_the_store_cuts_its_answer_are_all_listed(stage: Stage) -> None:
    put_monitors(stage, 25, **BIG)
    assert len(stage.get("/v1/monitors?limit=200")["items"]) == 25


def test_what_is_more_than_can_be_sent_asks_for_a_smaller_page(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "MAX_ANSWER_BYTES", 300_000)
    put_monitors(stage, 6, **BIG)
    answer = stage.call("GET", "/v1/monitors")
    assert answer.status == 400
    assert "?limit=" in answer.body["detail"]
    assert len(stage.get("/v1/monitors?limit=5")["items"]) == 5


def test_a_search_ends_early_and_goes_on_from_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor_list, "MAX_SCANNED", 4)
    monkeypatch.setattr(monitor_list, "PORTION", 3)
    put_monitors(stage, 9)
    stage.backend.monitors.create(a_monitor(id="mon_zzz", tags=("rare",)))
    assert pages(stage, "/v1/monitors?tag=rare") == [[], [], ["mon_zzz"]]


def test_two_hundred_monitors_cost_a_dozen_requests(stage: Stage) -> None:
    monitors = put_monitors(stage, 200, created_at=stage.now)
    stage.pass_time(hours=1)
    put_results(stage, (planned_result(each, slot_before(stage, each, 1)) for each in monitors))
    for monitor in monitors:
        put_state(stage, monitor, Status.UP)
    assert stage.tokens
    stage.calls.made.clear()
    page = stage.get("/v1/monitors?limit=200")
    assert {each["status"] for each in page["items"]} == {"up"}
    assert all(each["last_checked_at"] for each in page["items"])
    # The token, the monitors, the windows, their states, and the two last slots of each.
    assert Counter(stage.calls.made) == {"GetItem": 1, "Query": 2, "BatchGetItem": 2 + 4}


def test_one_monitor_costs_five_requests(stage: Stage) -> None:
    monitor = monitor_of(stage, stage.add_monitor()["id"])
    stage.pass_time(hours=1)
    put_results(stage, [planned_result(monitor, slot_before(stage, monitor))])
    stage.calls.made.clear()
    stage.get(f"/v1/monitors/{monitor.id}")
    assert stage.calls.made == ["GetItem", "GetItem", "BatchGetItem", "BatchGetItem", "Query"]
