"""What happens to monitors, providers and processes in the world around the deliverer."""

from dataclasses import dataclass
from datetime import datetime

from functions.alerter.notification import Notification


class Crash(BaseException):
    """The process is gone: nothing of our code may catch this."""


@dataclass(frozen=True)
class Outage:
    """One incident: how long after the last one it begins, how long it lasts, how it ends.

    Args:
        seconds: None means that it never ends.
        is_cancelled: the monitor is paused instead of recovering.
    """

    pause_seconds: int
    seconds: int | None
    is_cancelled: bool = False


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong, as shares of one; and when processes die, by call number.

    Args:
        deaths: of processes, right after the provider has taken their message.
    """

    refused: float = 0.0
    unanswered: float = 0.0
    lost_answer: float = 0.0
    lost_message: float = 0.0
    store: float = 0.0
    wakeups: float = 0.0
    deaths: float = 0.0
    crashes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Taken:
    """A message that the provider took."""

    at: datetime
    notice: Notification
