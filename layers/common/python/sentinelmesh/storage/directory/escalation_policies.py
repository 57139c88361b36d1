"""Escalation policies in the directory table."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.alerts.escalation import EscalationPolicy
from sentinelmesh.errors import AlreadyExists, StaleState, UnreadableRow
from sentinelmesh.storage.directory.repositories import Shelf
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attribute, from_item, to_item
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class EscalationPoliciesRepository:
    """Escalation policies by id."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._shelf = Shelf(client, table, keys.ESCALATION_POLICY)
        self._rows = RowReader(keys.ESCALATION_POLICY, ("id",), policy_of)

    def get(self, policy_id: str) -> EscalationPolicy | None:
        """Read one policy, strongly consistent. Cost: 1 read unit."""
        item = self._shelf.read(policy_id)
        return None if item is None else self._rows.read(item)

    def find_readable(self, policy_id: str) -> EscalationPolicy | None:
        """Read one policy, strongly consistent; None also where this version cannot read it.

        Cost: 1 read unit.
        """
        try:
            return self.get(policy_id)
        except UnreadableRow:
            return None

    def list(self) -> list[EscalationPolicy]:
        """Read all policies, strongly consistent. Cost: 1 read unit per 4 KB."""
        return list(self._rows.read_all(self._shelf.read_all()))

    def create(self, policy: EscalationPolicy) -> None:
        """Put a new policy.

        Raises:
            AlreadyExists: the id is taken.
        """
        with translate_errors(AlreadyExists, f"escalation policy {policy.id}"):
            self._client.put_item(
                TableName=self._table,
                Item=_item(policy),
                ConditionExpression="attribute_not_exists(id)",
            )

    def replace(self, policy: EscalationPolicy) -> None:
        """Put the next revision of a policy.

        Raises:
            StaleState: the stored one is not the revision before.
        """
        with translate_errors(StaleState, f"policy {policy.id} is not at {policy.revision - 1}"):
            self._client.put_item(
                TableName=self._table,
                Item=_item(policy),
                ConditionExpression="revision = :before",
                ExpressionAttributeValues={":before": attribute(policy.revision - 1)},
            )

    def delete(self, policy: EscalationPolicy) -> None:
        """Remove a policy.

        Raises:
            StaleState: the stored one is not this revision any more, or gone.
        """
        with translate_errors(StaleState, f"policy {policy.id} is not at {policy.revision}"):
            self._client.delete_item(
                TableName=self._table,
                Key=self._shelf.key(policy.id),
                ConditionExpression="revision = :seen",
                ExpressionAttributeValues={":seen": attribute(policy.revision)},
            )


def policy_of(item: Mapping[str, Any]) -> EscalationPolicy:
    """Return the policy of an item.

    Raises:
        ValueError: it cannot be read, or its steps cannot be taken.
    """
    policy = from_item(item, EscalationPolicy)
    policy.check()
    return policy


def _item(policy: EscalationPolicy) -> dict[str, Any]:
    return to_item(policy, kind=keys.ESCALATION_POLICY)
