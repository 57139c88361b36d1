"""Making a failing plan small: the fewest monitors, faults and people that still go wrong."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import timedelta
from random import Random

from tests.simulation.faults import Weather, draw_weather
from tests.simulation.mesh import Plan

GoesWrong = Callable[[Plan], bool]
SHORTEST = timedelta(minutes=2)


def explicit(plan: Plan) -> Plan:
    """Write the weather of a seed into its plan, so that it can be changed."""
    weather = plan.weather or draw_weather(Random(f"{plan.seed} weather"))
    return replace(plan, weather=weather)


def smaller(plan: Plan) -> Iterator[Plan]:
    """Suggest smaller plans, the boldest first."""
    if plan.outages:
        yield replace(plan, outages=False)
    if plan.whims:
        yield replace(plan, whims=0)
        yield replace(plan, whims=plan.whims // 2)
    if plan.monitors > 1:
        yield replace(plan, monitors=plan.monitors // 2)
        yield replace(plan, monitors=plan.monitors - 1)
    if plan.storm > SHORTEST:
        yield replace(plan, storm=max(SHORTEST, plan.storm / 2))
    weather = plan.weather or Weather()
    for each in fields(Weather):
        if getattr(weather, each.name):
            yield replace(plan, weather=replace(weather, **{each.name: 0.0}))


def shrink(plan: Plan, goes_wrong: GoesWrong, tries: int = 60) -> Plan:
    """Take whatever smaller plan still goes wrong, until none does or the tries are used up."""
    best = explicit(plan)
    candidates = smaller(best)
    for _ in range(tries):
        candidate = next(candidates, None)
        if candidate is None:
            break
        if goes_wrong(candidate):
            best = candidate
            candidates = smaller(best)
    return best
