"""The API keeps what its OpenAPI document says, for requests that a machine makes up from it.

Not checked: that what fits the document is always taken. Many rules tie one field to another or to
the mesh (a timeout shorter than its interval, a region that is deployed), and no schema says them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from functions.api.http.ids import IDENTIFIER
from functions.api.openapi.document import document
from functions.api.routes.table import all_routes
from sentinelmesh.domain.access.scopes import Role, Scope
from tests.contract.gateway import Gateway
from tests.integration.api.examples import (
    put_heartbeat,
    put_incident,
    put_paused_address,
    put_window,
)
from tests.integration.api.page_examples import whole_page
from tests.integration.api.people import add_person, open_pool
from tests.integration.api.stage import Stage, api_stage
from tests.integration.api.test_escalation_policies import add as add_policy
from tests.support.builders import an_incident

Case = schemathesis.Case[Any]
GATEWAY = Gateway()
SCHEMA = schemathesis.openapi.from_dict(document(all_routes(), ""))
SCHEMA.app = GATEWAY
KEPT = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.unsupported_method,
]
# Things that are there, by the parameters that name them.
THINGS: Mapping[str, Callable[[Stage], str]] = {
    "monitor_id": lambda stage: stage.add_monitor()["id"],
    "channel_id": lambda stage: stage.add_channel()["id"],
    "paused_id": put_paused_address,
    "window_id": put_window,
    "policy_id": lambda stage: add_policy(stage)["id"],
    "ping_id": put_heartbeat,
    "exit_code": lambda _stage: "3",
    "incident_id": lambda stage: put_incident(stage, an_incident()),
    "token_id": lambda stage: stage.post("/v1/api-tokens", {"name": "CI"})["id"],
    "user_id": lambda stage: add_person(stage, f"p{stage.requests}@shop.example", Role.VIEWER),
}
# What belongs to one status page is made together.
PAGE_THINGS = {"page_id", "post_id", "subscriber_id", "secret"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A mesh for the requests to one operation: with what all of them make, each would be slow.

    It has an administrator, and time passes in pauses.
    """
    with api_stage() as made:
        open_pool(made)
        add_person(made, "admin@shop.example", Role.ADMIN)
        made.while_waiting = lambda: made.pass_time(seconds=30)
        GATEWAY.stage = made
        yield made
        GATEWAY.stage = None


@pytest.fixture
def there() -> dict[str, str]:
    """Remember what is there, until it is deleted."""
    return {}


MADE_UP = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(400)
@SCHEMA.parametrize()
@MADE_UP
def test_made_up_requests_get_documented_answers(
    case: Case, stage: Stage, there: dict[str, str]
) -> None:
    ask(case, stage, there)


@pytest.mark.timeout(400)
def test_made_up_requests_are_neither_all_refused_nor_all_taken(
    stage: Stage, there: dict[str, str]
) -> None:
    seen: Counter[int] = Counter()
    some = SCHEMA.include(path_regex="^/v1/(api-tokens|maintenance-windows)")
    for operation in some.get_all_operations():
        assert isinstance(operation, Ok), operation

        @settings(MADE_UP, max_examples=20)
        @given(case=operation.ok().as_strategy())
        def some_requests(case: Case) -> None:
            seen[ask(case, stage, there)] += 1

        some_requests()
    assert {200, 201, 204, 400, 404, 422} <= set(seen), seen


def ask(case: Case, stage: Stage, there: dict[str, str]) -> int:
    """Send a request that is made up, check the answer and give its status."""
    stage.requests += 1
    point_at_something(case, stage, there)
    use_headers_that_let_pass(case, stage)
    token = stage.tokens[Scope.ADMIN]
    answer = case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=KEPT)
    return answer.status_code


def point_at_something(case: Case, stage: Stage, there: dict[str, str]) -> None:
    """Put the name of something that is there in the place of an id that is made up."""
    named = set(case.path_parameters or {}) & PAGE_THINGS
    if not named <= set(there):
        there |= whole_page(stage)
    for name, value in (case.path_parameters or {}).items():
        if IDENTIFIER.fullmatch(str(value)) and stage.requests % 4:
            if name not in there:
                there[name] = THINGS[name](stage)
            case.path_parameters[name] = there[name]
            if case.method == "DELETE":
                del there[name]


def use_headers_that_let_pass(case: Case, stage: Stage) -> None:
    """Have keys of different requests differ, and no ETag made up: it would hide the body."""
    headers: Any = case.headers or {}
    key = headers.get("Idempotency-Key")
    if key and len(str(key)) <= 200:
        headers["Idempotency-Key"] = f"key-{stage.requests}"
    headers.pop("If-Match", None)
