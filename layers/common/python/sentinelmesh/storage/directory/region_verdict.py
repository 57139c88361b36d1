"""The verdict on the regions' health, kept with the signs of life in the directory."""

from collections.abc import Mapping
from typing import Any

from sentinelmesh.domain.probing.region_trust import TrustVerdict
from sentinelmesh.domain.values.instant import parse
from sentinelmesh.storage.directory.repositories import HeartbeatsRepository

NAME = "regions"


def find_verdict(beats: Mapping[str, Any]) -> TrustVerdict | None:
    """Find the verdict among all signs of life; None if there never was one."""
    beat = beats.get(NAME)
    return None if beat is None else _verdict(beat)


def read_verdict(heartbeats: HeartbeatsRepository) -> TrustVerdict | None:
    """Read the verdict, strongly consistent; None if there never was one. Cost: 1 read unit."""
    beat = heartbeats.get(NAME)
    return None if beat is None else _verdict(beat)


def write_verdict(heartbeats: HeartbeatsRepository, verdict: TrustVerdict) -> None:
    """Write the verdict for all verifiers. Cost: 1 write unit."""
    heartbeats.beat(NAME, verdict.judged_at, {"distrusted": sorted(verdict.distrusted)})


def _verdict(beat: Mapping[str, Any]) -> TrustVerdict:
    distrusted = frozenset(beat["facts"]["distrusted"])
    return TrustVerdict(judged_at=parse(beat["beat_at"]), distrusted=distrusted)
