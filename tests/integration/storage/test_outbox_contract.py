"""The outbox in memory and the one on DynamoDB answer alike, whatever is asked of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.alert import Alert, AlertKind, AlertState
from sentinelmesh.domain.alerts.alert_transitions import claim, finish, postpone
from sentinelmesh.domain.alerts.delivery_action import Postpone, Send
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.incident import Incident, incident_id
from sentinelmesh.errors import MeshError
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.outbox import alert_item
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh
from tests.unit.alerter.fakes import FakeOutbox

Outbox = AlertsRepository | FakeOutbox
Step = Callable[[Outbox], object]


def incident_of(number: int) -> Incident:
    return an_incident(incident_id=incident_id("mon_1", START + timedelta(minutes=number), number))


INCIDENTS = [incident_of(number) for number in (1, 2)]
rows = st.builds(
    an_alert,
    st.sampled_from(INCIDENTS),
    st.sampled_from(AlertKind),
    state=st.sampled_from([AlertState.PENDING, AlertState.RETRY, AlertState.SUPPRESSED]),
    attempts=st.integers(0, 1),
)
moments = st.integers(0, 40).map(lambda half: START + half * timedelta(seconds=30))


def outcome(step: Step, outbox: Outbox) -> object:
    """Return what a step answers, or by which error of ours it is refused."""
    try:
        return step(outbox)
    except MeshError as refused:
        return type(refused)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Draw an operation on any form of any row, right or stale."""
    row, other = draw(rows), draw(rows)
    at = draw(moments)
    mine = claim(row, Send(), at, takes_key=draw(st.booleans()), chance=Random(1))
    heard = NotificationHistory(
        monitor_id="mon_1", channel_id="ch_1", version=draw(st.integers(0, 2))
    )
    ended = finish(other, AlertState.SUPPRESSED, "over")
    both = other.key != row.key
    possible: list[Step] = [
        lambda outbox: outbox.get(row.incident_id, row.key),
        lambda outbox: outbox.attention("mon_1", "ch_1"),
        lambda outbox: sorted(outbox.iterate_due(at)),
        lambda outbox: outbox.claim(row, mine, heard, (other, ended) if both else None),
        lambda outbox: outbox.claim(row, mine, heard),
        lambda outbox: outbox.claim(row, mine, outbox.attention("mon_1", "ch_1")),
        lambda outbox: outbox.advance((row, postpone(row, Postpone(until=at)))),
        lambda outbox: outbox.advance((mine, replace(mine, state=AlertState.RETRY))),
        lambda outbox: outbox.advance((row, finish(row, AlertState.DEAD, "no"))),
        lambda outbox: outbox.advance(
            (row, finish(row, AlertState.DEAD, "no")), *([(other, ended)] * both)
        ),
    ]
    return draw(st.sampled_from(possible))


@given(st.lists(rows, min_size=1, max_size=4), st.lists(steps(), max_size=12))
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_both_answer_alike(mesh: MotoMesh, stored: list[Alert], course: list[Step]) -> None:
    fake, real = FakeOutbox(), AlertsRepository(mesh.dynamodb, mesh.tables["alerts"])
    fake.store(*stored)
    for item in mesh.items("alerts"):
        key = {name: item[name] for name in ("incident_id", "alert_key")}
        mesh.dynamodb.delete_item(TableName=mesh.tables["alerts"], Key=key)
    for row in fake.rows.values():
        mesh.dynamodb.put_item(TableName=mesh.tables["alerts"], Item=alert_item(row))
    for step in course:
        assert outcome(step, real) == outcome(step, fake)
    for place, row in fake.rows.items():
        assert real.get(*place) == row
