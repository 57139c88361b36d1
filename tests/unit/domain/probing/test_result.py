"""Results are facts: comparable, and usable as keys."""

from dataclasses import replace

import pytest

from sentinelmesh.domain.probing.result import Evidence
from tests.support.builders import START, a_monitor, a_result

RESULT = a_result(a_monitor(), START, "eu-west-1", evidence=Evidence(headers={"server": "x"}))


def test_results_are_told_apart_by_their_evidence_and_can_be_keys() -> None:
    other = replace(RESULT, evidence=Evidence(headers={"server": "y"}))
    assert {RESULT: 1, other: 2}[RESULT] == 1
    assert other != RESULT


@pytest.mark.parametrize(("address", "version"), [(None, None), ("1.2.3.4", 4), ("2001:db8::1", 6)])
def test_the_version_of_ip_follows_from_the_address(
    address: str | None, version: int | None
) -> None:
    assert replace(RESULT, remote_address=address).ip_version == version
