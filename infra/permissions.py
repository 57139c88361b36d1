"""What each function may do: data actions on named resources, and nothing else.

Beside these lines a role may write its own log, send traces, and read the queues and streams that
feed it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_iam as iam

from infra.deployment import Deployment
from infra.names import (
    ALERT_RETRIES,
    CHECKS,
    EVALUATIONS,
    RECOUNTS,
    RESULTS_SPOOL,
    TICKS,
    Names,
)

Permissions = list[iam.PolicyStatement]

# What the API may do with people: list, invite, change role, remove. Signing in is public.
PEOPLE = (
    "ListUsers ListUsersInGroup AdminGetUser AdminCreateUser AdminAddUserToGroup "
    "AdminRemoveUserFromGroup AdminDisableUser AdminDeleteUser"
)


def scheduler(names: Names, deployment: Deployment) -> Permissions:
    """Read what is due, send ticks and checks."""
    return [
        _tables("Query", names.index_arn("monitors", "due")),
        _heartbeat(names),
        _send(names.queue_arn(TICKS), *_checks(names, deployment)),
    ]


def prober(names: Names, region: str) -> Permissions:
    """Put results, or spool them, and give the verifier a word about slow probes.

    It reads the secrets that a probe needs, what jobs told, what maintenance excuses them, and
    earlier results: of targets that have no IPv4 address any more.
    """
    pings_only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ping#*"]}}
    windows_only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["maintenance_window"]}}
    return [
        _allow(["dynamodb:GetItem"], [names.table_arn("directory")], pings_only),
        _allow(["dynamodb:Query"], [names.table_arn("directory")], windows_only),
        _tables("PutItem Query", names.table_arn("results")),
        _send(names.queue_arn(RESULTS_SPOOL, region), names.queue_arn(EVALUATIONS)),
        _allow(["ssm:GetParameter"], [names.secrets_arn]),
    ]


def verifier(names: Names, deployment: Deployment) -> Permissions:
    """Read everything that decides, write decisions, ask for verification."""
    return [
        _tables("GetItem ConditionCheckItem", names.table_arn("monitors")),
        _tables("Query", names.index_arn("monitors", "listing")),
        _tables("BatchGetItem Query", names.table_arn("results")),
        _tables("GetItem BatchGetItem PutItem DeleteItem Scan", names.table_arn("states")),
        _tables("GetItem PutItem UpdateItem", names.table_arn("incidents")),
        _tables("Query", names.index_arn("incidents", "open")),
        _tables("PutItem", names.table_arn("transitions")),
        _tables("PutItem Query", names.table_arn("alerts")),
        _tables("GetItem Query", names.table_arn("directory")),
        _heartbeat(names),
        _send(names.queue_arn(EVALUATIONS), names.queue_arn(RECOUNTS), *_checks(names, deployment)),
    ]


def alerter(names: Names, deployment: Deployment) -> Permissions:
    """Advance alert rows, read where they go, send mail."""
    batches_only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["batch#*"]}}
    allowed = [
        _allow(["dynamodb:DeleteItem"], [names.table_arn("alerts")], batches_only),
        _tables("GetItem PutItem Query", names.table_arn("alerts")),
        _tables("Query", names.index_arn("alerts", "unfinished")),
        _tables("GetItem BatchGetItem", names.table_arn("incidents")),
        _tables("BatchGetItem", names.table_arn("monitors"), names.table_arn("states")),
        _tables("Query", names.index_arn("states", "suspected")),
        _tables("GetItem", names.table_arn("directory")),
        _send(names.queue_arn(ALERT_RETRIES)),
        _allow(["ssm:GetParameter"], [names.secrets_arn]),
    ]
    if deployment.mail_from:
        # While an account is in SES's sandbox the receivers are identities that count too: the
        # sender is what is held fast, not the list of identities.
        paused_only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["paused_address"]}}
        allowed.append(_allow(["dynamodb:PutItem"], [names.table_arn("directory")], paused_only))
        sender = {"StringEquals": {"ses:FromAddress": deployment.mail_from}}
        allowed.append(_allow(["ses:SendEmail"], names.mail_arns, sender))
    if deployment.sns_topics:
        allowed.append(_allow(["sns:Publish"], deployment.sns_topics))
    return allowed


def rollup(names: Names) -> Permissions:
    """Read what was seen and decided, write rollups, order counts."""
    return [
        _tables("GetItem", names.table_arn("monitors")),
        _tables("Query", names.index_arn("monitors", "due")),
        _tables("Query", names.table_arn("results"), names.table_arn("directory")),
        _tables("GetItem Query", names.table_arn("incidents")),
        _tables("PutItem Query", names.table_arn("rollups")),
        _send(names.queue_arn(RECOUNTS)),
    ]


def publisher(names: Names, deployment: Deployment, pages_arn: str) -> Permissions:
    """Read what pages show, write their files, mark what readers are told, send mail."""
    readers = ["news#*", "opt_in"]
    readers_only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": readers}}
    allowed = [
        _allow(["s3:PutObject", "s3:DeleteObject"], [f"{pages_arn}/*"]),
        _allow(["s3:ListBucket"], [pages_arn]),
        _tables("BatchGetItem", names.table_arn("monitors"), names.table_arn("states")),
        _tables("BatchGetItem Query", names.table_arn("results")),
        _tables(
            "Query", *(names.table_arn(each) for each in ("incidents", "rollups", "directory"))
        ),
    ]
    if deployment.mail_from:
        sender = {"StringEquals": {"ses:FromAddress": deployment.mail_from}}
        allowed += [
            _tables("GetItem", names.table_arn("directory")),
            _allow(["dynamodb:PutItem"], [names.table_arn("directory")], readers_only),
            _allow(["ses:SendEmail"], names.mail_arns, sender),
        ]
    return allowed


def api(
    names: Names, deployment: Deployment, *, alerter_arn: str, user_pool_arn: str
) -> Permissions:
    """Write what people configure; read everything; decide and probe nothing."""
    home_queues = [
        names.queue_arn(queue) for queue in (TICKS, EVALUATIONS, ALERT_RETRIES, RECOUNTS)
    ]
    secrets = ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"]
    return [
        _tables("GetItem BatchGetItem PutItem DeleteItem", names.table_arn("monitors")),
        _tables("Query", names.index_arn("monitors", "listing")),
        # Metrics and the overview want the states of all monitors: the table, one small item each.
        _tables("BatchGetItem Scan", names.table_arn("states")),
        _tables("BatchGetItem Query", names.table_arn("results")),
        _tables("Query", *(names.table_arn(each) for each in ("transitions", "alerts", "rollups"))),
        _tables(
            "Query", *(names.index_arn("alerts", each) for each in ("unfinished", "by_channel"))
        ),
        _tables("GetItem BatchGetItem Query UpdateItem", names.table_arn("incidents")),
        _tables("Query", *(names.index_arn("incidents", each) for each in ("by_time", "open"))),
        _tables("GetItem PutItem UpdateItem DeleteItem Query", names.table_arn("directory")),
        _send(*_checks(names, deployment), names.queue_arn(ALERT_RETRIES)),
        _allow(["sqs:GetQueueAttributes"], home_queues),
        _allow(["lambda:InvokeFunction"], [alerter_arn]),
        _allow([f"cognito-idp:{action}" for action in PEOPLE.split()], [user_pool_arn]),
        _allow(secrets, [names.secrets_arn]),
    ]


def _tables(actions: str, *arns: str) -> iam.PolicyStatement:
    return _allow([f"dynamodb:{action}" for action in actions.split()], arns)


def _send(*queue_arns: str) -> iam.PolicyStatement:
    return _allow(["sqs:SendMessage"], queue_arns)


def _checks(names: Names, deployment: Deployment) -> list[str]:
    return [names.queue_arn(CHECKS, region) for region in deployment.regions]


def _heartbeat(names: Names) -> iam.PolicyStatement:
    """Let a function leave signs of life and notes of rows it cannot read, and nothing else."""
    kinds = ["heartbeat", "unreadable_row"]
    notes_only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": kinds}}
    return _allow(["dynamodb:UpdateItem"], [names.table_arn("directory")], notes_only)


def _allow(
    actions: Sequence[str], resources: Sequence[str], conditions: Mapping[str, Any] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        actions=list(actions), resources=list(resources), conditions=conditions
    )
