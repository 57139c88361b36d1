"""Signing in, and API tokens for programs."""

import secrets
from http import HTTPStatus

from botocore.exceptions import ClientError

from functions.api.authentication import TOKEN_PREFIX, secret_hash
from functions.api.identifiers import new_id
from functions.api.paging import PageQuery, decode, page
from functions.api.presenting import plain
from functions.api.problems import Problem, not_found
from functions.api.route import Answer, Request, Route
from functions.api.schemas.other import SessionIn, SessionOut, TokenIn, TokenOut, TokenPage
from sentinelmesh.domain.access import ApiToken, Scope

TOKEN_BYTES = 32
# What the user pool says when a pair is wrong; none of it is told.
REFUSALS = frozenset(
    {
        "NotAuthorizedException",
        "UserNotFoundException",
        "PasswordResetRequiredException",
        "UserNotConfirmedException",
        "InvalidParameterException",
    }
)


def sign_in(request: Request) -> Answer:
    """Trade mail address and password for an access token.

    Raises:
        Problem: 401 without a hint which was wrong; 429 when it was tried too often.
    """
    backend = request.backend
    try:
        answer = backend.people.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": request.body.email, "PASSWORD": request.body.password},
            ClientId=backend.settings.user_pool_client_id,
        )
    except ClientError as error:
        raise _refused(error) from error
    session = answer.get("AuthenticationResult")
    if not session:
        text = "This account has to set a new password first: sign in where you were invited."
        raise Problem(HTTPStatus.FORBIDDEN, text)
    return Answer(
        body={
            "access_token": session["AccessToken"],
            "token_type": "Bearer",
            "expires_in": session["ExpiresIn"],
        }
    )


def _refused(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if code in REFUSALS:
        return Problem(HTTPStatus.UNAUTHORIZED, "Mail address or password is wrong.")
    if code in {"TooManyRequestsException", "LimitExceededException"}:
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many attempts; wait a minute.")
    return error


def create(request: Request) -> Answer:
    """Make an API token; the secret is in this answer and nowhere else."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    token = ApiToken(
        token_id=new_id("tok"),
        name=request.body.name,
        scope=Scope(request.body.scope),
        secret_hash=secret_hash(secret),
        created_at=request.backend.clock(),
        created_by=request.caller.name,
    )
    request.backend.tokens.create(token)
    return Answer(body={**_shown(token), "token": secret}, status=HTTPStatus.CREATED)


def list_tokens(request: Request) -> Answer:
    """Show a page of API tokens, without their secrets."""
    query: PageQuery = request.query
    after = decode(query.cursor) or ""
    tokens = sorted(request.backend.tokens.list(), key=lambda token: token.token_id)
    left = [token for token in tokens if token.token_id > after]
    shown = left[: query.limit]
    last = shown[-1].token_id if len(left) > len(shown) else None
    return Answer(body=page([_shown(token) for token in shown], last))


def revoke(request: Request) -> Answer:
    """Revoke an API token; it is refused from the next request on."""
    wanted = request.path["token_id"]
    token = next((each for each in request.backend.tokens.list() if each.token_id == wanted), None)
    if token is None:
        raise not_found("API token of this id")
    request.backend.tokens.delete(token)
    return Answer(status=HTTPStatus.NO_CONTENT)


def _shown(token: ApiToken) -> dict[str, object]:
    row = plain(token)
    row.pop("secret_hash")
    return {"id": row.pop("token_id"), **row}


ROUTES = (
    Route(method="POST", path="/v1/session", summary="Sign in", handler=sign_in,
          scope=None, body=SessionIn, answers=SessionOut),
    Route(method="POST", path="/v1/api-tokens", summary="Make an API token", handler=create,
          scope=Scope.ADMIN, body=TokenIn, answers=TokenOut, status=HTTPStatus.CREATED),
    Route(method="GET", path="/v1/api-tokens", summary="List API tokens", handler=list_tokens,
          scope=Scope.ADMIN, query=PageQuery, answers=TokenPage),
    Route(method="DELETE", path="/v1/api-tokens/<token_id>", summary="Revoke an API token",
          handler=revoke, scope=Scope.ADMIN, status=HTTPStatus.NO_CONTENT),
)  # fmt: skip
