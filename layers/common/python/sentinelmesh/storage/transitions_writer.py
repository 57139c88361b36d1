"""One transaction per transition: state, incident, ledger row and alert rows, or nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from sentinelmesh.domain.alerts.alert_batch import split_rows
from sentinelmesh.domain.incidents.incident import Incident, Status
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.verification.transition import TransitionPlan
from sentinelmesh.errors import StaleState
from sentinelmesh.storage.alert_batches import batch_item
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attributes, to_item
from sentinelmesh.storage.outbox import alert_item
from sentinelmesh.storage.states import state_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Action = dict[str, Any]


class Ledger:
    """Writes steps; the only writer of states, incidents' course, ledger rows and new alerts.

    Args:
        tables: physical names of "monitors", "states", "incidents", "transitions" and "alerts".
    """

    def __init__(self, client: "DynamoDBClient", tables: Mapping[str, str]) -> None:
        self._client = client
        self._tables = tables

    def commit(self, step: TransitionPlan) -> None:
        """Write a step, all or nothing, if its monitor is still the one that it was decided for.

        Of many alert rows the first ones are written, and the others in batches, from which the
        alerter creates them: a transaction takes 100 actions.

        Cost: 2 write units per item: state, ledger row, incident, one per channel, and as much for
        looking at the monitor.

        Raises:
            StaleState: somebody moved or edited the monitor first; read again and decide again.
            StoreUnavailable: not known to be written; decide again, it is safe to repeat.
        """
        actions = [
            self._check_monitor(step),
            self._move_state(step),
            self._append_transition(step),
        ]
        if step.closed:
            actions.append(self._close_incident(step.closed))
        if step.opened:
            actions.append(self._open_incident(step.opened))
        if step.updated:
            actions.append(self._update_incident(step.updated))
        rows, batches = split_rows(step.alerts)
        items = [*map(alert_item, rows), *map(batch_item, batches)]
        actions += [self._put("alerts", item, "alert_key") for item in items]
        with translate_errors(
            StaleState, f"{step.state.monitor_id} at version {step.state.version}"
        ):
            self._client.transact_write_items(TransactItems=actions)  # type: ignore[arg-type]

    def _check_monitor(self, step: TransitionPlan) -> Action:
        """Hold the monitor still: an edit, a pause or a deletion takes old results their vote."""
        condition: dict[str, Any]
        if step.state.status is Status.DELETED:
            condition = {"ConditionExpression": "attribute_not_exists(monitor_id)"}
        else:
            condition = {
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": str(step.state.revision)}},
            }
        key = {"monitor_id": {"S": step.state.monitor_id}}
        table = self._tables["monitors"]
        return {"ConditionCheck": {"TableName": table, "Key": key, **condition}}

    def _move_state(self, step: TransitionPlan) -> Action:
        """Move the state by one version; the condition is what makes decisions exclusive."""
        before = step.state.version - 1
        condition = {
            # Nothing was decided before the first version; later ones follow the one before.
            "ConditionExpression": "version = :before"
            if before
            else "attribute_not_exists(version)"
        } | ({"ExpressionAttributeValues": {":before": {"N": str(before)}}} if before else {})
        table = {"TableName": self._tables["states"]}
        if step.state.status is Status.DELETED:
            key = {"monitor_id": {"S": step.state.monitor_id}}
            return {"Delete": {**table, "Key": key, **condition}}
        return {"Put": {**table, "Item": state_item(step.state), **condition}}

    def _append_transition(self, step: TransitionPlan) -> Action:
        return self._put("transitions", to_item(step.transition), "version")

    def _open_incident(self, incident: Incident) -> Action:
        item = to_item(incident, listing=keys.ALL_INCIDENTS, open=keys.OPEN)
        return self._put("incidents", item, "incident_id")

    def _put(self, table: str, item: Mapping[str, Any], key: str) -> Action:
        """Append an item that must not exist yet."""
        return {
            "Put": {
                "TableName": self._tables[table],
                "Item": item,
                "ConditionExpression": f"attribute_not_exists({key})",
            }
        }

    def _update_incident(self, incident: Incident) -> Action:
        """Note what became of an open incident, without touching what people wrote beside it."""
        plain = msgspec.to_builtins(incident.flips, builtin_types=(datetime,))
        return {
            "Update": {
                "TableName": self._tables["incidents"],
                "Key": _key(incident),
                "UpdateExpression": "SET flapping = :flapping, flips = :flips",
                # What has ended does not go on.
                "ConditionExpression": "attribute_exists(#open)",
                "ExpressionAttributeNames": {"#open": "open"},
                "ExpressionAttributeValues": attributes(
                    {":flapping": incident.flapping, ":flips": plain}
                ),
            }
        }

    def _close_incident(self, incident: Incident) -> Action:
        """End an incident without touching what people wrote beside it."""
        ended_at = incident.resolved_at or incident.confirmed_at
        return {
            "Update": {
                "TableName": self._tables["incidents"],
                "Key": _key(incident),
                "UpdateExpression": "SET #state = :state, resolved_at = :at, "
                "duration_seconds = :duration, flapping = :calm REMOVE #open",
                # An incident ends once; `open` is also what keeps it in the index of open ones.
                "ConditionExpression": "attribute_exists(#open)",
                "ExpressionAttributeNames": {"#state": "state", "#open": "open"},
                "ExpressionAttributeValues": {
                    ":state": {"S": incident.state.value},
                    ":at": {"S": instant.text(ended_at)},
                    ":duration": {"N": str(incident.duration_seconds or 0)},
                    ":calm": {"BOOL": False},
                },
            }
        }


def _key(incident: Incident) -> dict[str, Any]:
    return {
        "monitor_id": {"S": incident.monitor_id},
        "incident_id": {"S": incident.incident_id},
    }
