"""What a failed call asks of its caller: another try, another reading, or attention."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from sentinelmesh.errors import StaleState, StoreUnavailable
from sentinelmesh.storage.calls import translated
from sentinelmesh.storage.counts import Counts
from sentinelmesh.storage.outbox import alert_item
from tests.building import START
from tests.integration.calls import refusal
from tests.integration.tables import MotoMesh
from tests.outbox import an_alert


def answered(status: int | None, code: str = "Odd", *reasons: str) -> ClientError:
    response = {
        "Error": {"Code": code},
        "CancellationReasons": [{"Code": each} for each in reasons],
        **({} if status is None else {"ResponseMetadata": {"HTTPStatusCode": status}}),
    }
    return ClientError(response, "PutItem")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (answered(500), StoreUnavailable),
        (answered(499), ClientError),
        (answered(None), ClientError),
        (answered(400, "ThrottlingException"), StoreUnavailable),
        (answered(400, "TransactionCanceledException", "TransactionConflict"), StoreUnavailable),
        (
            answered(400, "TransactionCanceledException", "None", "ConditionalCheckFailed"),
            StaleState,
        ),
        (answered(400, "TransactionCanceledException", "ValidationError"), ClientError),
        (refusal("PutItem", "ConditionalCheckFailedException"), StaleState),
        (EndpointConnectionError(endpoint_url="x"), StoreUnavailable),
    ],
)
def test_errors_are_told_apart_by_what_has_to_be_done(
    error: Exception, told: type[Exception]
) -> None:
    with pytest.raises(told), translated(StaleState, "a row"):
        raise error


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
