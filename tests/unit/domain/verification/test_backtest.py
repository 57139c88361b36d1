"""How a time went, summed up, and which incidents have no counterpart."""

from dataclasses import replace
from datetime import timedelta

from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.values.interval import Interval
from sentinelmesh.domain.verification.backtest import backtest, course
from tests.support.builders import START, a_monitor, an_incident

MINUTE = timedelta(minutes=1)
WITHIN = Interval(START, START + 60 * MINUTE)


def lasting(begin: int, end: int | None, delay_ms: int = 0) -> Incident:
    return an_incident(
        incident_id=f"inc_{begin:02}",
        opened_at=START + begin * MINUTE,
        resolved_at=None if end is None else START + end * MINUTE,
        detection_delay_ms=delay_ms,
    )


def test_downtime_is_that_of_outages_within_the_time_and_nothing_twice() -> None:
    slow = replace(lasting(30, 40), severity="degraded")
    summed = course([lasting(50, None), lasting(5, 10), lasting(8, 12), slow], 7, WITHIN)
    assert summed.downtime_seconds == (7 + 10) * 60
    begins = [each.opened_at for each in summed.incidents]
    assert (begins, summed.alerts) == (sorted(begins), 7)


def test_times_in_which_nobody_could_judge_it_are_left_out_of_the_comparison() -> None:
    blind = replace(lasting(5, 10), severity="unknown")
    assert course([blind], 0, WITHIN).incidents == ()


def test_the_middle_delay_is_told_or_none() -> None:
    delays = [(1, 40), (2, 10), (3, 30), (4, 20)]
    summed = course([lasting(begin, begin + 1, delay) for begin, delay in delays], 0, WITHIN)
    assert summed.detection_delay_ms == 30
    assert course([], 0, WITHIN).detection_delay_ms is None


def test_what_really_was_and_would_not_have_been_is_spared() -> None:
    really = course([lasting(5, 10), lasting(20, None)], 0, WITHIN)
    tried = backtest(a_monitor(), [], really, channels=[], within=WITHIN)
    assert (tried.spared, tried.added) == (really.incidents, ())
    assert tried.proposed.incidents == ()
