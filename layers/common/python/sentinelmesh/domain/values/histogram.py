"""Latencies counted in buckets that grow by a constant factor: small, mergeable, and near enough.

A quantile that is read from the buckets differs from the exact one by less than 2 %, however
many histograms were added up: adding loses nothing.

Source: Masson, Rim, Lee: DDSketch, https://arxiv.org/abs/1908.10693
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, log
from typing import Self

GROWTH = 1.0395
MIN_MS = 0.01
SHARES = (50, 95, 99)


@dataclass(slots=True)
class Histogram:
    """How many latencies fell into which bucket."""

    buckets: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, latencies: Iterable[float]) -> Self:
        """Count latencies in milliseconds."""
        made = cls()
        for each in latencies:
            made.add(each)
        return made

    def add(self, latency_ms: float) -> None:
        """Count one latency."""
        self.buckets[ceil(log(max(latency_ms, MIN_MS) / MIN_MS) / log(GROWTH))] += 1

    def merge(self, other: "Histogram") -> None:
        """Add another one."""
        self.buckets.update(other.buckets)

    @property
    def total(self) -> int:
        """Number of latencies."""
        return self.buckets.total()

    @property
    def mean_ms(self) -> float | None:
        """The mean latency, as near as a quantile; None without any."""
        weighed = sum(_middle(bucket) * count for bucket, count in self.buckets.items())
        return round(weighed / self.total, 1) if self.total else None

    def quantile(self, share: float) -> float:
        """Return the latency below which so many percent lie, by the nearest rank; needs one.

        >>> Histogram.of([10.0, 20.0, 30.0]).quantile(50)
        20.13
        """
        rank = round((self.total - 1) * share / 100)
        for bucket in sorted(self.buckets):
            rank -= self.buckets[bucket]
            if rank < 0:
                break
        return float(f"{_middle(bucket):.4g}")

    def quantiles(self) -> Mapping[str, float]:
        """Return p50, p95 and p99."""
        return {f"p{share}": self.quantile(share) for share in SHARES}

    def numbers(self) -> list[int]:
        """Write it as few numbers: the first bucket, then the count of each.

        A zero is followed by the number of further empty buckets.

        >>> Histogram.of([3.0, 4.0]).numbers()
        [148, 1, 0, 6, 1]
        """
        written: list[int] = []
        following = 0
        for bucket, count in sorted(self.buckets.items()):
            if not written:
                written.append(bucket)
            elif bucket > following:
                written += [0, bucket - following - 1]
            written.append(count)
            following = bucket + 1
        return written

    @classmethod
    def of_numbers(cls, written: Iterable[int]) -> Self:
        """Read what `numbers` wrote."""
        numbers = iter(written)
        made, bucket = cls(), next(numbers, 0)
        for number in numbers:
            if number:
                made.buckets[bucket] = number
            else:
                bucket += next(numbers)
            bucket += 1
        return made


def _middle(bucket: int) -> float:
    """Return the latency that is relatively as far from the lower as from the upper bound."""
    return float(MIN_MS * 2 * GROWTH**bucket / (GROWTH + 1))
