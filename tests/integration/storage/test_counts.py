"""What is counted for health and metrics, read from the tables themselves."""

from datetime import timedelta

from sentinelmesh.storage.counts import Counts
from sentinelmesh.storage.outbox import alert_item
from tests.support.alerts import an_alert
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh


def test_the_alert_that_waits_longest_is_one_that_is_due(mesh: MotoMesh) -> None:
    counts = Counts(mesh.dynamodb, mesh.tables)
    assert counts.oldest_due_alert(START) is None
    for number, minutes in enumerate((5, 3, 9)):
        row = an_alert(channel_id=f"ch_{number}", due_at=START + timedelta(minutes=minutes))
        mesh.dynamodb.put_item(TableName=mesh.tables["alerts"], Item=alert_item(row))
    due = START + timedelta(minutes=3)
    assert counts.oldest_due_alert(due - timedelta(milliseconds=1)) is None
    assert counts.oldest_due_alert(due) == due
    assert counts.oldest_due_alert(due + timedelta(hours=1)) == due
