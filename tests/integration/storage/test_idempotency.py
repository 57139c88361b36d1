"""Answers kept under an Idempotency-Key: one request at a time, and none of them twice."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.errors import AlreadyExists
from sentinelmesh.storage.directory.idempotency import (
    KEPT,
    LEASE,
    IdempotencyRepository,
    KeptAnswer,
)
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh

MOMENT = timedelta(seconds=1)
LATER = START + LEASE + MOMENT


@pytest.fixture
def answers(mesh: MotoMesh) -> IdempotencyRepository:
    return IdempotencyRepository(mesh.dynamodb, mesh.tables["directory"])


def the_answer(until: datetime) -> KeptAnswer:
    return KeptAnswer(
        fingerprint="print", seed="seed", until=until, status=201, body="{}", headers={"etag": "1"}
    )


@pytest.mark.parametrize("at", [START, START + LEASE])
def test_a_key_that_is_in_use_is_not_given_to_a_second_request(
    answers: IdempotencyRepository, at: datetime
) -> None:
    assert answers.begin("key", "print", "seed", START) == "seed"
    with pytest.raises(AlreadyExists):
        answers.begin("key", "print", "another", at)
    kept = answers.find("key")
    assert kept == KeptAnswer(fingerprint="print", seed="seed", until=START + LEASE)


def test_other_keys_are_free(answers: IdempotencyRepository) -> None:
    answers.begin("key", "print", "seed", START)
    assert answers.find("other") is None
    assert answers.begin("other", "print", "another", START) == "another"


def test_whoever_tries_again_after_a_death_makes_the_same_things(
    answers: IdempotencyRepository,
) -> None:
    answers.begin("key", "print", "seed", START)
    assert answers.begin("key", "print", "another", LATER) == "seed"
    kept = answers.find("key")
    assert kept == KeptAnswer(fingerprint="print", seed="seed", until=LATER + LEASE)


def test_another_request_under_the_key_of_a_dead_one_makes_things_of_its_own(
    answers: IdempotencyRepository,
) -> None:
    answers.begin("key", "print", "seed", START)
    assert answers.begin("key", "other print", "another", LATER) == "another"
    kept = answers.find("key")
    assert kept is not None
    assert (kept.fingerprint, kept.seed) == ("other print", "another")


def test_an_answer_is_kept_until_its_time_and_its_key_is_new_afterwards(
    answers: IdempotencyRepository,
) -> None:
    answers.begin("key", "print", "seed", START)
    given = the_answer(START + KEPT)
    answers.finish("key", given, START)
    assert answers.find("key") == given
    with pytest.raises(AlreadyExists):
        answers.begin("key", "print", "another", given.until)
    assert answers.find("key") == given
    # A leftover that the table has not removed yet: it was answered, so nothing of it is repeated.
    assert answers.begin("key", "print", "another", given.until + MOMENT) == "another"


def test_a_failed_request_frees_its_key_at_once_and_keeps_its_seed(
    answers: IdempotencyRepository,
) -> None:
    answers.begin("key", "print", "seed", START)
    answers.release("key", "print", "seed", START)
    assert answers.begin("key", "print", "another", START) == "seed"


def test_the_table_removes_an_answer_a_day_after_it_was_kept(
    answers: IdempotencyRepository, mesh: MotoMesh
) -> None:
    answers.begin("key", "print", "seed", START)
    answers.finish("key", replace(the_answer(START), body=""), START + timedelta(seconds=2))
    (item,) = mesh.items("directory")
    assert int(item["ttl"]["N"]) == (START + timedelta(seconds=2) + KEPT).timestamp()
    assert timedelta(hours=24) == KEPT
