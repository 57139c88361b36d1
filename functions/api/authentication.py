"""Who makes a request: an access token of the user pool, or an API token of ours.

It is done here and not in an authorizer: API Gateway caches an authorizer's answer for a token
and applies it to other paths.
"""

import hashlib
import os
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from functions.api.backend import Backend
from functions.api.problems import Problem
from functions.api.route import Caller
from sentinelmesh.domain.access import scope_of
from sentinelmesh.observability import logger

if TYPE_CHECKING:
    from jwt import PyJWKClient

TOKEN_PREFIX = "smk_"  # noqa: S105 (marks a token, is none)
TOUCH_AFTER = timedelta(hours=1)
UNAUTHORIZED = (
    "Sign in with POST /v1/session, or create an API token, and send it as "
    "'Authorization: Bearer <token>'."
)


def secret_hash(secret: str) -> str:
    """Hash an API token; 32 random bytes need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate(backend: Backend, authorization: str | None) -> Caller:
    """Find out who calls.

    Raises:
        Problem: 401, without a hint what was wrong with the token.
    """
    kind, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        raise _unauthorized()
    if token.startswith(TOKEN_PREFIX):
        return _program(backend, token)
    return _person(backend, token)


def _unauthorized() -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})


def _program(backend: Backend, secret: str) -> Caller:
    token = backend.tokens.get(secret_hash(secret))
    if token is None:
        raise _unauthorized()
    now = backend.clock()
    if token.last_used_at is None or now - token.last_used_at > TOUCH_AFTER:
        backend.tokens.touch(token, now)
    return Caller(name=f"token {token.name}", scope=token.scope)


def _person(backend: Backend, token: str) -> Caller:
    claims = _claims(backend, token)
    if claims.get("token_use") != "access":
        raise _unauthorized()
    if claims.get("client_id") != backend.settings.user_pool_client_id:
        raise _unauthorized()
    groups = claims.get("cognito:groups") or []
    return Caller(name=str(claims.get("username", "")), scope=scope_of(list(groups)))


def _claims(backend: Backend, token: str) -> dict[str, Any]:
    """Verify signature, issuer and expiry.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
    """
    import jwt  # 60 ms with cryptography: programs with API tokens never need it

    issuer = issuer_of(backend.settings.home_region, backend.settings.user_pool_id)
    try:
        key = _keys(jwks_url(issuer, os.environ.get("AWS_ENDPOINT_URL"))).get_signing_key_from_jwt(
            token
        )
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            issuer=issuer,
            options={"require": ["exp", "iss", "token_use"], "verify_aud": False},
        )
    except jwt.PyJWTError as error:
        logger().info("token_refused", reason=f"{type(error).__name__}: {error}")
        raise _unauthorized() from error
    return claims


def issuer_of(region: str, user_pool_id: str) -> str:
    """Name the issuer of a pool's tokens."""
    return f"https://cognito-idp.{region}.amazonaws.com/{user_pool_id}"


def jwks_url(issuer: str, endpoint: str | None) -> str:
    """Say where the pool's public keys are; boto3's own endpoint override counts here too.

    >>> jwks_url("https://cognito-idp.eu-west-1.amazonaws.com/pool", None)
    'https://cognito-idp.eu-west-1.amazonaws.com/pool/.well-known/jwks.json'
    """
    base = f"{endpoint.rstrip('/')}/{issuer.rsplit('/', 1)[1]}" if endpoint else issuer
    return f"{base}/.well-known/jwks.json"


@cache
def _keys(url: str) -> "PyJWKClient":
    """Keep the pool's public keys; they change rarely, and an unknown one is fetched anew."""
    import jwt

    return jwt.PyJWKClient(url, cache_keys=True, lifespan=3600, timeout=5)
