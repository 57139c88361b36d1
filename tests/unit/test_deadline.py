"""An invocation knows how long it may still last."""

from sentinelmesh.deadline import NO_DEADLINE, Deadline


class Context:
    """What Lambda tells an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


def test_an_invocation_has_less_time_left_with_every_second_that_passes() -> None:
    readings = iter([1000.0, 1000.0, 1012.5])
    deadline = Deadline.of(Context(), lambda: next(readings))
    assert deadline.seconds_left() == 30
    assert deadline.seconds_left() == 17.5


def test_without_a_deadline_there_is_always_time() -> None:
    assert NO_DEADLINE.seconds_left() == float("inf")
