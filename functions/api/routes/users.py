"""People: who may sign in, and as what."""

from dataclasses import replace
from http import HTTPStatus

from functions.api.http.pagination import PageQuery, paginate
from functions.api.http.problem import Problem, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.access import InviteIn, PersonOut, PersonPage, RoleIn
from functions.api.services.audit import audit
from functions.api.services.serializers import person_out
from sentinelmesh.domain.access.scopes import Role, Scope
from sentinelmesh.domain.access.user import User
from sentinelmesh.errors import AlreadyExists


def list_people(request: Request) -> Answer:
    """Show a page of people. Cost: four requests to the user pool per 60 people."""
    people = request.backend.people.everybody()
    return Answer(body=paginate(request, people, lambda person: person.id, person_out))


def invite(request: Request) -> Answer:
    """Invite somebody: a first password goes out by mail.

    A crash after the invitation leaves somebody without a role, who may read: give them one.

    Raises:
        Problem: 409, this address has an account.
    """
    wanted: InviteIn = request.body
    role, email = Role(wanted.role), wanted.email.lower()
    try:
        with audit(request, "user.invited", email, detail=f"as {role}"):
            person = request.backend.people.invite(email, role)
    except AlreadyExists as taken:
        text = "Somebody with this mail address has an account already."
        raise Problem(HTTPStatus.CONFLICT, text) from taken
    headers = {"Location": f"/v1/users/{person.id}"}
    return Answer(body=person_out(person), status=HTTPStatus.CREATED, headers=headers)


def change_role(request: Request) -> Answer:
    """Return somebody another role; what they were signed in as ends at once."""
    backend, role = request.backend, Role(request.body.role)
    person, everybody = _find(request)
    if role is not Role.ADMIN:
        _keep_an_administrator(person, everybody)
    with audit(request, "user.role_changed", person.id, detail=f"{person.role} to {role}"):
        backend.people.set_role(person.id, role)
        backend.sign_outs.put(person.id, backend.clock())
    return Answer(body=person_out(replace(person, role=role)))


def remove(request: Request) -> Answer:
    """Remove somebody; their API tokens stay until they are revoked."""
    backend = request.backend
    person, everybody = _find(request)
    _keep_an_administrator(person, everybody)
    with audit(request, "user.removed", person.id, detail=person.email):
        # In this order a crash anywhere leaves somebody who can be removed again.
        backend.people.disable(person.id)
        backend.sign_outs.put(person.id, backend.clock())
        backend.people.remove(person.id)
    return Answer(status=HTTPStatus.NO_CONTENT)


def _find(request: Request) -> tuple[User, list[User]]:
    """Read the person that a path names, among all: the last administrator has to stay.

    Raises:
        Problem: 404.
    """
    everybody = request.backend.people.everybody()
    wanted = request.path["user_id"]
    person = next((each for each in everybody if each.id == wanted), None)
    if person is None:
        raise not_found("user of this id")
    return person, everybody


def _keep_an_administrator(person: User, everybody: list[User]) -> None:
    """Refuse to lock everybody out; two administrators who remove each other at once still can.

    Raises:
        Problem: 409.
    """
    others = [each for each in everybody if each.role is Role.ADMIN and each.id != person.id]
    if person.role is Role.ADMIN and not others:
        text = "This is the last administrator; make somebody else one first."
        raise Problem(HTTPStatus.CONFLICT, text)


ONE = "/v1/users/<user_id>"
ROUTES = (
    Route(method="GET", path="/v1/users", summary="List people", handler=list_people,
          scope=Scope.ADMIN, query=PageQuery, answers=PersonPage),
    Route(method="POST", path="/v1/users", summary="Invite somebody", handler=invite,
          scope=Scope.ADMIN, body=InviteIn, answers=PersonOut, status=HTTPStatus.CREATED),
    Route(method="PATCH", path=ONE, summary="Change somebody's role", handler=change_role,
          scope=Scope.ADMIN, body=RoleIn, answers=PersonOut),
    Route(method="DELETE", path=ONE, summary="Remove somebody", handler=remove,
          scope=Scope.ADMIN, status=HTTPStatus.NO_CONTENT),
)  # fmt: skip
