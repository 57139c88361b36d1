"""Escalation policies: whom to ask next when nobody takes care."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from functions.api.http.json_values import to_json
from functions.api.http.merge_patch import apply_patch, check_match, etag, patch_of
from functions.api.http.pagination import PageQuery, paginate
from functions.api.http.parsing import validate
from functions.api.http.problem import Problem, invalid, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.escalation import (
    EscalationPolicyIn,
    EscalationPolicyOut,
    EscalationPolicyPage,
)
from functions.api.services.audit import audit
from functions.api.services.create_once import create_once
from functions.api.services.serializers import select_fields
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.alerts.escalation import EscalationPolicy, EscalationStep

MONITORS_PER_PAGE = 200


def find(request: Request) -> EscalationPolicy:
    """Read the policy that a path names. Cost: 1 read unit.

    Raises:
        Problem: 404.
    """
    policy = request.backend.escalation_policies.get(request.path["policy_id"])
    if policy is None:
        raise not_found("escalation policy of this id")
    return policy


def create(request: Request) -> Answer:
    """Add an escalation policy; monitors name it by its id."""
    wanted, backend, now = request.body, request.backend, request.backend.clock()
    policy = EscalationPolicy(
        id=request.new_id("esc"),
        name=wanted.name,
        steps=_steps(request, wanted),
        created_at=now,
        updated_at=now,
    )
    with audit(request, "escalation_policy.created", policy.id, (None, 1), fields=request.raw_body):
        policy = create_once(backend.escalation_policies, policy)
    answer = _render(policy)
    headers = {**answer.headers, "Location": f"/v1/escalation-policies/{policy.id}"}
    return replace(answer, status=HTTPStatus.CREATED, headers=headers)


def read(request: Request) -> Answer:
    """Show an escalation policy."""
    return _render(find(request))


def list_policies(request: Request) -> Answer:
    """Show a page of escalation policies in the order of their ids."""
    policies = request.backend.escalation_policies.list()
    return Answer(body=paginate(request, policies, lambda policy: policy.id, _out))


def change(request: Request) -> Answer:
    """Apply a merge patch; incidents that are open keep the steps that they were opened with."""
    backend, before = request.backend, find(request)
    check_match(request, before.revision)
    patch = patch_of(request)
    config = {"name": before.name, "steps": to_json(before)["steps"]}
    wanted = validate(EscalationPolicyIn, apply_patch(config, patch))
    after = replace(before, name=wanted.name, steps=_steps(request, wanted, before))
    if after == before:
        return _render(before)
    after = replace(after, revision=before.revision + 1, updated_at=backend.clock())
    revisions = (before.revision, after.revision)
    with audit(request, "escalation_policy.changed", after.id, revisions, fields=patch):
        backend.escalation_policies.replace(after)
    return _render(after)


def delete(request: Request) -> Answer:
    """Remove an escalation policy that no monitor names. Cost: half a read unit per 4 KB of all."""
    policy = find(request)
    check_match(request, policy.revision)
    user = _user_of(request, policy)
    if user is not None:
        raise Problem(
            HTTPStatus.CONFLICT,
            f"Monitor {user} names this policy; give it another escalation_policy, or null, first.",
        )
    with audit(request, "escalation_policy.deleted", policy.id, (policy.revision, None)):
        request.backend.escalation_policies.delete(policy)
    return Answer(status=HTTPStatus.NO_CONTENT)


def _user_of(request: Request, policy: EscalationPolicy) -> str | None:
    """Return a monitor that names the policy."""
    after: str | None = None
    while True:
        monitors = request.backend.monitors.list_page(MONITORS_PER_PAGE, after)
        for monitor in monitors:
            if monitor.escalation_policy == policy.id:
                return monitor.id
        if len(monitors) < MONITORS_PER_PAGE:
            return None
        after = monitors[-1].id


def _steps(
    request: Request, wanted: EscalationPolicyIn, before: EscalationPolicy | None = None
) -> tuple[EscalationStep, ...]:
    """Read the steps; channels that it named before may be gone without hindering other edits."""
    known = {channel.id for channel in request.backend.channels.list()}
    known |= {name for step in (before.steps if before else ()) for name in step.channels}
    for place, step in enumerate(wanted.steps):
        for number, name in enumerate(step.channels):
            if name not in known:
                pointer = f"/steps/{place}/channels/{number}"
                raise invalid(pointer, f"there is no channel {name[:60]}")
    return tuple(
        EscalationStep(after_minutes=step.after_minutes, channels=tuple(step.channels))
        for step in wanted.steps
    )


def _out(policy: EscalationPolicy) -> dict[str, Any]:
    return select_fields(EscalationPolicyOut, to_json(policy))


def _render(policy: EscalationPolicy) -> Answer:
    return Answer(body=_out(policy), headers={"ETag": etag(policy.revision)})


ALL, ONE = "/v1/escalation-policies", "/v1/escalation-policies/<policy_id>"
ROUTES = (
    Route(method="POST", path=ALL, summary="Add an escalation policy", handler=create,
          scope=Scope.WRITE, body=EscalationPolicyIn, answers=EscalationPolicyOut,
          status=HTTPStatus.CREATED),
    Route(method="GET", path=ALL, summary="List escalation policies", handler=list_policies,
          scope=Scope.READ, query=PageQuery, answers=EscalationPolicyPage),
    Route(method="GET", path=ONE, summary="Show an escalation policy", handler=read,
          scope=Scope.READ, answers=EscalationPolicyOut),
    Route(method="PATCH", path=ONE, summary="Change an escalation policy (JSON merge patch)",
          handler=change, scope=Scope.WRITE, body=EscalationPolicyIn,
          answers=EscalationPolicyOut, merges=True, versioned=True),
    Route(method="DELETE", path=ONE, summary="Delete an escalation policy", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT, versioned=True),
)  # fmt: skip
