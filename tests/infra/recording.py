"""What functions really call at AWS, written down in IAM's words."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.client import BaseClient

from tests.infra.policies import Call
from tests.support.moto_mesh import ACCOUNT

Parameters = Mapping[str, Any]
TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


@dataclass
class Recorder:
    """Remembers the calls of all clients while it listens.

    Args:
        answers: what calls are answered that moto cannot serve, by operation.
        faults: what calls fail with, by operation.
    """

    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Exception] = field(default_factory=dict)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen for a while."""
        call_it = BaseClient._make_api_call  # type: ignore[attr-defined]

        def remembering(client: Any, operation: str, parameters: Parameters) -> Any:
            self.calls += calls_of(client, operation, parameters)
            if operation in self.faults:
                raise self.faults[operation]
            if operation in self.answers:
                return self.answers[operation]
            return call_it(client, operation, parameters)

        with patch.object(BaseClient, "_make_api_call", remembering):
            yield


def calls_of(client: Any, operation: str, parameters: Parameters) -> list[Call]:
    """Say in IAM's words what a request asks for."""
    model = client.meta.service_model
    service, region = model.service_name, client.meta.region_name
    where = f"{region}:{ACCOUNT}"
    if model.operation_model(operation).auth_type == "none":
        return []  # open to everybody, such as signing in
    if service in SIMPLE:
        return [SIMPLE[service](operation, parameters, where)]
    match service:
        case "dynamodb":
            return list(_tables(operation, parameters, f"arn:aws:dynamodb:{where}:table/"))
        case "sqs":
            url = urlsplit(parameters["QueueUrl"])
            *_, account, name = url.path.split("/")
            queue = f"arn:aws:sqs:{url.netloc.split('.')[1]}:{account}:{name}"
            return [Call(f"sqs:{operation.removesuffix('Batch')}", queue)]
        case "sesv2":
            sender = parameters["FromEmailAddress"]
            keys = {"ses:FromAddress": sender}
            identities = [sender, *parameters["Destination"]["ToAddresses"]]
            return [
                *(Call("ses:SendEmail", f"arn:aws:ses:{where}:identity/{each}", keys)
                  for each in identities),
                # The identity's own configuration set is asked for, too.
                Call("ses:SendEmail", f"arn:aws:ses:{where}:configuration-set/sentinelmesh-alerts",
                     keys),
            ]  # fmt: skip
        case "lambda":
            function = f"arn:aws:lambda:{where}:function:{parameters['FunctionName']}"
            return [Call("lambda:InvokeFunction", function)]
        case "cognito-idp":
            return [
                Call(f"cognito-idp:{operation}", f"arn:aws:cognito-idp:{where}:userpool/people")
            ]
    raise AssertionError(f"{service}.{operation}: say here what IAM calls it")


def _parameter(operation: str, parameters: Parameters, where: str) -> Call:
    return Call(f"ssm:{operation}", f"arn:aws:ssm:{where}:parameter{parameters['Name']}")


def _file(operation: str, parameters: Parameters, _where: str) -> Call:
    # What the templates say of the bucket, whose name is the CDK's choice.
    bucket = f"{parameters['Bucket']}.Arn"
    action = {"ListObjectsV2": "ListBucket"}.get(operation, operation)
    key = f"/{parameters['Key']}" if "Key" in parameters else ""
    return Call(f"s3:{action}", bucket + key)


SIMPLE: Mapping[str, Callable[[str, Parameters, str], Call]] = {"ssm": _parameter, "s3": _file}


def _tables(operation: str, parameters: Parameters, table: str) -> Iterator[Call]:
    if operation == "TransactWriteItems":
        for action in parameters["TransactItems"]:
            ((kind, item),) = action.items()
            yield Call(f"dynamodb:{TRANSACTION[kind]}", table + item["TableName"])
    elif operation == "BatchGetItem":
        for name in parameters["RequestItems"]:
            yield Call("dynamodb:BatchGetItem", table + name)
    else:
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        item = parameters.get("Key") or parameters.get("Item") or {}
        key = item.get("kind", {}).get("S")
        keys = {"dynamodb:LeadingKeys": [key]} if key else {}
        yield Call(f"dynamodb:{operation}", table + parameters["TableName"] + index, keys)
