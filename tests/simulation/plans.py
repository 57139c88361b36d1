"""Which life a seed stands for: a storm of everything, or two faults that last in calm weather."""

from datetime import timedelta
from random import Random

from tests.simulation.cloud import REGIONS
from tests.simulation.faults import CALM
from tests.simulation.mesh import Plan

SHARE_OF_LASTING = 0.4


def draw_plan(seed: int) -> Plan:
    """Return the plan of a seed."""
    chance = Random(f"{seed} plan of a life")
    if chance.random() < SHARE_OF_LASTING:
        return draw_lasting(seed)
    return Plan(seed=seed, hold_seconds=None, is_lifelike=chance.random() < 0.5)


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
