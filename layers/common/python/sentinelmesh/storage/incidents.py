"""The incidents table: opened and closed by the verifier, acknowledged and annotated by people."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.incidents.incident import Incident, IncidentNote
from sentinelmesh.domain.values import instant
from sentinelmesh.errors import NotFound
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.batches import get_many
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attribute, attributes, from_item
from sentinelmesh.storage.dynamodb.query_pages import first_rows
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OPEN_PAGE = 200


class IncidentsRepository:
    """Incidents by id, by time, by monitor, and the open ones."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader("incident", ("incident_id",), lambda item: from_item(item, Incident))

    def get(self, monitor_id: str, incident_id: str) -> Incident | None:
        """Read one incident, strongly consistent. Cost: 1 read unit."""
        with translate_errors(NotFound, f"incident {incident_id}"):
            answer = self._client.get_item(
                TableName=self._table, Key=_key(monitor_id, incident_id), ConsistentRead=True
            )
        return self._rows.read(answer["Item"]) if "Item" in answer else None

    def get_many(self, wanted: Iterable[tuple[str, str]]) -> dict[str, Incident]:
        """Read incidents by monitor and id, strongly consistent. Cost: 1 read unit each."""
        places = [_key(*each) for each in dict.fromkeys(wanted)]
        found = get_many(self._client, self._table, places)
        return {incident.incident_id: incident for incident in self._rows.read_all(found)}

    def find(self, incident_id: str) -> Incident | None:
        """Read one incident by its id alone (eventually consistent). Cost: half a read unit."""
        found = first_rows(
            self._client,
            1,
            f"incident {incident_id}",
            lambda items: [self._rows.read(item) for item in items],
            TableName=self._table,
            IndexName="by_time",
            KeyConditionExpression="listing = :all AND incident_id = :id",
            ExpressionAttributeValues={
                ":all": {"S": keys.ALL_INCIDENTS},
                ":id": {"S": incident_id},
            },
        )
        return found[0] if found else None

    def list_page(
        self, limit: int, *, only_open: bool = False, before_id: str | None = None
    ) -> list[Incident]:
        """Read a page of incidents of all monitors, newest first (eventually consistent)."""
        index, key, value = (
            ("open", "open", keys.OPEN) if only_open else ("by_time", "listing", keys.ALL_INCIDENTS)
        )
        return self._query(
            limit,
            IndexName=index,
            KeyConditionExpression="#all = :all AND incident_id < :before",
            ExpressionAttributeNames={"#all": key},
            ExpressionAttributeValues={
                ":all": {"S": value},
                ":before": {"S": before_id or "inc_~"},
            },
        )

    def list_open(self, limit: int) -> list[Incident]:
        """Read the open incidents of all monitors, newest first (eventually consistent)."""
        found: list[Incident] = []
        while len(found) < limit:
            before = found[-1].incident_id if found else None
            page = self.list_page(OPEN_PAGE, only_open=True, before_id=before)
            found += page
            if len(page) < OPEN_PAGE:
                break
        return found

    def list_of_monitor(
        self,
        monitor_id: str,
        limit: int,
        before_id: str | None = None,
        *,
        consistent: bool = False,
    ) -> list[Incident]:
        """Read a page of one monitor's incidents, newest first."""
        return self._query(
            limit,
            ConsistentRead=consistent,
            KeyConditionExpression="monitor_id = :monitor AND incident_id < :before",
            ExpressionAttributeValues={
                ":monitor": {"S": monitor_id},
                ":before": {"S": before_id or "inc_~"},
            },
        )

    def acknowledge(self, incident: Incident, at: datetime, by: str) -> None:
        """Note who takes care; the first acknowledgement stays.

        Raises:
            NotFound: no such incident.
        """
        with translate_errors(NotFound, f"incident {incident.incident_id}"):
            self._client.update_item(
                TableName=self._table,
                Key=_key(incident.monitor_id, incident.incident_id),
                UpdateExpression="SET acknowledged_at = if_not_exists(acknowledged_at, :at), "
                "acknowledged_by = if_not_exists(acknowledged_by, :by)",
                ConditionExpression="attribute_exists(incident_id)",
                ExpressionAttributeValues={":at": {"S": instant.text(at)}, ":by": {"S": by}},
            )

    def add_note(self, incident: Incident, note: IncidentNote) -> None:
        """Append a note of a person.

        Raises:
            NotFound: no such incident.
        """
        written = attributes({"at": note.at, "by": note.by, "text": note.text})
        with translate_errors(NotFound, f"incident {incident.incident_id}"):
            self._client.update_item(
                TableName=self._table,
                Key=_key(incident.monitor_id, incident.incident_id),
                UpdateExpression="SET notes = list_append(if_not_exists(notes, :none), :note)",
                ConditionExpression="attribute_exists(incident_id)",
                ExpressionAttributeValues={
                    ":none": attribute([]),
                    ":note": {"L": [{"M": written}]},
                },
            )

    def _query(self, limit: int, **query: Any) -> list[Incident]:
        return first_rows(
            self._client,
            limit,
            "incidents",
            self._rows.read_all,
            TableName=self._table,
            ScanIndexForward=False,
            **query,
        )


def _key(monitor_id: str, incident_id: str) -> dict[str, Any]:
    return {"monitor_id": {"S": monitor_id}, "incident_id": {"S": incident_id}}
