"""The people of the mesh, kept in the Cognito user pool: signing in, inviting, roles."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.api.http.problem import Problem, invalid
from sentinelmesh.domain.access.scopes import Role
from sentinelmesh.domain.access.user import User, UserStatus
from sentinelmesh.errors import AlreadyExists, NotFound, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

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
TOO_MANY = frozenset(
    {
        "TooManyRequestsException",
        "LimitExceededException",
        "TooManyFailedAttemptsException",
    }
)


class People:
    """The user pool, in our words."""

    def __init__(
        self, client: "CognitoIdentityProviderClient", pool_id: str, client_id: str
    ) -> None:
        self._client = client
        self._pool = pool_id
        self._client_id = client_id
        self._names: dict[str, str] = {}

    def sign_in(self, email: str, password: str, new_password: str | None) -> Mapping[str, Any]:
        """Trade mail address and password for an access token.

        Args:
            new_password: takes the place of the one that came with an invitation.

        Cost: one request; two for the first sign-in after an invitation.

        Raises:
            Problem: 401 without a hint what was wrong; 403 a new password is needed; 422 it is
                too weak; 429 it was tried too often.
        """
        try:
            answer = self._client.initiate_auth(
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
                ClientId=self._client_id,
            )
            if answer.get("ChallengeName") != "NEW_PASSWORD_REQUIRED":
                return _session(answer)
            if new_password is None:
                text = "This account has to set its own password first; send it as new_password."
                raise Problem(HTTPStatus.FORBIDDEN, text)
            return _session(
                self._client.respond_to_auth_challenge(
                    ClientId=self._client_id,
                    ChallengeName="NEW_PASSWORD_REQUIRED",
                    Session=answer["Session"],
                    ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": new_password},
                )
            )
        except ClientError as error:
            refusal = _refusal(error)
            if refusal is None:
                raise
            raise refusal from error

    def name_of(self, person_id: str) -> str:
        """Return a user's email address; one request per person and process."""
        if person_id not in self._names:
            with _translate_errors(f"person {person_id}"):
                answer = self._client.admin_get_user(UserPoolId=self._pool, Username=person_id)
            self._names[person_id] = _attribute(answer["UserAttributes"], "email") or person_id
        return self._names[person_id]

    def everybody(self) -> list[User]:
        """Read everybody, in the order of their ids. Cost: four requests per 60 people."""
        with _translate_errors("people"):
            roles = {user["Username"]: role for role in Role for user in self._users_in_group(role)}
            pages = self._client.get_paginator("list_users").paginate(UserPoolId=self._pool)
            people = [
                _person(user, roles.get(user["Username"]))
                for page in pages
                for user in page["Users"]
            ]
        return sorted(people, key=lambda person: person.id)

    def _users_in_group(self, role: Role) -> list[Any]:
        pages = self._client.get_paginator("list_users_in_group").paginate(
            UserPoolId=self._pool, GroupName=role.value
        )
        return [user for page in pages for user in page["Users"]]

    def invite(self, email: str, role: Role) -> User:
        """Add somebody; Cognito mails a first password. Cost: two requests.

        Raises:
            AlreadyExists: this address has an account.
        """
        with _translate_errors(f"person {email}"):
            user = self._client.admin_create_user(
                UserPoolId=self._pool,
                Username=email,
                UserAttributes=[
                    {"Name": "email", "Value": email},
                    {"Name": "email_verified", "Value": "true"},
                ],
                DesiredDeliveryMediums=["EMAIL"],
            )["User"]
        self._join(user["Username"], role)
        return _person(user, role)

    def set_role(self, person_id: str, role: Role) -> None:
        """Return somebody a role instead of others. Cost: three requests.

        The others are taken away first: a crash in between leaves somebody who may do too little.

        Raises:
            NotFound: there is no such person.
        """
        with _translate_errors(f"person {person_id}"):
            for other in Role:
                if other is not role:
                    self._client.admin_remove_user_from_group(
                        UserPoolId=self._pool, Username=person_id, GroupName=other.value
                    )
        self._join(person_id, role)

    def _join(self, person_id: str, role: Role) -> None:
        with _translate_errors(f"person {person_id}"):
            self._client.admin_add_user_to_group(
                UserPoolId=self._pool, Username=person_id, GroupName=role.value
            )

    def disable(self, person_id: str) -> None:
        """Let somebody get no new tokens.

        Raises:
            NotFound: there is no such person.
        """
        with _translate_errors(f"person {person_id}"):
            self._client.admin_disable_user(UserPoolId=self._pool, Username=person_id)

    def remove(self, person_id: str) -> None:
        """Remove somebody.

        Raises:
            NotFound: there is no such person.
        """
        with _translate_errors(f"person {person_id}"):
            self._client.admin_delete_user(UserPoolId=self._pool, Username=person_id)


@contextmanager
def _translate_errors(what: str) -> Iterator[None]:
    """Raise our own errors for those of the user pool."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "UserNotFoundException":
            raise NotFound(what) from error
        if code == "UsernameExistsException":
            raise AlreadyExists(what) from error
        if code in TOO_MANY:
            raise StoreUnavailable(f"{what}: {code}") from error
        raise


def _session(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    session: Mapping[str, Any] | None = answer.get("AuthenticationResult")
    if session is None:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            f"This account needs a step that is not offered here: {answer.get('ChallengeName')}.",
        )
    return session


def _refusal(error: ClientError) -> Problem | None:
    code = error.response["Error"]["Code"]
    if code in REFUSALS:
        return Problem(HTTPStatus.UNAUTHORIZED, "Mail address or password is wrong.")
    if code == "InvalidPasswordException":
        return invalid("/new_password", error.response["Error"]["Message"])
    if code in TOO_MANY:
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many attempts; wait a minute.")
    return None


def _person(user: Mapping[str, Any], role: Role | None) -> User:
    invited = user["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    standing = UserStatus.INVITED if invited else UserStatus.ACTIVE
    return User(
        id=user["Username"],
        email=_attribute(user["Attributes"], "email"),
        role=role,
        status=standing if user["Enabled"] else UserStatus.DISABLED,
        created_at=user["UserCreateDate"].astimezone(UTC),
        updated_at=user["UserLastModifiedDate"].astimezone(UTC),
    )


def _attribute(attributes: Any, name: str) -> str:
    return next((str(each["Value"]) for each in attributes if each["Name"] == name), "")
