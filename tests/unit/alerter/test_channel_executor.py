"""Many rows at once: in order within a channel, and no channel waits for another."""

from collections.abc import Callable
from threading import Barrier, Event, Thread

import pytest

from functions.alerter.channel_executor import (
    PAUSES,
    SLOW_FOR_SECONDS,
    SLOW_SECONDS,
    BatchReport,
    ChannelExecutor,
)
from functions.alerter.delivery import NoTimeLeft
from sentinelmesh.delivery.deadline import MAX_DELIVERY_SECONDS, NO_DEADLINE, Deadline
from sentinelmesh.errors import StoreUnavailable
from sentinelmesh.storage.alerts import RowKey


def row(incident: int, kind: str = "opened", channel: str = "ch_1") -> RowKey:
    return RowKey(f"inc_{incident}", f"{kind}#{channel}")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Looker:
    """Remembers which rows it looked at, and does to each what a test wants."""

    def __init__(self, *, then: Callable[[RowKey], None] = lambda _row: None) -> None:
        self.seen: list[RowKey] = []
        self._then = then

    def __call__(self, incident_id: str, alert_key: str, _deadline: Deadline) -> None:
        looked_at = RowKey(incident_id, alert_key)
        self.seen.append(looked_at)
        self._then(looked_at)


def lanes(most: int = 8, clock: Clock | None = None) -> ChannelExecutor:
    return ChannelExecutor(most, clock or Clock(), pause=lambda _seconds: None)


def test_within_a_channel_incidents_come_in_order_and_beginnings_before_ends() -> None:
    look = Looker()
    wanted = [row(2, "resolved"), row(1, "resolved"), row(2), row(1), row(1)]
    assert lanes().run(wanted, look, NO_DEADLINE) == BatchReport()
    assert look.seen == [row(1), row(1, "resolved"), row(2), row(2, "resolved")]


def test_channels_are_served_side_by_side() -> None:
    """Each channel's look ends only when all channels are being looked at."""
    together = Barrier(6)

    def meet(_row: RowKey) -> None:
        together.wait(30)

    look = Looker(then=meet)
    wanted = [row(1, channel=f"ch_{number}") for number in range(6)]
    assert lanes().run(wanted, look, NO_DEADLINE) == BatchReport()


def test_a_channel_that_hangs_delays_no_other() -> None:
    release, served = Event(), Event()
    others = [row(number, channel="ch_fine") for number in range(50)]

    def hang(looked_at: RowKey) -> None:
        if looked_at.alert_key.endswith("ch_hanging"):
            release.wait(30)
        if looked_at == others[-1]:
            served.set()

    look = Looker(then=hang)
    wanted = [*(row(number, channel="ch_hanging") for number in range(50)), *sorted(others)]
    others.sort()
    running = Thread(target=lanes().run, args=(wanted, look, NO_DEADLINE))
    running.start()
    try:
        assert served.wait(30)
        assert sum(each.alert_key.endswith("ch_hanging") for each in look.seen) <= 1
    finally:
        release.set()
        running.join(30)


def test_more_channels_than_threads_are_served_all_the_same() -> None:
    look = Looker()
    wanted = {row(1, channel=f"ch_{number}") for number in range(20)}
    assert lanes(3).run(wanted, look, NO_DEADLINE) == BatchReport()
    assert set(look.seen) == wanted


def test_a_row_that_breaks_breaks_alone() -> None:
    def explode(looked_at: RowKey) -> None:
        if looked_at == row(2):
            raise ValueError("unreadable")

    look = Looker(then=explode)
    looked = lanes().run([row(1), row(2), row(3)], look, NO_DEADLINE)
    assert looked == BatchReport(broken=frozenset({row(2)}))
    assert look.seen == [row(1), row(2), row(3)]


@pytest.mark.parametrize(("failures", "broken"), [(1, False), (len(PAUSES), False), (3, True)])
def test_a_store_in_trouble_is_asked_again(
    failures: int,
    broken: bool,  # noqa: FBT001 (a column of the table)
) -> None:
    left = [failures]

    def fail(_row: RowKey) -> None:
        if left[0]:
            left[0] -= 1
            raise StoreUnavailable("throttled")

    looked = lanes().run([row(1)], Looker(then=fail), NO_DEADLINE)
    assert bool(looked.broken) == broken


def test_what_there_is_no_time_for_is_left() -> None:
    clock = Clock()
    ten_seconds_each = Looker(then=lambda _row: setattr(clock, "now", clock.now + 10))
    deadline = Deadline(MAX_DELIVERY_SECONDS + 15, clock)
    wanted = [row(number) for number in range(5)]
    looked = lanes(clock=clock).run(wanted, ten_seconds_each, deadline)
    assert ten_seconds_each.seen == wanted[:2]
    assert looked == BatchReport(left=frozenset(wanted[2:]))


def test_a_delivery_that_finds_no_time_leaves_its_lane() -> None:
    def too_late(looked_at: RowKey) -> None:
        if looked_at == row(2):
            raise NoTimeLeft("too late")

    wanted = [row(1), row(2), row(3)]
    looked = lanes().run(wanted, Looker(then=too_late), NO_DEADLINE)
    assert looked == BatchReport(left=frozenset(wanted[1:]))


def test_a_channel_that_was_slow_is_known_as_slow_for_a_while() -> None:
    clock = Clock()

    def take_long(looked_at: RowKey) -> None:
        clock.now += SLOW_SECONDS + 1 if looked_at.alert_key.endswith("ch_slow") else 0.1

    made = lanes(most=1, clock=clock)
    slow, quick = row(1, channel="ch_slow"), row(1, channel="ch_quick")
    assert made.slow([slow, quick]) == set()
    made.run([slow, quick], Looker(then=take_long), NO_DEADLINE)
    other = row(7, "resolved", "ch_slow")
    assert made.slow([slow, quick, other]) == {slow, other}
    clock.now += SLOW_FOR_SECONDS
    assert made.slow([slow, quick]) == set()


def test_a_process_that_dies_takes_its_invocation_with_it() -> None:
    def die(_row: RowKey) -> None:
        raise KeyboardInterrupt

    for most in (1, 8):
        wanted = [row(1), row(1, channel="ch_2")]
        with pytest.raises(KeyboardInterrupt):
            lanes(most).run(wanted, Looker(then=die), NO_DEADLINE)
