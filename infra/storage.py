"""The tables, one per owner: on demand, recoverable, protected, encrypted."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.deployment import Deployment
from infra.names import TABLES, Names

TEXT = dynamodb.AttributeType.STRING
NUMBER = dynamodb.AttributeType.NUMBER

KEYS: dict[str, tuple[str, ...]] = {
    "monitors": ("monitor_id",),
    "results": ("monitor_id", "slot_key"),
    "states": ("monitor_id",),
    "incidents": ("monitor_id", "incident_id"),
    "transitions": ("monitor_id", "version"),
    "alerts": ("incident_id", "alert_key"),
    "rollups": ("monitor_id", "bucket"),
    "directory": ("kind", "id"),
}
INDEXES = {
    "states": {"suspected": ("suspected", "since")},
    "monitors": {"due": ("due", "monitor_id"), "listing": ("listing", "monitor_id")},
    "incidents": {"by_time": ("listing", "incident_id"), "open": ("open", "incident_id")},
    "alerts": {
        "unfinished": ("unfinished", "due_at"),
        "by_channel": ("channel_id", "created_at"),
    },
}
STREAMS = {
    "monitors": dynamodb.StreamViewType.KEYS_ONLY,
    "results": dynamodb.StreamViewType.NEW_IMAGE,
    "alerts": dynamodb.StreamViewType.NEW_IMAGE,
    "transitions": dynamodb.StreamViewType.NEW_IMAGE,
    "incidents": dynamodb.StreamViewType.KEYS_ONLY,
    "directory": dynamodb.StreamViewType.KEYS_ONLY,
}
NUMERIC = {"version"}


class Storage(Construct):
    """All tables of the home region, by what the code calls them."""

    def __init__(self, scope: Construct, deployment: Deployment, names: Names) -> None:
        super().__init__(scope, "Storage")
        self.tables = {owner: self._table(owner, deployment, names) for owner in TABLES}

    def _table(self, owner: str, deployment: Deployment, names: Names) -> dynamodb.Table:
        local = deployment.local
        partition, *sort = KEYS[owner]
        table = dynamodb.Table(
            self,
            owner.capitalize(),
            table_name=names.table(owner),
            partition_key=_attribute(partition),
            sort_key=_attribute(sort[0]) if sort else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="ttl",
            stream=STREAMS.get(owner),
            deletion_protection=not local,
            removal_policy=RemovalPolicy.DESTROY if local else RemovalPolicy.RETAIN,
        )
        for index, (index_partition, index_sort) in INDEXES.get(owner, {}).items():
            table.add_global_secondary_index(
                index_name=index,
                partition_key=_attribute(index_partition),
                sort_key=_attribute(index_sort),
            )
        return table


def _attribute(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=NUMBER if name in NUMERIC else TEXT)
