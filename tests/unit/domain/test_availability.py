"""Uptime from incidents alone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.availability import availability
from tests.building import START, an_incident


@given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=90)))
def test_a_span_without_an_incident_is_a_hundred_percent_however_long(span: timedelta) -> None:
    assert availability([], START, START + span) == 100


def test_of_a_span_that_has_not_begun_nothing_is_said() -> None:
    assert availability([], START, START) is None


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 100))
def test_only_the_part_inside_the_span_counts(began: int, lasted: int, length: int) -> None:
    opened = START + timedelta(seconds=began - 100)
    outage = an_incident(opened_at=opened, resolved_at=opened + timedelta(seconds=lasted))
    seen = availability([outage], START, START + timedelta(seconds=length))
    down = sum(1 for second in range(length) if began <= second + 100 < began + lasted)
    assert seen == round(100 * (length - down) / length, 3)
