"""Scopes and roles."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.access.scopes import ROLES, Role, Scope, includes, role_of, scope_of


def test_each_scope_includes_itself_and_those_before_it() -> None:
    held = {(one, other) for one, other in product(Scope, Scope) if includes(one, other)}
    assert held == {
        (Scope.READ, Scope.READ),
        (Scope.WRITE, Scope.READ),
        (Scope.WRITE, Scope.WRITE),
        (Scope.ADMIN, Scope.READ),
        (Scope.ADMIN, Scope.WRITE),
        (Scope.ADMIN, Scope.ADMIN),
    }


def test_every_role_is_worth_a_scope_of_its_own() -> None:
    assert {role: ROLES[role] for role in Role} == {
        Role.VIEWER: Scope.READ,
        Role.EDITOR: Scope.WRITE,
        Role.ADMIN: Scope.ADMIN,
    }


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        ([], None),
        (["strangers", "Admin", "administrators"], None),
        (["viewer"], Role.VIEWER),
        (["admin", "viewer"], Role.ADMIN),
        (["viewer", "editor"], Role.EDITOR),
    ],
)
def test_the_widest_role_counts(groups: list[str], role: Role | None) -> None:
    assert role_of(groups) is role


@given(st.lists(st.sampled_from([*Role, "strangers"])))
def test_nobody_may_less_than_read_or_more_than_the_widest_role(groups: list[str]) -> None:
    scope = scope_of(groups)
    assert includes(scope, Scope.READ)
    assert scope is Scope.READ or any(ROLES.get(group) is scope for group in groups)  # type: ignore[call-overload]
