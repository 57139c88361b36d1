"""One app, several deployments: what a setting changes, and what it leaves alone."""

import json
from collections import Counter

from tests.infra.mesh import MeshInTemplates
from tests.infra.templates import Assembly, Resource

STATEFUL = {
    "AWS::DynamoDB::Table": "DeletionProtectionEnabled",
    "AWS::Cognito::UserPool": "DeletionProtection",
}


def kinds(assembly: Assembly) -> Counter[str]:
    return Counter(
        each.kind
        for template in assembly.templates.values()
        for each in template.resources.values()
    )


def resource_of(assembly: Assembly, kind: str) -> list[Resource]:
    return [each for _, each in assembly.all_of(kind)]


def test_there_is_a_home_stack_and_a_probe_stack_for_each_region(
    standard: Assembly, other: Assembly
) -> None:
    assert {name: each.region for name, each in standard.templates.items()} == {
        "sentinelmesh-home": "eu-west-1",
        "sentinelmesh-probe-eu-west-1": "eu-west-1",
        "sentinelmesh-probe-us-east-1": "us-east-1",
        "sentinelmesh-probe-ap-southeast-1": "ap-southeast-1",
    }
    assert {name: each.region for name, each in other.templates.items()} == {
        "watch-home": "us-west-2",
        "watch-probe-eu-central-1": "eu-central-1",
        "watch-probe-us-west-2": "us-west-2",
    }


def test_no_stack_waits_for_another_or_imports_from_it(
    standard: Assembly, other: Assembly, local: Assembly
) -> None:
    for assembly in (standard, other, local):
        assert not any(assembly.dependencies.values())
        for template in assembly.templates.values():
            assert "Fn::ImportValue" not in template.text
            assert not [each for each in template.outputs().values() if "Export" in each]
            assert not [each for each in template.resources.values() if "Custom::" in each.kind]


def test_probe_stacks_differ_by_nothing_but_their_region(standard: Assembly) -> None:
    """A region can be added or taken away without a look at the others."""
    written = {
        template.text.replace(template.region, "REGION").replace(
            template.region.replace("-", ""), "REGION"
        )
        for template in standard.probes
        if template.region != standard.home.region
    }
    shapes = {
        json.dumps(sorted((each["Type"], sorted(each["Properties"])) for each in _resources(text)))
        for text in written
    }
    assert len(shapes) == 1


def _resources(text: str) -> list[dict[str, dict[str, object]]]:
    return list(json.loads(text)["Resources"].values())


def test_nothing_of_another_mesh_is_named_in_a_mesh(other: Assembly) -> None:
    for template in other.templates.values():
        assert "sentinelmesh-" not in template.text
        assert "/sentinelmesh/" not in template.text


def test_home_data_of_another_region_stays_there(other: Assembly) -> None:
    for function in MeshInTemplates(other).functions:
        tables = {
            resource.split(":")[3]
            for each in function.statements
            for resource in each.resources
            if ":dynamodb:" in resource
        }
        assert tables <= {"us-west-2"}


def test_checks_are_sent_to_every_region_and_to_no_other(other: Assembly) -> None:
    mesh = MeshInTemplates(other)
    for name in ("scheduler", "verifier", "api"):
        sent_to = {
            resource
            for each in mesh.function(name).statements
            for resource in each.resources
            if resource.endswith(":watch-checks.fifo")
        }
        assert sent_to == {arn for arn in mesh.queues if arn.endswith(":watch-checks.fifo")}


def test_memory_and_retention_are_those_of_the_settings(
    standard: Assembly, other: Assembly
) -> None:
    for assembly, memory in ((standard, 512), (other, 1024)):
        probers = [each for each in MeshInTemplates(assembly).functions if each.name == "prober"]
        assert {each.properties["MemorySize"] for each in probers} == {memory}


def test_stacks_on_aws_are_protected_and_tagged(standard: Assembly) -> None:
    manifest = json.loads((standard.folder / "manifest.json").read_text())
    for name in standard.templates:
        properties = manifest["artifacts"][name]["properties"]
        assert properties["terminationProtection"] is True
        assert properties["tags"] == {"application": "sentinelmesh"}


def test_the_local_mesh_has_the_same_parts_but_for_those_that_the_emulator_cannot_use(
    standard: Assembly, local: Assembly
) -> None:
    missing = kinds(standard) - kinds(local)
    assert missing == {
        "AWS::Lambda::LayerVersion": 4,  # functions run with the project's own interpreter
        "AWS::SNS::Subscription": 4,  # nobody is mailed about a mesh on a desk
        "AWS::ApiGateway::Account": 1,
        "AWS::IAM::Role": 1,  # API Gateway's role for its access log
        "AWS::Logs::LogGroup": 1,  # the access log
        # The launcher serves pages and API on one origin itself.
        "AWS::CloudFront::Distribution": 1,
        "AWS::CloudFront::CachePolicy": 1,
        "AWS::CloudFront::Function": 2,
        "AWS::CloudFront::OriginAccessControl": 2,
        "AWS::CloudFront::ResponseHeadersPolicy": 2,
        "AWS::S3::Bucket": 1,
        "AWS::S3::BucketPolicy": 2,
    }
    assert not kinds(local) - kinds(standard)


def test_the_local_mesh_leaves_nothing_behind(local: Assembly) -> None:
    for kind, protection in STATEFUL.items():
        for each in resource_of(local, kind):
            assert each.properties[protection] in {False, "INACTIVE"}
            assert each.raw["DeletionPolicy"] == "Delete"
    manifest = json.loads((local.folder / "manifest.json").read_text())
    for name in local.templates:
        assert not manifest["artifacts"][name]["properties"].get("terminationProtection")


def test_the_local_mesh_asks_nothing_of_the_internet(local: Assembly) -> None:
    for function in MeshInTemplates(local).functions:
        if function.name == "prober":
            assert function.environment["CONTROL_TARGETS"] == ""
            assert function.environment["OTHER_RESOLVERS"] == ""
            assert function.environment["ALLOW_PRIVATE_TARGETS"] == "true"


def test_alarms_of_the_local_mesh_are_such_that_the_emulator_takes(local: Assembly) -> None:
    """It refuses alarms on calculated metrics."""
    for each in resource_of(local, "AWS::CloudWatch::Alarm"):
        assert {"MetricName", "Namespace"} <= set(each.properties)


def test_the_address_of_the_api_is_told(standard: Assembly, other: Assembly) -> None:
    assert set(standard.home.outputs()) == {
        "ApiUrl",
        "DashboardUrl",
        "DashboardBucket",
        "DistributionId",
        "MailFromIdentity",
        "RestApiId",
        "UserPoolId",
        "UserPoolClientId",
    } | {name for name in standard.home.outputs() if name.startswith("RestApiEndpoint")}
    assert other.home.outputs()["ApiUrl"]["Value"] == "https://status.shop.example"
