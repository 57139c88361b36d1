"""A policy tried on the past: what it would have made of stored results."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.api.services import backtests
from sentinelmesh.domain.incidents.incident import IncidentState
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.domain.values.instant import text
from tests.integration.api.examples import put_incident
from tests.integration.api.stage import Stage
from tests.integration.api.watched import planned_result, put_results, slot_before
from tests.support.builders import REGIONS, a_monitor, a_result, an_incident

MONITOR = a_monitor()
P, F = Outcome.SUCCESS, Outcome.FAILURE


@pytest.fixture(autouse=True)
def monitor(stage: Stage) -> None:
    stage.backend.monitors.create(MONITOR)


def put_round(stage: Stage, count: int, seen: Mapping[str, Outcome], **changes: Any) -> datetime:
    """Record what the region in turn saw, and the others if it failed."""
    slot = slot_before(stage, MONITOR, count)
    in_turn = planned_result(MONITOR, slot).region
    results = [planned_result(MONITOR, slot, outcome=seen[in_turn], **changes)]
    if seen[in_turn] is F:
        results += [
            a_result(
                MONITOR, slot, region, outcome=seen[region],
                purpose=Purpose.VERIFICATION, **changes,
            )
            for region in REGIONS
            if region != in_turn
        ]  # fmt: skip
    put_results(stage, results)
    return slot


def put_history(stage: Stage, broken: Mapping[str, Outcome], **changes: Any) -> datetime:
    """Record forty minutes with five broken ones; gives the first broken slot."""
    well = dict.fromkeys(REGIONS, P)
    slots = [
        put_round(stage, count, broken if 20 < count <= 25 else well, **changes)
        for count in range(40, 0, -1)
    ]
    return slots[40 - 25]


def tried(stage: Stage, **body: Any) -> Any:
    return stage.call("POST", "/v1/monitors/mon_1/backtest", body).body


def test_the_policy_in_force_finds_what_happened(stage: Stage) -> None:
    began = put_history(stage, dict.fromkeys(REGIONS, F))
    stage.add_channel()
    put_incident(
        stage,
        an_incident(
            opened_at=began + timedelta(milliseconds=120),
            state=IncidentState.RESOLVED,
            resolved_at=began + timedelta(minutes=5),
            duration_seconds=300,
        ),
    )
    told = tried(stage, window="24h")
    (proposed,) = told["proposed"]["incidents"]
    (actual,) = told["actual"]["incidents"]
    assert proposed["opened_at"] == actual["opened_at"]
    assert (proposed["id"], actual["id"]) == (None, "inc_1")
    assert (told["spared"], told["added"], told["avoided_alarms"]) == ([], [], 0)
    # One channel hears of the beginning and of the end.
    assert (told["proposed"]["alerts"], told["actual"]["alerts"]) == (2, 0)
    assert told["proposed"]["downtime_seconds"] == 300
    assert told["from"] == text(MONITOR.scheduled_since)
    assert told["limited_by"].startswith("the present schedule began then")
    assert told["results"] == 40 + 10


def test_a_stricter_quorum_spares_an_incident_that_one_region_did_not_see(stage: Stage) -> None:
    began = put_history(stage, {**dict.fromkeys(REGIONS, F), REGIONS[2]: P})
    put_incident(stage, an_incident(opened_at=began, resolved_at=began + timedelta(minutes=5)))
    assert tried(stage)["spared"] == []
    told = tried(stage, verification={"quorum": 3})
    assert [each["id"] for each in told["spared"]] == ["inc_1"]
    assert told["proposed"]["incidents"] == []
    assert told["avoided_alarms"] >= 1
    assert told["verification"] == {
        "quorum": 3,
        "confirm_after": 1,
        "recover_after": 1,
        "regional_incidents": False,
        "degraded_incidents": False,
        "quick_detection": True,
    }


def test_results_of_earlier_revisions_count_as_well(stage: Stage) -> None:
    put_history(stage, dict.fromkeys(REGIONS, F), revision=7)
    assert len(tried(stage)["proposed"]["incidents"]) == 1


def test_the_slot_that_was_at_hand_when_a_timetable_began_counts(stage: Stage) -> None:
    """It was sent out a moment after the monitor was added; before, nobody probed for that."""
    slot = slot_before(stage, MONITOR, 3)
    began = slot + timedelta(seconds=5)
    monitor = a_monitor(id="mon_2", created_at=began, grace_period_seconds=3600)
    stage.backend.monitors.create(monitor)
    ages = {F: began - timedelta(seconds=1), P: began + timedelta(seconds=1)}
    first = [
        a_result(monitor, slot, region, outcome=outcome, started_at=ages[outcome])
        for outcome, region in zip(ages, REGIONS, strict=False)
    ]
    second = [a_result(monitor, slot + monitor.interval, region, outcome=F) for region in REGIONS]
    put_results(stage, [*first, *second])
    told = stage.call("POST", "/v1/monitors/mon_2/backtest", {"window": "24h"}).body
    assert told["results"] == 1 + 3
    assert len(told["proposed"]["incidents"]) == 1, "it had worked: no grace is left"
    assert told["from"] == text(began)


def test_votes_that_nobody_measured_are_counted(stage: Stage) -> None:
    """Nobody verified the recovery: three passing rounds, each short of two votes."""
    put_history(stage, dict.fromkeys(REGIONS, F))
    assert tried(stage)["missing_votes"] == 3 * 2


def test_a_time_with_too_much_in_it_is_cut(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    put_history(stage, dict.fromkeys(REGIONS, F))
    monkeypatch.setattr(backtests, "MAX_EVENTFUL", 5)
    told = tried(stage)
    assert told["from"] > text(slot_before(stage, MONITOR, 26))
    assert told["limited_by"] == "so much happened since then that more cannot be evaluated in time"
    monkeypatch.setattr(backtests, "MAX_RESULTS", 10)
    assert tried(stage)["from"] == text(stage.now - timedelta(minutes=10))


def test_a_quorum_has_to_fit_the_regions(stage: Stage) -> None:
    answer = stage.call("POST", "/v1/monitors/mon_1/backtest", {"verification": {"quorum": 4}})
    assert answer.status == 422
    assert "/verification/quorum" in answer.errors
