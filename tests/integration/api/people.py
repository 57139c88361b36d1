"""A user pool in memory, and access tokens made by hand."""

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from functions.api.auth.authentication import issuer_of
from sentinelmesh.domain.access.scopes import Role
from tests.integration.api.stage import Answer, Stage
from tests.support.moto_mesh import HOME

PASSWORD = "Correct-Horse-9-Battery"


def open_pool(stage: Stage) -> None:
    """Return the mesh a user pool with our groups; from then on time is the real one.

    Call it before the first request: tokens of the pool live by the clock of this machine.
    """
    client = stage.mesh.client("cognito-idp")
    pool = client.create_user_pool(PoolName="people", UsernameAttributes=["email"])["UserPool"][
        "Id"
    ]
    made = client.create_user_pool_client(
        UserPoolId=pool, ClientName="dashboard", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    for role in Role:
        client.create_group(UserPoolId=pool, GroupName=role.value)
    client_id = made["UserPoolClient"]["ClientId"]
    stage.overrides = {**stage.overrides, "user_pool_id": pool, "user_pool_client_id": client_id}
    stage.key_set = _keys_of_moto
    stage.now = datetime.now(UTC)


@cache
def _keys_of_moto() -> Mapping[str, Any]:
    packed = files("moto.cognitoidp").joinpath("resources/jwks-public.json.gz").read_bytes()
    keys: Mapping[str, Any] = json.loads(gzip.decompress(packed))
    return keys


def add_person(stage: Stage, email: str, role: Role | None) -> str:
    """Add somebody who has signed in before; gives the pool's id."""
    client, pool = stage.mesh.client("cognito-idp"), stage.settings.user_pool_id
    made = client.admin_create_user(
        UserPoolId=pool,
        Username=email,
        UserAttributes=[{"Name": "email", "Value": email}],
        MessageAction="SUPPRESS",
    )
    client.admin_set_user_password(
        UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True
    )
    if role is not None:
        client.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=role.value)
    name: str = made["User"]["Username"]
    return name


def sign_in(stage: Stage, email: str, password: str = PASSWORD, **more: str) -> Answer:
    """Sign in through the API; the mesh is then no earlier than the pool that stamps the token."""
    stage.now = max(stage.now, datetime.now(UTC))
    body = {"email": email, "password": password, **more}
    return stage.call("POST", "/v1/session", body, token=None)


def token_of(stage: Stage, email: str) -> str:
    """Sign in and give the access token."""
    answer = sign_in(stage, email)
    assert answer.status == 200, answer
    token: str = answer.body["access_token"]
    return token


@dataclass
class Signer:
    """Somebody with a key that signs tokens."""

    key_id: str = "key-1"
    claims: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def key_set(self) -> Mapping[str, Any]:
        """Return the public keys, as a user pool does."""
        described = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**described, "kid": self.key_id, "alg": "RS256", "use": "sig"}]}

    def token(
        self,
        stage: Stage,
        *,
        without: str = "",
        key: Any = None,
        groups: Sequence[str] = ("editor",),
        algorithm: str = "RS256",
        headers: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Sign an access token of the mesh's pool, changed as a test wants."""
        now = int(time.time())
        plain = {
            "iss": issuer_of(HOME, stage.settings.user_pool_id),
            "client_id": stage.settings.user_pool_client_id,
            "token_use": "access",
            "username": "person-1",
            "sub": "person-1",
            "iat": now,
            "exp": now + 600,
            "cognito:groups": list(groups),
        }
        wanted = {name: value for name, value in {**plain, **claims}.items() if name != without}
        return jwt.encode(
            wanted,
            self.key if key is None else key,
            algorithm=algorithm,
            headers={
                name: value
                for name, value in {"kid": self.key_id, **(headers or {})}.items()
                if value is not None
            },
        )
