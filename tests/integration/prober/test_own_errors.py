"""Errors of our own: each becomes an abstention with a stable reason, never silence."""

import pytest

from functions.prober.observation import Observation
from functions.prober.probes.context import Assignment, ProbeContext
from sentinelmesh.domain.probing.result import Outcome
from tests.integration.prober.batches import Bench, checks
from tests.integration.prober.probing import KeptSecrets, probe

CANARY = "canary-0123456789"
FIELDS = {"secret_fields": ("headers.authorization",)}


class BrokenSecrets(KeptSecrets):
    """A store whose client is broken, in a way that nobody thought of."""

    def get(self, owner_id: str, version: int | None = None) -> dict[str, str]:
        """Fail with words that may quote a secret."""
        words = f"{CANARY} of {owner_id}, version {version}"
        raise RuntimeError(words)


async def fine(_assignment: Assignment, _context: ProbeContext) -> Observation:
    return Observation(outcome=Outcome.SUCCESS)


def abstained(seen: Observation) -> bool:
    return (seen.outcome, seen.error) == (Outcome.UNKNOWN, "internal_error")


def test_a_store_of_secrets_that_breaks_is_our_own_error(caplog: pytest.LogCaptureFixture) -> None:
    seen = probe("x", probes={"http": fine}, check=FIELDS, secrets=BrokenSecrets())
    assert abstained(seen)
    assert seen.detail == "the prober failed: RuntimeError"
    assert CANARY not in "".join(str(vars(record)) for record in caplog.records)


def test_credentials_without_their_secret_are_our_own_error() -> None:
    block = {"probe": {"auth": {"kind": "bearer"}}}
    assert abstained(probe("x", probes={"http": fine}, check=block))


def test_an_observation_that_cannot_be_shown_is_our_own_error() -> None:
    async def odd(_assignment: Assignment, _context: ProbeContext) -> Observation:
        return Observation(outcome=Outcome.FAILURE, error="connect_error", detail=5)  # type: ignore[arg-type]

    assert abstained(probe("x", probes={"http": odd}))


def test_a_result_that_the_table_cannot_keep_is_recorded_as_our_own_error(bench: Bench) -> None:
    """It comes back in vain otherwise, and in the end the check would have expired."""

    async def endless(_assignment: Assignment, _context: ProbeContext) -> Observation:
        return Observation(outcome=Outcome.SUCCESS, latency_ms=float("inf"))

    bench.probes = {"http": endless}
    assert bench.take(*checks(1)) == []
    (result,) = bench.results
    assert (result.outcome, result.error) == (Outcome.UNKNOWN, "internal_error")
    assert result.started_at == bench.now
