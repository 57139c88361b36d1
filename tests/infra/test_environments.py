"""What functions are told, by the infrastructure, and what they ask for, in their settings."""

import pytest

from infra.environment import SETTINGS, environment
from infra.names import Names
from sentinelmesh.settings import ApiSettings, ProberSettings, SchedulerSettings
from tests.infra.deployments import a_deployment
from tests.infra.mesh import FunctionInTemplate, MeshInTemplates
from tests.infra.templates import Assembly

# Lambda adds the first; the second is a setting of the logging library.
NOT_IN_TEMPLATES = {"AWS_REGION"}
TABLE = "AWS::DynamoDB::Table"
NOT_OURS = {"POWERTOOLS_SERVICE_NAME"}


def as_seen_by_the_function(function: FunctionInTemplate) -> dict[str, str]:
    return {**function.environment, "AWS_REGION": function.template.region}


def test_every_function_gets_exactly_the_variables_of_its_settings(
    standard: Assembly, other: Assembly, local: Assembly
) -> None:
    for assembly in (standard, other, local):
        for function in MeshInTemplates(assembly).functions:
            wanted = set(SETTINGS[function.name].variables()) - NOT_IN_TEMPLATES
            assert set(function.environment) == wanted | NOT_OURS, function.name


def test_every_function_can_read_its_settings(
    standard: Assembly, other: Assembly, local: Assembly
) -> None:
    for assembly in (standard, other, local):
        for function in MeshInTemplates(assembly).functions:
            settings = SETTINGS[function.name]
            assert settings.from_environment(as_seen_by_the_function(function))


def test_names_in_the_environment_are_those_of_the_resources(mesh: MeshInTemplates) -> None:
    tables = {each.properties["TableName"] for _, each in mesh.assembly.all_of(TABLE)}
    for function in mesh.functions:
        named = {v for name, v in function.environment.items() if name.endswith("_TABLE")}
        assert named <= tables


def test_queue_addresses_in_the_environment_are_those_of_the_queues(mesh: MeshInTemplates) -> None:
    addresses = {arn: _address(arn) for arn in mesh.queues}
    for function in mesh.functions:
        named = {v for name, v in function.environment.items() if name.endswith("_QUEUE_URL")}
        for url in named:
            spelled_out = {url.replace("{region}", each.region) for each in mesh.assembly.probes}
            assert spelled_out <= set(addresses.values()), url


def _address(arn: str) -> str:
    *_, region, account, name = arn.split(":")
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"


def test_settings_of_the_deployment_reach_the_functions(other: Assembly) -> None:
    mesh = MeshInTemplates(other)
    scheduler = SchedulerSettings.from_environment(
        as_seen_by_the_function(mesh.function("scheduler"))
    )
    api = ApiSettings.from_environment(as_seen_by_the_function(mesh.function("api")))
    prober = ProberSettings.from_environment(as_seen_by_the_function(mesh.function("prober")))
    assert (scheduler.mesh_name, scheduler.home_region) == ("watch", "us-west-2")
    assert scheduler.regions == api.regions == ("eu-central-1", "us-west-2")
    assert scheduler.shards == api.shards == 4
    assert prober.retention_days == 7
    assert api.public_url == "https://status.shop.example"


def test_a_setting_that_nobody_knows_stops_the_synthesis() -> None:
    deployment = a_deployment()
    names = Names("mesh", "eu-west-1")
    with pytest.raises(KeyError, match="USER_POOL_ID"):
        environment("api", deployment, names, "eu-west-1", {})


def test_a_prober_on_aws_has_control_targets_and_may_not_probe_private_addresses(
    mesh: MeshInTemplates,
) -> None:
    prober = ProberSettings.from_environment(as_seen_by_the_function(mesh.function("prober")))
    assert prober.control_targets
    assert prober.other_resolvers == ("1.1.1.1", "8.8.8.8")
    assert not prober.allow_private_targets
