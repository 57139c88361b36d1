"""Which life a seed stands for: a storm of everything, or two faults that last in calm weather."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from tests.fake_aws.account import REGIONS
from tests.simulation.faults import CALM
from tests.simulation.mesh import Plan

SHARE_OF_LASTING = 0.4
SHARE_OF_ANSWERS = 0.5
JOBS = 8


def draw_plan(seed: int) -> Plan:
    """Return the plan of a seed."""
    chance = Random(f"{seed} plan of a life")
    judges_answers = Random(f"{seed} answers").random() < SHARE_OF_ANSWERS
    if chance.random() < SHARE_OF_LASTING:
        plan = replace(draw_lasting(seed), judges_answers=judges_answers)
        # Maintenance and pauses excuse jobs: what they owe is known exactly without.
        return plan if plan.whims else replace(plan, jobs=JOBS)
    return Plan(
        seed=seed,
        hold_seconds=None,
        is_lifelike=chance.random() < 0.5,
        judges_answers=judges_answers,
    )


def draw_slow(seed: int) -> Plan:
    """Return a plan of a day and some hours, of few monitors that are checked hourly to daily."""
    return Plan(
        seed=seed,
        monitors=0,
        has_slow=True,
        storm=timedelta(hours=26, minutes=30),
        weather=CALM,
        outages=False,
        whims=0,
    )


def draw_lasting(seed: int) -> Plan:
    """Return a plan in which calls work, so that every time that was promised has to be kept."""
    chance = Random(f"{seed} lasting plan")
    return Plan(
        seed=seed,
        monitors=12,
        storm=timedelta(minutes=9),
        weather=CALM,
        outages=False,
        lasting=True,
        whims=chance.choice((0, 0, 4)),
        hold_seconds=None,
        is_lifelike=Random(f"{seed} lifelike").random() < 0.5,
        regions=chance.choice((1, 2, 3, 3, 3, 4, 5, len(REGIONS))),
    )
