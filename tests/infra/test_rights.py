"""Rights: what each function may do at AWS, against the design, and against what it does."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.infra.mesh import MeshInTemplates
from tests.infra.policies import Call, is_allowed
from tests.infra.running import running
from tests.infra.story import Story
from tests.infra.templates import Assembly

HOME = "eu-west-1:123456789012"
TABLE = f"arn:aws:dynamodb:{HOME}:table/sentinelmesh-"
PAGES = "PublicPagesFiles98AFD811.Arn"
ALL = {"api", "scheduler", "prober", "verifier", "alerter", "rollup", "publisher"}

WRITES = {f"dynamodb:{each}Item" for each in ("Put", "Update", "Delete", "BatchWrite")} | {
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PartiQLDelete",
}


class Owners(NamedTuple):
    """Who may write a table, and who may read it."""

    written_by: set[str]
    read_by: set[str]


# The design's table "Who owns which data". The directory's writers beside the API leave signs of
# life there, addresses that get no mail, or how far mails to readers are, and nothing else.
OWNERS = {
    "monitors": Owners({"api"}, {"scheduler", "api", "verifier", "alerter", "rollup", "publisher"}),
    "check-results": Owners({"prober"}, {"prober", "verifier", "api", "rollup", "publisher"}),
    "monitor-states": Owners({"verifier"}, {"verifier", "api", "alerter", "publisher"}),
    "incidents": Owners({"verifier", "api"}, {"verifier", "api", "alerter", "rollup", "publisher"}),
    "transitions": Owners({"verifier"}, {"api"}),
    "alerts": Owners({"verifier", "alerter"}, {"verifier", "alerter", "api"}),
    "rollups": Owners({"rollup"}, {"rollup", "api", "publisher"}),
    "directory": Owners(
        {"api", "scheduler", "verifier", "alerter", "publisher"},
        {"api", "verifier", "alerter", "prober", "rollup", "publisher"},
    ),
}

# Statements that name no single resource: what they are for, and why that is so.
WILDCARDS = {
    ("xray:PutTraceSegments", "*"): "X-Ray knows no resources for writing",
    ("xray:PutTelemetryRecords", "*"): "X-Ray knows no resources for writing",
    ("dynamodb:ListStreams", "*"): "the event source looks its stream up by a list",
    ("ssm:GetParameter", f"arn:aws:ssm:{HOME}:parameter/sentinelmesh/secrets/*"): "one a secret",
    ("ssm:PutParameter", f"arn:aws:ssm:{HOME}:parameter/sentinelmesh/secrets/*"): "one a secret",
    ("ssm:DeleteParameter", f"arn:aws:ssm:{HOME}:parameter/sentinelmesh/secrets/*"): "one a secret",
    ("s3:PutObject", f"{PAGES}/*"): "one a file",
    ("s3:DeleteObject", f"{PAGES}/*"): "one a file",
    ("ses:SendEmail", f"arn:aws:ses:{HOME}:identity/*"): "receivers in the sandbox; see below",
}

# What Lambda itself does in a function's name: its log, its traces, its queues and streams.
BY_LAMBDA = {
    "logs:CreateLogStream", "logs:PutLogEvents",
    "xray:PutTraceSegments", "xray:PutTelemetryRecords",
    "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl",
    "dynamodb:ListStreams", "dynamodb:DescribeStream", "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
}  # fmt: skip


def granted(mesh: MeshInTemplates, name: str) -> set[tuple[str, str]]:
    """Return the pairs of action and resource that a function's role allows."""
    return {
        (action, resource)
        for each in mesh.function(name).statements
        for action in each.actions
        for resource in each.resources
    }


def data_actions(mesh: MeshInTemplates, name: str, table: str) -> set[str]:
    """Return what a function may do with the items of a table."""
    return {
        action
        for action, resource in granted(mesh, name)
        if action.startswith("dynamodb:")
        and action not in BY_LAMBDA
        and f"{resource}/".startswith(f"{TABLE}{table}/")
    }


@pytest.mark.parametrize("table", OWNERS)
def test_a_table_is_written_and_read_by_those_who_own_it_and_nobody_else(
    table: str, mesh: MeshInTemplates
) -> None:
    actions = {name: data_actions(mesh, name, table) for name in ALL}
    assert {name for name in ALL if actions[name] & WRITES} == OWNERS[table].written_by
    assert {name for name in ALL if actions[name] - WRITES} == OWNERS[table].read_by


def test_every_table_has_an_owner(standard: Assembly) -> None:
    tables = {each.properties["TableName"] for _, each in standard.all_of("AWS::DynamoDB::Table")}
    assert tables == {f"sentinelmesh-{table}" for table in OWNERS}


def test_a_prober_may_receive_and_delete_the_checks_of_its_own_region(
    mesh: MeshInTemplates,
) -> None:
    """One that waits for slow targets does so itself, with the rights that Lambda needs too."""
    for function in mesh.functions:
        if function.name == "prober":
            checks = {
                (action, resource)
                for each in function.statements
                for action in each.actions
                for resource in each.resources
                if "Checks" in str(resource) or "checks.fifo" in str(resource)
            }
            assert {action for action, _ in checks} >= {"sqs:ReceiveMessage", "sqs:DeleteMessage"}
            assert len({resource for _, resource in checks}) == 1


def test_a_prober_may_put_results_and_write_nothing_else(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        if function.name == "prober":
            tables = {
                (action, resource)
                for each in function.statements
                for action in each.actions
                for resource in each.resources
                if action.startswith("dynamodb:")
            }
            assert tables == {
                ("dynamodb:PutItem", f"{TABLE}check-results"),
                ("dynamodb:Query", f"{TABLE}check-results"),
                ("dynamodb:GetItem", f"{TABLE}directory"),
                ("dynamodb:Query", f"{TABLE}directory"),
            }


def test_a_prober_reads_pings_and_maintenance_and_nothing_else_of_the_directory(
    mesh: MeshInTemplates,
) -> None:
    for function in mesh.functions:
        if function.name == "prober":
            conditions = {
                each.actions: each.conditions
                for each in function.statements
                if f"{TABLE}directory" in each.resources
            }
            windows = {"dynamodb:LeadingKeys": ["maintenance_window"]}
            assert conditions == {
                ("dynamodb:GetItem",): {
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ping#*"]}
                },
                ("dynamodb:Query",): {"ForAllValues:StringEquals": windows},
            }


def test_results_and_the_ledger_are_never_changed_by_anybody(mesh: MeshInTemplates) -> None:
    for name in ALL:
        for table in ("check-results", "transitions"):
            assert not data_actions(mesh, name, table) & {
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            }


def test_only_a_sign_of_life_may_be_left_in_the_directory(mesh: MeshInTemplates) -> None:
    for name in ("scheduler", "verifier"):
        statements = mesh.function(name).statements
        for kind, wanted in (("heartbeat", True), ("channel", False), ("api_token", False)):
            keys = {"dynamodb:LeadingKeys": [kind]}
            call = Call("dynamodb:UpdateItem", f"{TABLE}directory", keys)
            assert is_allowed(call, statements) is wanted


def test_the_alerter_may_put_paused_addresses_into_the_directory_and_nothing_else(
    mesh: MeshInTemplates,
) -> None:
    statements = mesh.function("alerter").statements
    for kind, wanted in (("paused_address", True), ("channel", False), ("api_token", False)):
        keys = {"dynamodb:LeadingKeys": [kind]}
        call = Call("dynamodb:PutItem", f"{TABLE}directory", keys)
        assert is_allowed(call, statements) is wanted


def test_the_publisher_may_mark_what_readers_are_told_and_change_nothing_else(
    mesh: MeshInTemplates,
) -> None:
    statements = mesh.function("publisher").statements
    for kind, wanted in (
        ("news#sp_1", True), ("opt_in", True),
        ("status_page", False), ("subscriber#sp_1", False), ("channel", False),
    ):  # fmt: skip
        keys = {"dynamodb:LeadingKeys": [kind]}
        call = Call("dynamodb:PutItem", f"{TABLE}directory", keys)
        assert is_allowed(call, statements) is wanted, kind


def test_nobody_but_the_publisher_touches_the_files_of_status_pages(
    mesh: MeshInTemplates,
) -> None:
    for name in ALL - {"publisher"}:
        assert not [action for action, _ in granted(mesh, name) if action.startswith("s3:")]


def test_mail_is_sent_in_the_name_of_the_deployments_sender_only(mesh: MeshInTemplates) -> None:
    for name in ("alerter", "publisher"):
        statements = mesh.function(name).statements
        for sender, wanted in (("alerts@shop.example", True), ("boss@shop.example", False)):
            keys = {"ses:FromAddress": sender}
            identity = f"arn:aws:ses:{HOME}:identity/{sender}"
            assert is_allowed(Call("ses:SendEmail", identity, keys), statements) is wanted


def test_no_action_is_a_wildcard(standard: Assembly) -> None:
    for function in MeshInTemplates(standard).functions:
        assert not [each for each in function.statements if any("*" in a for a in each.actions)]


def test_wildcard_resources_are_the_few_that_have_a_reason(mesh: MeshInTemplates) -> None:
    found = {
        (action, resource)
        for function in mesh.functions
        for each in function.statements
        for action in each.actions
        for resource in each.resources
        # A log group's ARN ends in ":*": its own streams.
        if "*" in resource and not action.startswith("logs:")
    }
    assert found == set(WILDCARDS)


def test_no_role_has_managed_policies_but_the_one_of_api_gateway(standard: Assembly) -> None:
    managed = [
        each.logical_id
        for _, each in standard.all_of("AWS::IAM::Role")
        if each.properties.get("ManagedPolicyArns")
    ]
    assert managed == ["RestApiCloudWatchRole686D2EB0"]


@pytest.fixture(scope="module")
def story(mesh: MeshInTemplates) -> Iterator[Story]:
    """A day in the life of the mesh, with every function's calls written down."""
    with ExitStack() as stack:
        told = Story(stack.enter_context(running(mesh)))
        told.play()
        yield told


def test_the_day_has_seen_what_it_should(story: Story) -> None:
    ledger = [each["rule"]["S"] for each in story.mesh.aws.items("transitions")]
    assert len(ledger) >= 5, ledger
    assert not story.mesh.aws.items("states"), "the monitor was deleted in the end"


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_function_has_the_permission_for_every_call_it_makes(
    name: str, story: Story, mesh: MeshInTemplates
) -> None:
    statements = mesh.function(name).statements
    refused = {each for each in story.called[name].calls if not is_allowed(each, statements)}
    assert not refused, "infra/permissions.py does not allow this"


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_function_has_no_permission_that_it_never_uses(
    name: str, story: Story, mesh: MeshInTemplates
) -> None:
    used = {(each.action, each.resource) for each in story.called[name].calls}
    for action, resource in granted(mesh, name):
        if action in BY_LAMBDA or _is_by_lambda(mesh, name, action, resource):
            continue
        assert any(
            action == done
            and (resource == on or (resource.endswith("*") and on.startswith(resource[:-1])))
            for done, on in used
        ), f"{name}: drop {action} on {resource}, or let tests/infra/story.py use it"


def _is_by_lambda(mesh: MeshInTemplates, name: str, action: str, resource: str) -> bool:
    """Return whether Lambda needs this for a queue that it reads or fills for the function."""
    function = mesh.function(name)
    read = {each["EventSourceArn"] for each in function.queue_sources}
    filled = {
        each["DestinationConfig"]["OnFailure"]["Destination"]
        for each in [*function.stream_sources, *function.invoke_configs]
    }
    return resource in filled or (action == "sqs:GetQueueAttributes" and resource in read)
