"""`make deploy`: which programs are run, in which order, and what is said when it cannot be."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from tests.infra.programs import program

deploy = program("deploy")
REGIONS = ("eu-west-1", "us-east-1")


@dataclass
class Programs:
    """Remembers what would have been run, and where."""

    run: list[list[str]] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str], folder: Path) -> None:
        self.run.append([Path(arguments[0]).name, *arguments[1:]])
        self.folders.append(folder)


def a_session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")


def bootstrap(region: str) -> None:
    a_session().client("cloudformation", region_name=region).create_stack(
        StackName="CDKToolkit",
        TemplateBody=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}),
    )


@mock_aws
def test_regions_that_need_it_are_bootstrapped_before_everything_is_deployed() -> None:
    bootstrap("us-east-1")
    programs, said = Programs(), list[str]()
    deploy.deploy(a_session(), REGIONS, programs, said.append)
    first, second = programs.run
    assert first == ["cdk", "bootstrap", "aws://123456789012/eu-west-1"]
    assert second[:3] == ["cdk", "deploy", "--all"]
    assert said == [
        "Deploying to AWS account 123456789012: eu-west-1, us-east-1",
        "Bootstrapping eu-west-1",
    ]


@mock_aws
def test_bootstrapping_does_not_synthesize_the_app() -> None:
    programs = Programs()
    deploy.deploy(a_session(), REGIONS[:1], programs, lambda _line: None)
    assert not (programs.folders[0] / "cdk.json").exists()
    assert (programs.folders[1] / "cdk.json").exists()


def test_somebody_who_is_not_signed_in_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    programs = Programs()
    with pytest.raises(deploy.CannotDeploy, match=r"Unable to locate credentials.*aws sso login"):
        deploy.deploy(boto3.Session(), REGIONS, programs, lambda _line: None)
    assert programs.run == []


def test_the_addresses_of_all_stacks_are_listed(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps({"sentinelmesh-home": {"ApiUrl": "https://mesh.example/"}}))
    assert deploy.addresses(outputs) == ["ApiUrl               https://mesh.example/"]
