"""Who makes a request: an access token of the user pool, or an API token of ours.

It is done here and not in an authorizer: API Gateway caches an authorizer's answer for a token
and applies it to other paths.
"""

import hashlib
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.backend import Backend
from functions.api.http.problem import Problem
from functions.api.http.route import Caller
from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.access.scopes import scope_of
from sentinelmesh.domain.values import instant
from sentinelmesh.errors import MeshError, NotFound, StoreUnavailable
from sentinelmesh.observability import logger

TOKEN_PREFIX = "smk_"  # noqa: S105 (marks a token, is none)
ACCESS = "access"
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

    Cost: 1 read unit: the token, or whether the person was signed out.

    Raises:
        Problem: 401, without a hint what was wrong with the token.
    """
    kind, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        raise _build_unauthorized()
    if token.startswith(TOKEN_PREFIX):
        return _program(backend, token)
    return _person(backend, token)


def _build_unauthorized() -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})


def _program(backend: Backend, secret: str) -> Caller:
    token = backend.tokens.get(secret_hash(secret))
    if token is None:
        raise _build_unauthorized()
    _note_use(backend, token)
    return Caller(id=token.token_id, name=f"token {token.name}", scope=token.scope)


def _note_use(backend: Backend, token: ApiToken) -> None:
    """Note that a token is in use, at most once an hour; a note that fails stops nobody."""
    now = backend.clock()
    if token.last_used_at is not None and now - token.last_used_at <= TOUCH_AFTER:
        return
    try:
        backend.tokens.touch(token, now)
    except NotFound as revoked:
        raise _build_unauthorized() from revoked
    except StoreUnavailable:
        logger().exception("token_use_unrecorded", token_id=token.token_id)


def _person(backend: Backend, token: str) -> Caller:
    claims = _claims(backend, token)
    if claims["token_use"] != ACCESS:
        raise _build_unauthorized()
    if claims["client_id"] != backend.settings.user_pool_client_id:
        raise _build_unauthorized()
    name = str(claims["username"])
    signed_out_at = backend.sign_outs.get(name)
    if signed_out_at is not None and instant.from_epoch(claims["iat"]) <= signed_out_at:
        raise _build_unauthorized()
    return Caller(id=name, name=name, scope=scope_of(claims.get("cognito:groups") or ()))


def with_email(backend: Backend, caller: Caller) -> Caller:
    """Put a user's email address in the place of the user pool's id: what is kept is for people.

    Cost: one request to the user pool per person and process.
    """
    if caller.name != caller.id:
        return caller
    try:
        return replace(caller, name=backend.people.name_of(caller.id))
    except (MeshError, ClientError, BotoCoreError):
        logger().exception("name_unknown", person_id=caller.id)
        return caller


def _claims(backend: Backend, token: str) -> dict[str, Any]:
    """Verify signature, issuer and expiry, and that everything is there that we look at.

    Source: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
    """
    import jwt  # 60 ms with cryptography: programs with API tokens never need it

    settings = backend.settings
    try:
        key = backend.keys.find(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise jwt.InvalidKeyError("no key of this id")
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            issuer=issuer_of(settings.home_region, settings.user_pool_id),
            options={
                "require": ["exp", "iat", "iss", "token_use", "client_id", "username"],
                "verify_aud": False,
            },
        )
    except jwt.PyJWTError as error:
        logger().info("token_refused", reason=f"{type(error).__name__}: {error}")
        raise _build_unauthorized() from error
    return claims


def issuer_of(region: str, user_pool_id: str) -> str:
    """Return the issuer of a pool's tokens."""
    return f"https://cognito-idp.{region}.amazonaws.com/{user_pool_id}"


def jwks_url(issuer: str, endpoint: str | None) -> str:
    """Return where the pool's public keys are; boto3's own endpoint override counts here too.

    >>> jwks_url("https://cognito-idp.eu-west-1.amazonaws.com/pool", None)
    'https://cognito-idp.eu-west-1.amazonaws.com/pool/.well-known/jwks.json'
    """
    base = f"{endpoint.rstrip('/')}/{issuer.rsplit('/', 1)[1]}" if endpoint else issuer
    return f"{base}/.well-known/jwks.json"
