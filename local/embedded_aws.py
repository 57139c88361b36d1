"""The launcher's own calls to the embedded AWS: what templates cannot do, and questions."""

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config

from local.mesh_facts import ACCOUNT, MeshFacts

STAMP_PARAMETER = "/sentinelmesh-local/deployed"


class EmbeddedAws:
    """Clients of one emulator's home region."""

    def __init__(self, url: str, facts: MeshFacts) -> None:
        self._facts = facts
        self._url = url
        self._session: Any = boto3.Session(
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",  # noqa: S106  # the emulator takes any
            region_name=facts.home_region,
        )

    def _client(self, service: str) -> Any:
        config = Config(retries={"total_max_attempts": 2}, proxies={}, read_timeout=60)
        return self._session.client(service, endpoint_url=self._url, config=config)

    def deployed_stamp(self) -> str | None:
        """The fingerprint that was deployed into the present state; None when nothing was."""
        found = self._client("ssm").get_parameters(Names=[STAMP_PARAMETER])["Parameters"]
        return str(found[0]["Value"]) if found else None

    def stamp(self, fingerprint: str) -> None:
        """Remember what was deployed, inside the state itself, so that the two cannot part."""
        self._client("ssm").put_parameter(
            Name=STAMP_PARAMETER, Value=fingerprint, Type="String", Overwrite=True
        )

    def api_base(self) -> str:
        """The address of the deployed REST API, which changes when the API is made again."""
        client = self._client("apigateway")
        name = f"{self._facts.name}-api"
        found = client.get_rest_apis(limit=500)["items"]
        api = next((api for api in found if api["name"] == name), found[0])
        stage = client.get_stages(restApiId=api["id"])["item"][0]["stageName"]
        return f"{self._url}/_aws/execute-api/{api['id']}/{stage}"

    def variables(self, function: str) -> Mapping[str, str]:
        """The environment variables that the deployment gave a function."""
        client = self._client("lambda")
        answer = client.get_function_configuration(FunctionName=f"{self._facts.name}-{function}")
        variables: Mapping[str, str] = answer["Environment"]["Variables"]
        return variables

    def switch_ttl_on(self) -> None:
        """Let old items expire: the emulator ignores TTL in templates."""
        client = self._client("dynamodb")
        for table in client.list_tables()["TableNames"]:
            described = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            if described["TimeToLiveStatus"] != "ENABLED":
                client.update_time_to_live(
                    TableName=table,
                    TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
                )

    def verify_sender(self, address: str) -> None:
        """Let SES send from this address: the emulator verifies at once."""
        client = self._client("sesv2")
        known = {i["IdentityName"] for i in client.list_email_identities()["EmailIdentities"]}
        if address not in known:
            client.create_email_identity(EmailIdentity=address)

    def ensure_user(self, pool: str, email: str, password: str) -> None:
        """Build a user who can log in with this password; an existing one gets the password."""
        client = self._client("cognito-idp")
        attributes = [
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ]
        with contextlib.suppress(client.exceptions.UsernameExistsException):
            client.admin_create_user(
                UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
            )
        client.admin_set_user_password(
            UserPoolId=pool, Username=email, Password=password, Permanent=True
        )
        self._join_admins(client, pool, email)

    @staticmethod
    def _join_admins(client: Any, pool: str, email: str) -> None:
        groups = [group["GroupName"] for group in client.list_groups(UserPoolId=pool)["Groups"]]
        for group in groups:
            if group in {"admin", "admins"}:
                client.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)

    def kick_scheduler(self, at: datetime) -> None:
        """Send the ticks that a fresh start has missed: they plan this minute and the next.

        The rule fires at the next full minute at the earliest, and plans the minute after that.
        """
        client = self._client("lambda")
        this_minute = at.astimezone(UTC).replace(second=0, microsecond=0)
        for minute in (this_minute - timedelta(minutes=1), this_minute):
            client.invoke(
                FunctionName=f"{self._facts.name}-scheduler",
                InvocationType="Event",
                Payload=json.dumps(scheduled_event(minute, self._facts.home_region)),
            )


def scheduled_event(minute: datetime, region: str) -> dict[str, Any]:
    """Build the event that EventBridge would have sent for a minute."""
    return {
        "version": "0",
        "id": f"local-{minute:%Y%m%d%H%M}",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": f"{minute:%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": [],
        "detail": {},
    }
