"""Latency histograms: near enough, and nothing is lost by adding them up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinelmesh.domain.values.histogram import Histogram
from sentinelmesh.domain.values.varint import pack, unpack

LATENCIES = st.lists(st.floats(0.02, 60_000), min_size=1, max_size=200)


@given(LATENCIES, st.sampled_from([0, 1, 50, 95, 99, 100]))
def test_a_quantile_is_within_two_percent_of_the_exact_one(
    latencies: list[float], share: int
) -> None:
    exact = sorted(latencies)[round((len(latencies) - 1) * share / 100)]
    assert Histogram.of(latencies).quantile(share) == pytest.approx(exact, rel=0.02)


@given(LATENCIES, LATENCIES)
def test_adding_two_is_counting_all_of_them(first: list[float], second: list[float]) -> None:
    both = Histogram.of(first)
    both.merge(Histogram.of(second))
    assert both == Histogram.of(first + second)


@given(st.lists(st.floats(0, 60_000), max_size=200))
def test_what_is_written_comes_back(latencies: list[float]) -> None:
    counted = Histogram.of(latencies)
    assert Histogram.of_numbers(unpack(pack(counted.numbers()))) == counted
    assert counted.total == len(latencies)


def test_seven_bits_take_one_byte() -> None:
    assert [pack([number]).hex() for number in (0, 127, 128)] == ["00", "7f", "8001"]


def test_a_mean_is_near_the_exact_one_and_none_without_latencies() -> None:
    assert Histogram.of([10.0, 20.0, 60.0]).mean_ms == pytest.approx(30, rel=0.02)
    assert Histogram().mean_ms is None


def test_counts_of_a_bucket_may_be_large() -> None:
    many = Histogram.of([35.5] * 10_000)
    assert Histogram.of_numbers(many.numbers()).total == 10_000
    assert len(pack(many.numbers())) < 5
