"""No batch outlives its function: what is killed comes back whole, and is killed again."""

import ast
from pathlib import Path

from functions.scheduler.dispatch import MIN_SECONDS_TO_SEND
from functions.scheduler.ticks import PAUSES
from functions.verifier.handler import MIN_SECONDS_TO_EVALUATE, TABLE_SECONDS
from sentinelmesh.checks import MAX_TRIES, PATIENCE_SECONDS
from sentinelmesh.clients import QUEUE_READ_SECONDS, TRIES

ROOT = Path(__file__).parents[3]
# Between three tries boto3 waits for a random part of 1 s, and of 2 s.
BOTO3_PAUSES = 3
PAUSES_OF_CHECKS = sum(0.05 * 2**attempt for attempt in range(1, MAX_TRIES))
LOST_CALL = TRIES * TABLE_SECONDS + BOTO3_PAUSES
LOST_REGION = PATIENCE_SECONDS + QUEUE_READ_SECONDS + PAUSES_OF_CHECKS


def timeout_of(function: str) -> int:
    """Read from the infrastructure how long a function may take; importing it takes seconds."""
    source = (ROOT / "infra" / "function.py").read_text(encoding="utf-8")
    (limits,) = [
        ast.literal_eval(each.value)
        for each in ast.parse(source).body
        if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "TIMEOUTS"
    ]
    return int(limits[function])


def test_an_evaluation_that_has_begun_ends_while_tables_are_away() -> None:
    heartbeat = LOST_CALL
    assert LOST_CALL + heartbeat <= MIN_SECONDS_TO_EVALUATE


def test_an_evaluation_that_has_begun_ends_while_queues_are_away() -> None:
    alarms, handed_over, late, edited, hastened = (QUEUE_READ_SECONDS,) * 5
    at_home = alarms + handed_over + late + 2 * edited + hastened
    assert LOST_REGION + at_home <= MIN_SECONDS_TO_EVALUATE


def test_an_undisturbed_batch_has_ten_seconds() -> None:
    assert timeout_of("verifier") - MIN_SECONDS_TO_EVALUATE >= 10


def test_checks_that_are_being_sent_end_before_the_scheduler_is_stopped() -> None:
    rest_of_the_granule = (len(PAUSES) + 1) * QUEUE_READ_SECONDS + sum(PAUSES)
    assert LOST_REGION + rest_of_the_granule <= MIN_SECONDS_TO_SEND
    assert timeout_of("scheduler") - MIN_SECONDS_TO_SEND >= 15
