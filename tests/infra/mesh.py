"""The functions that templates describe, each with its role, its triggers and its alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.infra.policies import Statement, statements
from tests.infra.templates import Assembly, Properties, Resource, Template

FUNCTION = "AWS::Lambda::Function"
QUEUE = "AWS::SQS::Queue"


@dataclass(frozen=True)
class FunctionInTemplate:
    """One function of one stack."""

    template: Template
    resource: Resource

    @property
    def properties(self) -> Properties:
        """What the template says of it."""
        return self.resource.properties

    @property
    def physical(self) -> str:
        """Its physical name."""
        return str(self.properties["FunctionName"])

    @property
    def name(self) -> str:
        """What we call it: "prober", "api", ..."""
        return self.physical.rpartition("-")[2]

    @property
    def environment(self) -> Mapping[str, str]:
        """Its environment variables."""
        found: Mapping[str, str] = self.properties["Environment"]["Variables"]
        return found

    @property
    def role(self) -> str:
        """Name of its role."""
        return str(self.properties["Role"]).rpartition("/")[2]

    @cached_property
    def statements(self) -> Sequence[Statement]:
        """What its role allows."""
        return [
            each
            for policy in self.template.of_kind("AWS::IAM::Policy")
            if self.role in policy.properties["Roles"]
            for each in statements(policy.properties["PolicyDocument"])
        ]

    @property
    def sources(self) -> list[Properties]:
        """The queues and streams that feed it."""
        return [
            each.properties
            for each in self.template.of_kind("AWS::Lambda::EventSourceMapping")
            if each.properties["FunctionName"] == self.physical
        ]

    @property
    def stream_sources(self) -> list[Properties]:
        """The streams that feed it."""
        return [each for each in self.sources if ":dynamodb:" in each["EventSourceArn"]]

    @property
    def queue_sources(self) -> list[Properties]:
        """The queues that feed it."""
        return [each for each in self.sources if ":sqs:" in each["EventSourceArn"]]

    @property
    def rules(self) -> list[Properties]:
        """The rules that wake it."""
        arn = f":function:{self.physical}"
        return [
            each.properties
            for each in self.template.of_kind("AWS::Events::Rule")
            if any(target["Arn"].endswith(arn) for target in each.properties["Targets"])
        ]

    @property
    def rules_by_the_clock(self) -> list[Properties]:
        """Those of them that wake it at a time; others do when something happens."""
        return [each for each in self.rules if "ScheduleExpression" in each]

    @property
    def invoke_configs(self) -> list[Properties]:
        """What happens to events that it fails on."""
        return [
            each.properties
            for each in self.template.of_kind("AWS::Lambda::EventInvokeConfig")
            if each.properties["FunctionName"] == self.physical
        ]


class MeshInTemplates:
    """All functions and queues of a deployment."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.functions = [
            FunctionInTemplate(template, each) for template, each in assembly.all_of(FUNCTION)
        ]

    def function(self, name: str) -> FunctionInTemplate:
        """Return a function by what we call it; of the probers, the one of the home region."""
        home = self.assembly.home.region
        found = [each for each in self.functions if each.name == name]
        return next(each for each in found if each.template.region == home)

    def queue(self, arn: str) -> Properties:
        """Return a queue by its ARN."""
        *_, region, _account, name = arn.split(":")
        return next(
            each.properties
            for template, each in self.assembly.all_of(QUEUE)
            if template.region == region and each.properties["QueueName"] == name
        )

    @property
    def queues(self) -> dict[str, Properties]:
        """All queues by their ARNs."""
        return {
            f"arn:aws:sqs:{template.region}:123456789012:{each.properties['QueueName']}": (
                each.properties
            )
            for template, each in self.assembly.all_of(QUEUE)
        }

    def alarms(self, template: Template, **wanted: Any) -> list[Properties]:
        """List the alarms of a stack with these dimensions, e.g. QueueName="..."."""
        return [
            each.properties
            for each in template.of_kind("AWS::CloudWatch::Alarm")
            if wanted.items() <= _dimensions(each.properties).items()
        ]


def _dimensions(alarm: Properties) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
