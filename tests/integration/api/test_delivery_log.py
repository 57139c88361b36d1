"""The delivery log of a channel, and the addresses that get no mail."""

from datetime import timedelta

from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.storage.outbox import alert_item
from tests.integration.api.examples import put_paused_address
from tests.integration.api.stage import Stage
from tests.support.alerts import an_alert
from tests.support.builders import START


def test_a_channel_shows_what_it_was_told_newest_first_page_by_page(stage: Stage) -> None:
    channel, other = stage.add_channel()["id"], stage.add_channel()["id"]
    for number in range(5):
        row = an_alert(
            incident_id=f"inc_{number}",
            channel_id=channel if number != 3 else other,
            created_at=START + timedelta(minutes=number // 2),
            state=AlertState.SENT,
            answer=f"HTTP 200 {number}",
            finished=True,
        )
        stage.mesh.dynamodb.put_item(TableName=stage.mesh.tables["alerts"], Item=alert_item(row))
    seen, address = [], f"/v1/channels/{channel}/alerts?limit=2"
    page = stage.get(address)
    while True:
        seen += [row["answer"] for row in page["items"]]
        if page["next_cursor"] is None:
            break
        page = stage.get(f"{address}&cursor={page['next_cursor']}")
    assert sorted(seen) == ["HTTP 200 0", "HTTP 200 1", "HTTP 200 2", "HTTP 200 4"]
    assert seen[0] == "HTTP 200 4"
    assert seen[1] == "HTTP 200 2"


def test_a_paused_address_is_shown_and_resumed(stage: Stage) -> None:
    name = put_paused_address(stage)
    (shown,) = stage.get("/v1/paused-addresses")["items"]
    assert (shown["id"], shown["address"]) == (name, "gone@shop.example")
    assert shown["paused_at"] == "2026-01-01T12:00:00Z"
    assert stage.call("DELETE", f"/v1/paused-addresses/{name}").status == 204
    assert stage.get("/v1/paused-addresses")["items"] == []
    assert stage.call("DELETE", f"/v1/paused-addresses/{name}").status == 404
