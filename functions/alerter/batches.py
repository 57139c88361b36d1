"""Creating the alert rows that did not fit into their transition's transaction."""

from dataclasses import dataclass

from sentinelmesh.domain.alerts.alert_batch import AlertBatch
from sentinelmesh.observability import logger
from sentinelmesh.storage.alert_batches import AlertBatchesRepository
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.dynamodb import keys


def is_batch(partition: str) -> bool:
    """Return True for the partition of an incident's batches."""
    return partition.startswith(keys.BATCHES_PREFIX)


@dataclass(frozen=True, slots=True)
class Batches:
    """Creates rows by names that follow from their batch: doing it twice changes nothing."""

    batches: AlertBatchesRepository
    alerts: AlertsRepository

    def create_rows(self, partition: str, key: str) -> None:
        """Create the rows of a batch, then remove it.

        Cost: 1 read unit, and 1 write unit per KB of each row.

        Raises:
            StoreUnavailable: do it again.
        """
        batch = self.batches.get(partition.removeprefix(keys.BATCHES_PREFIX), key)
        if batch is not None:
            self._create(batch)

    def create_rows_of(self, incident_id: str) -> bool:
        """Create all rows of an incident that are still missing; return True if any batch was left.

        Cost: 1 read unit where nothing is missing.

        Raises:
            StoreUnavailable: do it again.
        """
        left = self.batches.list_of_incident(incident_id)
        for batch in left:
            self._create(batch)
        return bool(left)

    def _create(self, batch: AlertBatch) -> None:
        created = sum(self.alerts.create(row) for row in batch.rows())
        self.batches.remove(batch)
        logger().info(
            "alert_rows_created", incident_id=batch.incident_id, batch=batch.key, rows=created
        )
