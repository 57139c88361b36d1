"""Who is told: by the monitor's choice, by tag, by severity, and whom an escalation asks next."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.alerts.alert import SEVERITIES, AlertKind, Channel
from sentinelmesh.domain.alerts.escalation import EscalationPolicy, EscalationStep
from sentinelmesh.domain.alerts.routing import recipients, takes
from sentinelmesh.domain.incidents.incident import UNKNOWN
from tests.support.builders import START, a_channel, a_monitor

OPENED, RESOLVED = AlertKind.OPENED, AlertKind.RESOLVED


def a_policy(*steps: tuple[int, tuple[str, ...]]) -> EscalationPolicy:
    return EscalationPolicy(
        id="esc_1",
        name="Shop",
        steps=tuple(EscalationStep(after_minutes=when, channels=who) for when, who in steps),
        created_at=START,
        updated_at=START,
    )


def told(
    monitor: dict[str, Any],
    *channels: Channel,
    kind: AlertKind = OPENED,
    severity: str = "outage",
    policy: EscalationPolicy | None = None,
) -> dict[str, float]:
    named = recipients(a_monitor(**monitor), kind, severity, channels, policy)
    return {channel.id: after / timedelta(minutes=1) for channel, after in named}


@pytest.mark.parametrize(
    ("monitor", "channel", "is_told"),
    [
        ({}, {}, True),
        ({}, {"enabled": False}, False),
        ({}, {"events": (RESOLVED,)}, False),
        ({}, {"severities": ("degraded",)}, False),
        ({}, {"tags": ("shop",)}, False),
        ({"tags": ("prod", "shop")}, {"tags": ("shop", "db")}, True),
        ({"tags": ("prod",)}, {"tags": ("shop",)}, False),
        ({"channels": ("ch_1",)}, {}, True),
        ({"channels": ("ch_2",)}, {}, False),
        ({"channels": ()}, {}, False),
        ({"channels": ("ch_1",)}, {"tags": ("shop",)}, True),
        ({"channels": ("ch_1",)}, {"enabled": False}, False),
        ({"channels": ("ch_1",)}, {"severities": ("degraded",)}, False),
    ],
)
def test_a_channel_hears_what_it_asks_for_of_monitors_that_are_meant_for_it(
    *, monitor: dict[str, Any], channel: dict[str, Any], is_told: bool
) -> None:
    assert bool(told(monitor, a_channel(**channel))) == is_told


CHANNELS = [a_channel(id=f"ch_{number}") for number in range(1, 5)]


def test_an_escalation_asks_the_next_ones_later_and_nobody_twice() -> None:
    policy = a_policy((5, ("ch_2", "ch_1")), (20, ("ch_3", "ch_2")), (30, ("ch_gone",)))
    assert told({"channels": ("ch_1",)}, *CHANNELS, policy=policy) == {
        "ch_1": 0,
        "ch_2": 5,
        "ch_3": 20,
    }


def test_an_escalation_leaves_out_who_is_switched_off_or_takes_no_such_thing() -> None:
    off = [a_channel(id="ch_2", enabled=False), a_channel(id="ch_3", severities=("outage",))]
    policy = a_policy((5, ("ch_2", "ch_3")))
    assert told({"channels": ()}, *off, policy=policy) == {"ch_3": 5}
    assert told({"channels": ()}, *off, policy=policy, severity="degraded") == {}


@given(
    st.sets(st.sampled_from([channel.id for channel in CHANNELS])),
    st.lists(st.sets(st.sampled_from([c.id for c in CHANNELS]), min_size=1), max_size=5),
    st.sampled_from(SEVERITIES),
)
def test_everybody_is_named_once_and_as_early_as_anybody_asked(
    chosen: set[str], steps: list[set[str]], severity: str
) -> None:
    policy = a_policy(*((5 * (n + 1), tuple(sorted(who))) for n, who in enumerate(steps)))
    named = list(recipients(a_monitor(channels=tuple(chosen)), OPENED, severity, CHANNELS, policy))
    ids = [channel.id for channel, _ in named]
    assert len(ids) == len(set(ids))
    assert set(ids) == chosen.union(*steps)
    for channel, after in named:
        first = [5 * (n + 1) for n, who in enumerate(steps) if channel.id in who]
        expected = 0 if channel.id in chosen else min(first)
        assert after == timedelta(minutes=expected)


@pytest.mark.parametrize("kind", [AlertKind.OPENED, AlertKind.RESOLVED])
def test_a_channel_hears_that_nobody_can_judge_a_monitor_unless_it_says_otherwise(
    kind: AlertKind,
) -> None:
    choosy = a_channel(events=(AlertKind.ACKNOWLEDGED,), severities=("outage",))
    assert takes(choosy, kind, UNKNOWN)
    assert not takes(a_channel(announces_unknown=False), kind, UNKNOWN)
    assert not takes(a_channel(enabled=False), kind, UNKNOWN)


def test_that_somebody_acknowledged_it_is_heard_where_acknowledgements_are() -> None:
    assert not takes(a_channel(), AlertKind.ACKNOWLEDGED, UNKNOWN)
    told = a_channel(events=(AlertKind.ACKNOWLEDGED,))
    assert takes(told, AlertKind.ACKNOWLEDGED, UNKNOWN)
    assert not takes(replace(told, announces_unknown=False), AlertKind.ACKNOWLEDGED, UNKNOWN)
