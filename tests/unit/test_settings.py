"""Environment variables: what is missing or unusable is named."""

from dataclasses import MISSING, Field, fields

import pytest

from sentinelmesh.errors import InvalidSetting
from sentinelmesh.settings import (
    AlerterSettings,
    ApiSettings,
    ProberSettings,
    SchedulerSettings,
    Settings,
    VerifierSettings,
)

ALL = [SchedulerSettings, ProberSettings, VerifierSettings, AlerterSettings, ApiSettings]


def complete(kind: type[Settings], **changes: str) -> dict[str, str]:
    """Return an environment that has every variable of a function."""
    by_type: dict[object, str] = {int: "3", bool: "true"}
    plain = {each.name.upper(): by_type.get(each.type, "text") for each in fields(kind)}
    return {**plain, **changes}


def has_no_default(described: Field[object]) -> bool:
    return described.default is MISSING and described.default_factory is MISSING


@pytest.mark.parametrize("kind", ALL)
def test_a_complete_environment_is_read_into_the_types_of_the_fields(kind: type[Settings]) -> None:
    settings = kind.from_environment(complete(kind))
    by_type: dict[object, object] = {int: 3, bool: True, str: "text"}
    for each in fields(kind):
        expected = by_type.get(each.type, ("text",))
        assert getattr(settings, each.name) == expected


@pytest.mark.parametrize("kind", ALL)
def test_all_missing_variables_are_named_at_once(kind: type[Settings]) -> None:
    with pytest.raises(InvalidSetting) as refused:
        kind.from_environment({})
    needed = {each.name.upper() for each in fields(kind) if has_no_default(each)}
    assert needed
    assert needed == set(kind.variables()) & set(str(refused.value).replace(",", "").split())


def test_only_what_is_missing_is_named() -> None:
    environment = complete(SchedulerSettings)
    del environment["TICKS_QUEUE_URL"]
    with pytest.raises(InvalidSetting, match=r"^set the environment variables TICKS_QUEUE_URL$"):
        SchedulerSettings.from_environment(environment)


@pytest.mark.parametrize("written", ["", "0", "-1", "1.5", "many", " 2"])
def test_a_number_that_is_none_or_below_one_is_refused_by_name(written: str) -> None:
    """No shards would mean no ticks, and nobody would notice."""
    with pytest.raises(InvalidSetting, match="SHARDS must be a whole number from 1"):
        SchedulerSettings.from_environment(complete(SchedulerSettings, SHARDS=written))


@pytest.mark.parametrize("written", ["yes", "True", "1", ""])
def test_a_switch_is_true_or_false_and_nothing_else(written: str) -> None:
    with pytest.raises(InvalidSetting, match="ALLOW_PRIVATE_TARGETS must be true or false"):
        ProberSettings.from_environment(complete(ProberSettings, ALLOW_PRIVATE_TARGETS=written))


@pytest.mark.parametrize(
    ("written", "read"),
    [("", ()), (",", ()), ("a", ("a",)), (" a , b,", ("a", "b"))],
)
def test_lists_are_separated_by_commas(written: str, read: tuple[str, ...]) -> None:
    environment = complete(ProberSettings, CONTROL_TARGETS=written)
    assert ProberSettings.from_environment(environment).control_targets == read


def test_private_targets_are_refused_unless_the_deployment_says_otherwise() -> None:
    environment = complete(ProberSettings)
    del environment["ALLOW_PRIVATE_TARGETS"]
    assert ProberSettings.from_environment(environment).allow_private_targets is False


def test_variables_of_other_programs_are_ignored() -> None:
    environment = complete(VerifierSettings, PATH="/bin", SHARDS="none")
    assert VerifierSettings.from_environment(environment).mesh_name == "text"
