"""Living through plans and telling what came of it."""

from dataclasses import dataclass, fields

from tests.simulation.faults import Weather
from tests.simulation.mesh import Plan, Simulation
from tests.simulation.oracle.invariants import violations
from tests.simulation.shrinking import shrink

STORY_LINES = 120


@dataclass(frozen=True)
class Life:
    """What came of one plan."""

    plan: Plan
    violations: list[str]
    simulation: Simulation


def live(plan: Plan) -> Life:
    """Live through a plan."""
    simulation = Simulation(plan)
    return Life(plan, simulation.run(violations), simulation)


def report(life: Life) -> str:
    """Tell a person how to live through it again, in its smallest form, and what happened."""
    kind = life.violations[0].split(":")[0]

    def goes_wrong(plan: Plan) -> bool:
        return any(found.startswith(kind) for found in live(plan).violations)

    least = live(shrink(life.plan, goes_wrong))
    weather = least.plan.weather or Weather()
    faults = {
        each.name: round(getattr(weather, each.name), 3)
        for each in fields(Weather)
        if getattr(weather, each.name)
    }
    size = (
        f"{least.plan.monitors} monitors, {least.plan.whims} whims, a storm of {least.plan.storm}"
    )
    return "\n".join(
        [
            f"seed {life.plan.seed} broke: " + "; ".join(life.violations[:5]),
            f"replay it with: make simulate SEED={life.plan.seed}",
            f"it still breaks with {size} and {faults or 'no faults'}:",
            *(f"  {found}" for found in least.violations[:5]),
            "what happened:",
            least.simulation.told_about(least.violations, STORY_LINES),
        ]
    )
