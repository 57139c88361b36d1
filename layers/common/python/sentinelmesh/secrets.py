"""Secrets of monitors and channels: one encrypted SSM parameter each, in the home region."""

import json
import time
from typing import TYPE_CHECKING

from sentinelmesh.errors import MeshError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

FRESH_SECONDS = 300


class SecretsUnavailable(MeshError):
    """The parameter store did not answer: the caller could not do its work; try later."""


class SecretStore:
    """Write-only for people, readable for the function that needs the secret.

    Args:
        prefix: path of the parameters, e.g. "/sentinelmesh/secrets".
    """

    def __init__(self, client: "SSMClient", prefix: str) -> None:
        self._client = client
        self._prefix = prefix
        self._known: dict[str, tuple[float, int | None, dict[str, str]]] = {}

    def get(self, owner_id: str, version: int | None = None) -> dict[str, str]:
        """Read the secrets of a monitor or channel; none are an empty mapping.

        Cost: one request each five minutes and process; standard parameters are free.

        Args:
            version: the one that the owner's revision names; None means the newest. An edit writes
                its secrets before itself: until it is done nobody asks for them.

        Raises:
            SecretsUnavailable: SSM refused, did not answer, or has not got this version (yet).
        """
        read_at, known_version, known = self._known.get(owner_id, (0.0, None, None))
        if known_version != version:
            known = None
        if known is not None and time.monotonic() - read_at < FRESH_SECONDS:
            return known
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.get_parameter(
                Name=self._name(owner_id) + (f":{version}" if version else ""),
                WithDecryption=True,
            )
        except self._client.exceptions.ParameterNotFound:
            return {}
        except (BotoCoreError, ClientError) as error:
            if known is not None:
                return known  # old is better than none while the store is away
            raise SecretsUnavailable(f"secrets of {owner_id}: {type(error).__name__}") from error
        secrets: dict[str, str] = json.loads(answer["Parameter"]["Value"])
        self._known[owner_id] = (time.monotonic(), version, secrets)
        return secrets

    def put(self, owner_id: str, secrets: dict[str, str]) -> int | None:
        """Replace all secrets of an owner; an empty mapping deletes them.

        Returns:
            The number of this version, by which it can be read even after the next one was put.
        """
        self._known.pop(owner_id, None)
        if not secrets:
            self.delete(owner_id)
            return None
        answer = self._client.put_parameter(
            Name=self._name(owner_id),
            Value=json.dumps(secrets),
            Type="SecureString",
            Overwrite=True,
        )
        return answer["Version"]

    def delete(self, owner_id: str) -> None:
        """Forget the secrets of an owner; none is fine too."""
        self._known.pop(owner_id, None)
        try:
            self._client.delete_parameter(Name=self._name(owner_id))
        except self._client.exceptions.ParameterNotFound:
            return

    def _name(self, owner_id: str) -> str:
        return f"{self._prefix}/{owner_id}"
