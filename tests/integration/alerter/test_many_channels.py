"""Alert rows beyond what a transaction holds: created once each, whatever dies, and in order."""

from collections import Counter
from dataclasses import replace

import pytest

import sentinelmesh.domain.alerts.alert_batch
from sentinelmesh.domain.alerts.alert import Alert, AlertKind
from sentinelmesh.domain.alerts.alert_batch import split_rows
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.storage.alert_batches import batch_item
from sentinelmesh.storage.dynamodb import keys
from tests.integration.alerter.alerting import AlertStage, Record
from tests.support.alerts import an_alert, an_incident, resolved
from tests.support.builders import a_channel
from tests.support.calls import Crash, crash_at

CHANNELS = [f"ch_{number}" for number in range(4)]
WHOLE = Counter({(name, True): 1 for name in CHANNELS})
BEGUN = Counter({(name, False): 1 for name in CHANNELS})


@pytest.fixture(autouse=True)
def _one_row_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentinelmesh.domain.alerts.alert_batch, "MAX_ROWS_AT_ONCE", 1)


@pytest.fixture(autouse=True)
def _channels(stage: AlertStage) -> None:
    for name in CHANNELS:
        stage.configure(a_channel(id=name, kind="webhook"))


def rows_of(incident: Incident, kind: AlertKind) -> list[Alert]:
    plain = replace(an_alert(incident, kind), channel_kind="webhook")
    return [replace(plain, channel_id=name) for name in CHANNELS]


def happen(stage: AlertStage, incident: Incident, kind: AlertKind) -> list[Record]:
    """Write an incident with its rows as the verifier does; return the stream's records."""
    now, (batch,) = split_rows(rows_of(incident, kind))
    assert (len(now), len(batch.recipients)) == (1, 3)
    item = batch_item(batch)
    stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["alerts"], Item=item)
    place = {name: item[name] for name in ("incident_id", "alert_key")}
    return [*stage.happen(incident, *now), stage.record(place)]


def told(stage: AlertStage) -> Counter[tuple[str, bool]]:
    """Count what each channel was told: its name, and whether it was beginning and end in one."""
    return Counter((each.key.split(".")[2], each.combined) for each in stage.keyed.taken)


def left(stage: AlertStage) -> list[str]:
    partitions = [item["incident_id"]["S"] for item in stage.mesh.items("alerts")]
    return [each for each in partitions if each.startswith(keys.BATCHES_PREFIX)]


def test_channels_beyond_the_transaction_are_notified_too(stage: AlertStage) -> None:
    assert stage.deliver(happen(stage, an_incident(), AlertKind.OPENED)) == []
    assert len(stage.rows) == 4, "the stream tells of the rows that the batch has become"
    stage.sweep()
    assert told(stage) == BEGUN
    assert left(stage) == []


def test_a_batch_whose_record_got_lost_is_found_by_the_sweep(stage: AlertStage) -> None:
    happen(stage, an_incident(), AlertKind.OPENED)
    for _ in range(2):
        stage.sweep()
    assert told(stage) == BEGUN
    assert left(stage) == []


def test_a_process_that_dies_after_any_call_creates_each_row_once(stage: AlertStage) -> None:
    happen(stage, an_incident(), AlertKind.OPENED)
    died = 0
    for number in range(1, 40):
        stage.calls.made.clear()
        stage.calls.after = crash_at(number)
        try:
            stage.sweep()
        except Crash:
            died += 1
    stage.calls.after = None
    stage.at(hours=1)
    stage.sweep()
    stage.sweep()
    assert died > 5
    assert {row.state.value for row in stage.rows.values()} == {"sent"}
    assert len(stage.rows) == 4
    assert {key for key, _ in told(stage)} == set(CHANNELS)
    assert left(stage) == []


def test_an_end_that_overtakes_its_beginning_is_told_with_it(stage: AlertStage) -> None:
    """The end's rows are there, and the beginning of three channels is still in its batch."""
    begun = an_incident()
    happen(stage, begun, AlertKind.OPENED)
    ended = resolved(begun)
    stage.at(minutes=4)
    stage.deliver(stage.happen(ended, *rows_of(ended, AlertKind.RESOLVED)))
    stage.sweep()
    assert told(stage) == WHOLE


def test_a_beginning_whose_end_is_still_in_a_batch_is_told_with_it(stage: AlertStage) -> None:
    begun = an_incident()
    records = stage.happen(begun, *rows_of(begun, AlertKind.OPENED))
    stage.at(minutes=4)
    happen(stage, resolved(begun), AlertKind.RESOLVED)
    stage.deliver(records)
    stage.sweep()
    assert told(stage) == WHOLE


def test_everybody_hears_of_an_acknowledgement_who_is_to_hear_of_the_outage(
    stage: AlertStage,
) -> None:
    acknowledging = (AlertKind.OPENED, AlertKind.ACKNOWLEDGED)
    for name in CHANNELS:
        stage.reconfigure(a_channel(id=name, kind="webhook", events=acknowledging, revision=2))
    incident = an_incident(acknowledged_by="ada")
    happen(stage, incident, AlertKind.OPENED)
    stage.alerter().deliverer.followers.acknowledged(incident.incident_id)
    created = {row.key for row in stage.rows.values() if row.kind is AlertKind.ACKNOWLEDGED}
    assert created == {f"acknowledged#{name}" for name in CHANNELS}
