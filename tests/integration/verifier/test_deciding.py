"""The verifier over real tables: what each event makes it write, ask and schedule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.incidents.incident import IncidentState, Status
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.messages import EvaluationMessage, encode
from sentinelmesh.storage import incidents
from tests.integration.verifier.recovering import recovery_votes
from tests.support.builders import REGIONS, a_channel, a_monitor, a_result, a_slot
from tests.support.deliveries import queue_record
from tests.support.verifier_stage import Stage, a_stage

HERE, *OTHERS = REGIONS
CHANNELS = (a_channel(), a_channel(id="ch_2", kind="email", options={"to": ["a@b.example"]}))


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_stage() as made:
        yield made


def failing(monitor: Monitor, count: int, region: str = HERE, **changes: object) -> Result:
    return a_result(monitor, a_slot(monitor, count), region, outcome=Outcome.FAILURE, **changes)


def verifying(monitor: Monitor, count: int, outcome: Outcome = Outcome.FAILURE) -> list[Result]:
    return [
        a_result(
            monitor,
            a_slot(monitor, count),
            region,
            outcome=outcome,
            purpose=Purpose.VERIFICATION,
            started_at=a_slot(monitor, count) + timedelta(seconds=2),
        )
        for region in OTHERS
    ]


def seen_up(stage: Stage, monitor: Monitor, *channels: object) -> None:
    """Have a monitor that is up since its first round."""
    stage.configure(monitor, *channels)  # type: ignore[arg-type]
    stage.now = a_slot(monitor, 0) + timedelta(seconds=1)
    stage.deliver(stage.see(a_result(monitor, a_slot(monitor, 0), HERE)))
    assert stage.states[monitor.id].status is Status.UP


def go_down(stage: Stage, monitor: Monitor, count: int = 1) -> None:
    """Have a failing probe confirmed by the other regions."""
    stage.now = a_slot(monitor, count) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(monitor, count)))
    stage.now += timedelta(seconds=2)
    stage.deliver(stage.see(*verifying(monitor, count)))


def test_a_passing_probe_of_a_monitor_that_is_up_costs_one_read_and_no_write(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor)
    records = stage.see(a_result(monitor, a_slot(monitor, 1), OTHERS[0]))
    stage.calls.clear()
    assert stage.deliver(records) == []
    assert stage.calls == ["BatchGetItem", "UpdateItem"], "the second is the sign of life"


def test_a_failing_probe_asks_the_other_regions_about_the_same_slot(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    stage.now = a_slot(monitor, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(monitor, 1)))
    asked = stage.asked()
    assert asked[HERE] == []
    for region in OTHERS:
        (check,) = asked[region]
        assert (check.slot, check.purpose) == (a_slot(monitor, 1), Purpose.VERIFICATION)
        assert check.scheduled_at == stage.now
        assert check.expires_at == stage.now + timedelta(seconds=30)
    assert stage.states[monitor.id].status is Status.VERIFYING
    assert stage.alert_keys == []


def test_an_outage_is_one_incident_and_one_row_per_channel(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    go_down(stage, monitor)
    assert stage.ledger == ["up first_pass", "verifying suspected", "down quorum"]
    (incident,) = stage.incidents
    assert incident.opened_at == failing(monitor, 1).started_at
    assert incident.confirmed_at == stage.now
    assert stage.alert_keys == ["opened#ch_1", "opened#ch_2"]


def test_an_outage_that_ends_resolves_its_incident_and_tells_the_same_channels(
    stage: Stage,
) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    go_down(stage, monitor)
    first, *others = recovery_votes(stage, monitor)
    stage.deliver(stage.see(first))
    assert stage.states[monitor.id].status is Status.DOWN, "an end is verified like a beginning"
    assert {name for name, checks in stage.asked().items() if checks} == {
        each.region for each in others
    }
    stage.deliver(stage.see(*others))
    (incident,) = stage.incidents
    assert incident.state is IncidentState.RESOLVED
    assert stage.ledger[-1] == "up recovered"
    assert stage.alert_keys == ["opened#ch_1", "opened#ch_2", "resolved#ch_1", "resolved#ch_2"]


def test_replaying_the_whole_stream_changes_nothing(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    go_down(stage, monitor)
    stage.now = a_slot(monitor, 2) + timedelta(seconds=1)
    recovery = [a_result(monitor, a_slot(monitor, 2), HERE)]
    recovery += verifying(monitor, 2, Outcome.SUCCESS)
    stage.deliver(stage.see(*recovery))
    decided = stage.decided()
    for hours in (0, 23):
        stage.now += timedelta(hours=hours)
        stage.deliver(stage.everything_seen())
        assert stage.decided() == decided


def test_while_it_stays_down_failing_probes_cost_one_read(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor)
    go_down(stage, monitor)
    records = stage.see(failing(monitor, 2, OTHERS[0]))
    stage.calls.clear()
    stage.deliver(records)
    assert "TransactWriteItems" not in stage.calls
    assert "Query" not in stage.calls


def test_votes_that_stay_away_are_given_up_at_an_alarm(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor)
    stage.now = a_slot(monitor, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(monitor, 1)))
    assert stage.alarms() > 0
    for count in (1, 2, 3):
        if count > 1:
            stage.now = a_slot(monitor, count) + timedelta(seconds=1)
            stage.deliver(stage.see(failing(monitor, count)))
        assert stage.states[monitor.id].status is Status.VERIFYING
        stage.now = a_slot(monitor, count) + timedelta(seconds=59)
        stage.wake(monitor.id)
    assert stage.ledger[-1] == "down unverified"


def test_a_monitor_paused_while_it_is_down_has_its_incident_cancelled_silently(
    stage: Stage,
) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    go_down(stage, monitor)
    told = stage.alert_keys
    stage.deliver(stage.edit(replace(monitor, revision=2, paused=True)))
    assert [each.state for each in stage.incidents] == [IncidentState.CANCELLED]
    assert stage.states[monitor.id].status is Status.PAUSED
    assert stage.alert_keys == told


def test_a_deleted_monitor_leaves_its_ledger_and_no_state(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    go_down(stage, monitor)
    stage.deliver(stage.delete(monitor))
    assert stage.states == {}
    assert stage.ledger[-1] == "deleted deleted"
    assert [each.state for each in stage.incidents] == [IncidentState.CANCELLED]


def test_a_result_of_a_deleted_monitor_is_nobodys_news(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor)
    stage.deliver(stage.delete(monitor))
    before = stage.decided()
    assert stage.deliver(stage.see(failing(monitor, 1))) == []
    assert stage.decided() == before


def test_results_of_an_older_revision_do_not_vote(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor)
    edited = replace(monitor, revision=2, target="https://new.example/")
    stage.deliver(stage.edit(edited))
    stage.now = a_slot(monitor, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(monitor, 1)))
    assert stage.states[monitor.id].status is Status.UP
    assert stage.asked() == {region: [] for region in REGIONS}


def test_an_edit_while_a_failure_is_verified_begins_anew(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor)
    stage.now = a_slot(monitor, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(monitor, 1)))
    stage.deliver(stage.edit(replace(monitor, revision=2)))
    stage.deliver(stage.see(*verifying(monitor, 1)))
    assert stage.ledger[-1] == "up edited"
    assert stage.incidents == []


def test_a_monitor_that_broke_during_an_outage_of_home_makes_no_alert_for_the_past(
    stage: Stage,
) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    stage.now = a_slot(monitor, 0) + timedelta(hours=2)
    spooled = [failing(monitor, count, REGIONS[count % 3]) for count in range(1, 60)]
    stage.deliver(stage.see(*spooled))
    assert stage.states[monitor.id].status is Status.UP
    assert stage.incidents == []
    assert stage.asked() == {region: [] for region in REGIONS}


def test_a_suspicion_from_before_an_outage_of_home_makes_no_alert_for_the_past(
    stage: Stage,
) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    stage.now = a_slot(monitor, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(monitor, 1)))
    stage.now += timedelta(hours=2)
    now = int((stage.now - a_slot(monitor, 0)) / monitor.interval)
    stage.deliver(stage.see(*verifying(monitor, 1), failing(monitor, 2, OTHERS[0])))
    assert stage.incidents == []
    fresh = a_result(monitor, a_slot(monitor, now), HERE)
    stage.deliver(stage.see(fresh, *verifying(monitor, now, Outcome.SUCCESS)))
    assert stage.states[monitor.id].status is Status.UP
    assert stage.incidents == []
    assert stage.alert_keys == []


def test_an_outage_that_lasts_beyond_an_outage_of_home_began_when_it_was_first_seen(
    stage: Stage,
) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor, *CHANNELS)
    stage.now = a_slot(monitor, 1) + timedelta(seconds=1)
    stage.deliver(stage.see(failing(monitor, 1)))
    stage.now += timedelta(hours=2)
    now = int((stage.now - a_slot(monitor, 0)) / monitor.interval)
    meanwhile = [failing(monitor, count) for count in range(2, now + 1)]
    spooled = [*verifying(monitor, 1), *meanwhile, *verifying(monitor, now)]
    stage.deliver(stage.see(*spooled))
    (incident,) = stage.incidents
    assert incident.opened_at == failing(monitor, 1).started_at
    assert stage.alert_keys == ["opened#ch_1", "opened#ch_2"]


def test_a_poison_message_stops_alone(stage: Stage) -> None:
    monitor = a_monitor()
    stage.configure(monitor)
    stage.see(a_result(monitor, a_slot(monitor, 0), HERE))
    stage.now = a_slot(monitor, 0) + timedelta(seconds=1)
    messages = [
        queue_record("1", "no json"),
        queue_record("2", '{"monitor_id": "mon_1", "schema_version": 99}'),
        queue_record("3", encode(EvaluationMessage(monitor_id=monitor.id))),
    ]
    response = stage.verifier().take_messages(messages)
    assert [each["itemIdentifier"] for each in response["batchItemFailures"]] == ["1", "2"]
    assert stage.states[monitor.id].status is Status.UP


def test_a_sweep_closes_the_incident_of_a_monitor_whose_pause_or_deletion_nobody_delivered(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many others are open: they are read page by page."""
    monkeypatch.setattr(incidents, "OPEN_PAGE", 1)
    paused, deleted = a_monitor(), a_monitor(id="mon_2")
    for monitor in (paused, deleted):
        seen_up(stage, monitor)
        go_down(stage, monitor)
    stage.edit(replace(paused, revision=2, paused=True))
    stage.delete(deleted)
    assert [each.state for each in stage.incidents] == [IncidentState.OPEN] * 2
    stage.verifier().sweep()
    assert [each.state for each in stage.incidents] == [IncidentState.CANCELLED] * 2


def test_a_sweep_changes_nothing_about_an_outage_that_goes_on(stage: Stage) -> None:
    monitor = a_monitor()
    seen_up(stage, monitor)
    go_down(stage, monitor)
    before = stage.decided()
    stage.verifier().sweep()
    assert stage.decided() == before
