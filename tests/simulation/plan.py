"""What a simulated life is made of."""

from dataclasses import dataclass
from datetime import timedelta

from tests.simulation.faults import Weather
from tests.support.moto_mesh import PROBE_REGIONS


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to simulate.

    Args:
        weather: None draws one from the seed.
        whims: things that people do during the storm.
        until_stable: the calm lasts until no monitor flaps any more, half an hour at least.
        hold_seconds: how long what has begun waits for others to be told with; None draws it from
            the seed: every second mesh tells everything alone.
        regions: probe regions of the mesh, 1 to 7.
        lasting: two faults last through most of the storm: a region gone, and another one broken.
        jobs: heartbeats, beside the monitors.
        has_slow: there are monitors with intervals of an hour up to a day, too.
        judges_answers: monitors have assertions, and targets answer badly for a while.
        is_lifelike: AWS has its real limits, instead of such as find mistakes sooner.
        calm: long enough for leases, visibility timeouts and backoffs to run out; it is cut short
            when they have.
    """

    seed: int
    monitors: int = 20
    storm: timedelta = timedelta(minutes=8)
    calm: timedelta = timedelta(minutes=40)
    weather: Weather | None = None
    outages: bool = True
    whims: int = 12
    until_stable: bool = False
    hold_seconds: int | None = 0
    regions: int = len(PROBE_REGIONS)
    lasting: bool = False
    jobs: int = 0
    has_slow: bool = False
    judges_answers: bool = False
    is_lifelike: bool = False
