"""Templates as data: read from a cloud assembly, with what they refer to filled in."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.moto_mesh import ACCOUNT

# What `Ref` gives for our resources, where it is not the logical id.
NAME_PROPERTY = {
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}
ARN = {
    # There is one pool, whatever its id will be.
    "AWS::Cognito::UserPool": "arn:aws:cognito-idp:{region}:{account}:userpool/people",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
}
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}

Properties = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One resource of a template; `properties` and `raw` with references filled in."""

    logical_id: str
    kind: str
    properties: Properties
    raw: Mapping[str, Any]

    @property
    def asset(self) -> str | None:
        """Folder of its code in the assembly, if it has any."""
        path: str | None = self.raw.get("Metadata", {}).get("aws:asset:path")
        return path


@dataclass(frozen=True)
class Template:
    """The template of one stack."""

    stack: str
    region: str
    text: str
    resources: Mapping[str, Resource]

    @classmethod
    def read(cls, path: Path, region: str) -> "Template":
        """Read a template and fill in its references."""
        text = path.read_text()
        written = json.loads(text)["Resources"]
        filled = _Filling(written, region)
        resources = {
            name: Resource(name, each["Type"], filled.of(each.get("Properties", {})), each)
            for name, each in written.items()
        }
        return cls(path.name.removesuffix(".template.json"), region, text, resources)

    def of_kind(self, kind: str) -> list[Resource]:
        """List the resources of a type, e.g. "AWS::SQS::Queue"."""
        return [each for each in self.resources.values() if each.kind == kind]

    def outputs(self) -> Mapping[str, Any]:
        """Return the outputs as they are written."""
        found: Mapping[str, Any] = json.loads(self.text).get("Outputs", {})
        return found


@dataclass(frozen=True)
class Assembly:
    """All templates of a deployment."""

    folder: Path
    templates: Mapping[str, Template]
    dependencies: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, folder: Path) -> "Assembly":
        """Read what a synthesis has left."""
        manifest = json.loads((folder / "manifest.json").read_text())
        stacks = {
            name: artifact
            for name, artifact in manifest["artifacts"].items()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        templates = {
            name: Template.read(
                folder / artifact["properties"]["templateFile"],
                artifact["environment"].rpartition("/")[2],
            )
            for name, artifact in stacks.items()
        }
        needed = {
            name: tuple(each for each in artifact.get("dependencies", ()) if each in stacks)
            for name, artifact in stacks.items()
        }
        return cls(folder, templates, needed)

    @property
    def home(self) -> Template:
        """The home stack."""
        return next(each for name, each in self.templates.items() if name.endswith("-home"))

    @property
    def probes(self) -> list[Template]:
        """The probe stacks."""
        return [each for name, each in self.templates.items() if "-probe-" in name]

    def all_of(self, kind: str) -> Iterator[tuple[Template, Resource]]:
        """Walk over the resources of a type in all stacks."""
        for template in self.templates.values():
            for resource in template.of_kind(kind):
                yield template, resource


class _Filling:
    """Fills in what CloudFormation would."""

    def __init__(self, resources: Mapping[str, Any], region: str) -> None:
        self._resources = resources
        self._region = region

    def of(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.of(each) for each in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"}:
            return self._ref(value["Ref"])
        if set(value) == {"Fn::GetAtt"}:
            return self._attribute(*value["Fn::GetAtt"])
        if set(value) == {"Fn::Join"}:
            between, parts = value["Fn::Join"]
            return between.join(str(self.of(part)) for part in parts)
        return {name: self.of(each) for name, each in value.items()}

    def _ref(self, name: str) -> str:
        if name == "AWS::Region":
            return self._region
        if name in PSEUDO:
            return PSEUDO[name]
        kind = self._resources[name]["Type"]
        if kind == "AWS::SNS::Topic":
            return self._attribute(name, "Arn")
        if kind == "AWS::SQS::Queue":
            host = f"sqs.{self._region}.amazonaws.com"
            return f"https://{host}/{ACCOUNT}/{self._name(name)}"
        return self._name(name)

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self._resources[name]["Type"]
        if attribute == "StreamArn":
            return f"{self._attribute(name, 'Arn')}/stream"
        if attribute == "Arn" and kind in ARN:
            return ARN[kind].format(region=self._region, account=ACCOUNT, name=self._name(name))
        if attribute.endswith("Name"):
            return self._name(name)
        return f"{name}.{attribute}"

    def _name(self, name: str) -> str:
        resource = self._resources[name]
        written = resource.get("Properties", {}).get(NAME_PROPERTY.get(resource["Type"], ""), name)
        return str(self.of(written))
