"""Signing in, and API tokens for programs."""

import secrets
from http import HTTPStatus

from functions.api.auth.authentication import TOKEN_PREFIX, secret_hash, with_email
from functions.api.http.pagination import PageQuery, paginate
from functions.api.http.problem import not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.access import (
    CallerOut,
    NewTokenOut,
    SessionIn,
    SessionOut,
    TokenIn,
    TokenPage,
)
from functions.api.services.audit import audit
from functions.api.services.serializers import token_out
from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.access.scopes import Scope

TOKEN_BYTES = 32


def sign_in(request: Request) -> Answer:
    """Trade mail address and password for an access token."""
    wanted: SessionIn = request.body
    session = request.backend.people.sign_in(wanted.email, wanted.password, wanted.new_password)
    return Answer(
        body={
            "access_token": session["AccessToken"],
            "token_type": "Bearer",
            "expires_in": session["ExpiresIn"],
        }
    )


def whoami(request: Request) -> Answer:
    """Return who is asking, and what they may do. Cost: one request per person and process."""
    caller = with_email(request.backend, request.caller)
    return Answer(body={"id": caller.id, "name": caller.name, "scope": caller.scope})


def create(request: Request) -> Answer:
    """Build an API token; the secret is in this answer and nowhere else."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken(
        token_id=request.new_id("tok"),
        name=request.body.name,
        scope=Scope(request.body.scope),
        secret_hash=secret_hash(secret),
        created_at=request.backend.clock(),
        created_by=request.caller.name,
    )
    detail = f"scope {token.scope}"
    with audit(request, "api_token.created", token.token_id, detail=detail):
        request.backend.tokens.create(token)
    shown = token_out(token)
    return Answer(
        body={**shown, "token": secret},
        replay={**shown, "token": None},
        status=HTTPStatus.CREATED,
    )


def list_tokens(request: Request) -> Answer:
    """Show a page of API tokens, without their secrets. Cost: 1 read unit per 4 KB of all."""
    tokens = request.backend.tokens.list()
    return Answer(body=paginate(request, tokens, lambda token: token.token_id, token_out))


def revoke(request: Request) -> Answer:
    """Revoke an API token; it is refused from the next request on."""
    wanted, backend = request.path["token_id"], request.backend
    # Two of one id are possible: a request for one may have died and been repeated.
    tokens = [each for each in backend.tokens.list() if each.token_id == wanted]
    if not tokens:
        raise not_found("API token of this id")
    with audit(request, "api_token.revoked", wanted):
        for token in tokens:
            backend.tokens.delete(token)
    return Answer(status=HTTPStatus.NO_CONTENT)


ROUTES = (
    Route(method="POST", path="/v1/session", summary="Sign in", handler=sign_in,
          scope=None, body=SessionIn, answers=SessionOut),
    Route(method="GET", path="/v1/session", summary="Who is asking", handler=whoami,
          scope=Scope.READ, answers=CallerOut),
    Route(method="POST", path="/v1/api-tokens", summary="Make an API token", handler=create,
          scope=Scope.ADMIN, body=TokenIn, answers=NewTokenOut, status=HTTPStatus.CREATED),
    Route(method="GET", path="/v1/api-tokens", summary="List API tokens", handler=list_tokens,
          scope=Scope.ADMIN, query=PageQuery, answers=TokenPage),
    Route(method="DELETE", path="/v1/api-tokens/<token_id>", summary="Revoke an API token",
          handler=revoke, scope=Scope.ADMIN, status=HTTPStatus.NO_CONTENT),
)  # fmt: skip
