"""Deliveries begin only if their invocation lasts long enough to mark them."""

import ast
from pathlib import Path

import pytest

from functions.alerter.alert_writer import MIN_SECONDS_TO_MARK
from functions.alerter.channels.connection import TOTAL_SECONDS
from functions.alerter.handler import STREAM_SECONDS
from sentinelmesh.delivery.deadline import MAX_DELIVERY_SECONDS, NO_DEADLINE, Deadline
from sentinelmesh.domain.alerts.delivery_context import MAX_SENDING

ROOT = Path(__file__).parents[3]
NOW = 1000.0


class Context:
    """What Lambda tells an invocation."""

    def __init__(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


def deadline(seconds: float) -> Deadline:
    return Deadline.of(Context(round(seconds * 1000)), lambda: NOW)


def test_an_invocation_ends_when_lambda_says_so() -> None:
    assert deadline(42.5).seconds_left() == 42.5


@pytest.mark.parametrize(
    ("seconds", "enough"),
    [
        (MAX_DELIVERY_SECONDS + 0.1, True),
        (MAX_DELIVERY_SECONDS, True),
        (MAX_DELIVERY_SECONDS - 0.1, False),
        (0, False),
    ],
)
def test_a_delivery_begins_only_if_it_will_certainly_be_marked(
    seconds: float,
    enough: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    assert deadline(seconds).leaves_time_for_delivery() == enough


def test_a_hurry_shortens_a_deadline_and_never_makes_it_longer() -> None:
    assert deadline(60).within(5).seconds_left() == 5 + MAX_DELIVERY_SECONDS
    assert deadline(20).within(5).seconds_left() == 20
    assert NO_DEADLINE.leaves_time_for_delivery()


def test_the_times_of_function_lease_and_exchange_fit_together() -> None:
    source = (ROOT / "infra" / "function.py").read_text(encoding="utf-8")
    timeouts = next(
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and ast.unparse(node).startswith("TIMEOUTS")
        and node.value is not None
    )
    function_lasts = timeouts["alerter"]
    assert function_lasts <= MAX_SENDING.total_seconds()
    assert function_lasts >= MAX_DELIVERY_SECONDS + STREAM_SECONDS
    # A name look-up of the system's resolver takes ten seconds at worst.
    assert MAX_DELIVERY_SECONDS >= 10 + TOTAL_SECONDS + 5
    assert MIN_SECONDS_TO_MARK < MAX_DELIVERY_SECONDS
