"""What each function may do: data actions on named resources, and nothing else."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam

from infra.deployment import Deployment
from infra.names import Names

# What the API may do with people: sign in, list, invite, change role, remove.
PEOPLE = (
    "InitiateAuth RespondToAuthChallenge ListUsers ListUsersInGroup AdminGetUser AdminCreateUser "
    "AdminAddUserToGroup AdminRemoveUserFromGroup AdminDisableUser AdminDeleteUser"
)


def _allow(actions: Sequence[str], resources: Sequence[str], **more: object) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=list(actions), resources=list(resources), **more)  # type: ignore[arg-type]


def _tables(actions: str, *resources: str) -> iam.PolicyStatement:
    return _allow([f"dynamodb:{action}" for action in actions.split()], resources)


def _heartbeat(names: Names) -> iam.PolicyStatement:
    """Let a function leave a sign of life in the directory, and write nothing else there."""
    return _allow(
        ["dynamodb:UpdateItem"],
        [names.table_arn("directory")],
        conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["heartbeat"]}},
    )


def _send_checks(names: Names, deployment: Deployment) -> iam.PolicyStatement:
    queues = [names.queue_arn("checks.fifo", region) for region in deployment.regions]
    return _allow(["sqs:SendMessage"], queues)


def _send(names: Names, *queues: str) -> iam.PolicyStatement:
    return _allow(
        ["sqs:SendMessage"], [names.queue_arn(queue, names.home_region) for queue in queues]
    )


def _read_secrets(names: Names) -> iam.PolicyStatement:
    return _allow(["ssm:GetParameter"], [names.secrets_arn])


def scheduler(names: Names, deployment: Deployment) -> list[iam.PolicyStatement]:
    """Read what is due, send ticks and checks."""
    return [
        _tables("Query", names.index_arn("monitors", "due")),
        _heartbeat(names),
        _send(names, "ticks"),
        _send_checks(names, deployment),
    ]


def prober(names: Names, region: str) -> list[iam.PolicyStatement]:
    """Put results, or spool them; read the secrets that a probe needs."""
    return [
        _tables("PutItem", names.table_arn("results")),
        _allow(["sqs:SendMessage"], [names.queue_arn("results-spool", region)]),
        _read_secrets(names),
    ]


def verifier(names: Names, deployment: Deployment) -> list[iam.PolicyStatement]:
    """Read everything that decides, write decisions, ask for verification."""
    return [
        _tables("GetItem ConditionCheckItem", names.table_arn("monitors")),
        _tables("Query", names.table_arn("results")),
        _tables("GetItem BatchGetItem PutItem DeleteItem", names.table_arn("states")),
        _tables("GetItem PutItem UpdateItem", names.table_arn("incidents")),
        _tables("Query", names.index_arn("incidents", "open")),
        _tables("PutItem", names.table_arn("transitions"), names.table_arn("alerts")),
        _tables("GetItem Query", names.table_arn("directory")),
        _heartbeat(names),
        _send(names, "evaluations"),
        _send_checks(names, deployment),
    ]


def alerter(names: Names, mail_identity_arns: Sequence[str]) -> list[iam.PolicyStatement]:
    """Advance alert rows, read where they go, send mail."""
    allowed = [
        _tables(
            "GetItem PutItem UpdateItem Query",
            names.table_arn("alerts"),
            names.index_arn("alerts", "unfinished"),
        ),
        _tables("GetItem", names.table_arn("incidents")),
        _tables("GetItem Query", names.table_arn("directory")),
        _send(names, "alert-retries"),
        _read_secrets(names),
    ]
    if mail_identity_arns:
        allowed.append(_allow(["ses:SendEmail"], mail_identity_arns))
    return allowed


def api(
    names: Names, deployment: Deployment, *, alerter_arn: str, user_pool_arn: str
) -> list[iam.PolicyStatement]:
    """Write what people configure; read everything; decide and probe nothing."""
    monitors = [names.table_arn("monitors"), names.index_arn("monitors", "listing")]
    incidents = [
        names.table_arn("incidents"),
        names.index_arn("incidents", "by_time"),
        names.index_arn("incidents", "open"),
    ]
    watched = ("ticks", "evaluations", "alert-retries")
    queues = [names.queue_arn(queue, names.home_region) for queue in watched]
    checks = [names.queue_arn("checks.fifo", region) for region in deployment.regions]
    return [
        _tables("GetItem BatchGetItem PutItem DeleteItem Query", *monitors),
        # Metrics count the states of all monitors: the whole table, one small item each.
        _tables("GetItem BatchGetItem Query Scan", names.table_arn("states")),
        _tables("BatchGetItem Query", names.table_arn("results")),
        _tables("Query", names.table_arn("transitions")),
        _tables("GetItem Query UpdateItem", *incidents),
        _tables(
            "GetItem Query",
            names.table_arn("alerts"),
            names.index_arn("alerts", "unfinished"),
        ),
        _tables("GetItem PutItem UpdateItem DeleteItem Query", names.table_arn("directory")),
        _send_checks(names, deployment),
        _allow(["sqs:GetQueueAttributes"], [*queues, *checks]),
        _allow(["lambda:InvokeFunction"], [alerter_arn]),
        _allow([f"cognito-idp:{action}" for action in PEOPLE.split()], [user_pool_arn]),
        _allow(
            ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"], [names.secrets_arn]
        ),
    ]
