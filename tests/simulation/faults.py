"""What goes wrong: a weather, drawn from the seed, and the fate of each single call."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from random import Random
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from tests.fake_aws.hub import Hub
from tests.fake_aws.refusals import refusal

LATENCY = (0.001, 0.02)
CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
# How often an invocation finds no concurrency in a lifelike storm.
NO_ROOM = 0.01
THROTTLED = "ThrottlingException"


class Crash(BaseException):
    """The process is gone: nothing after this call happens, no handler runs, memory is lost."""


@dataclass(frozen=True, kw_only=True)
class Weather:
    """How often each thing goes wrong, as a probability per call, delivery or minute.

    Args:
        throttle: a call is refused for now, nothing happened.
        unreachable: no connection, nothing happened.
        lost_answer: the call is carried out, but the caller hears of a timeout.
        crash: the function dies right after a call.
        slow: a call takes seconds.
        conflict: a transaction meets another one, and nothing happened.
        partial_send: an entry of a batch is not taken.
        stale_read: an eventually consistent read is up to two seconds behind.
        duplicate: a message is delivered again although it was handled.
        overlap: a message is delivered again while its first delivery still runs.
        late: a delivery takes up to half a minute.
        shuffled: a message takes so long that those of the next slot overtake it.
        replay: a stream begins again somewhere in its past.
        split: a shard is split in two, per minute.
        missed_tick, duplicate_tick, late_tick, stale_tick: what EventBridge does with a minute.
        poison: a message that nobody can read, per minute.
        provider: a provider fails, refuses, hangs, or takes a message and says nothing.
        clock_skew: a prober's clock is wrong by minutes, per process.
    """

    throttle: float = 0.0
    unreachable: float = 0.0
    lost_answer: float = 0.0
    crash: float = 0.0
    slow: float = 0.0
    conflict: float = 0.0
    partial_send: float = 0.0
    stale_read: float = 0.0
    duplicate: float = 0.0
    overlap: float = 0.0
    late: float = 0.0
    shuffled: float = 0.0
    replay: float = 0.0
    split: float = 0.0
    missed_tick: float = 0.0
    duplicate_tick: float = 0.0
    late_tick: float = 0.0
    stale_tick: float = 0.0
    poison: float = 0.0
    provider: float = 0.0
    clock_skew: float = 0.0


CALM = Weather()
# The worst of each; a storm has some of them.
WORST = Weather(
    throttle=0.15,
    unreachable=0.05,
    lost_answer=0.06,
    crash=0.06,
    slow=0.03,
    conflict=0.3,
    partial_send=0.15,
    stale_read=0.3,
    duplicate=0.15,
    overlap=0.08,
    late=0.2,
    shuffled=0.7,
    replay=0.08,
    split=0.3,
    missed_tick=0.25,
    duplicate_tick=0.3,
    late_tick=0.4,
    stale_tick=0.3,
    poison=0.4,
    provider=0.3,
    clock_skew=0.2,
)
# Those that change the order of everything and keep nobody waiting: what is decided must be exact.
SHUFFLING = (
    "duplicate",
    "overlap",
    "shuffled",
    "replay",
    "split",
    "duplicate_tick",
    "conflict",
    "stale_read",
)


def draw_weather(chance: Random) -> Weather:
    """Draw a storm: some faults, each with a strength of its own.

    A storm of everything at once would hide what a few faults alone bring about.
    Source: Groce et al., Swarm Testing (ISSTA 2012)
    """
    chosen = [each.name for each in fields(Weather)]
    if chance.random() < 0.3:
        chosen = [name for name in chosen if name in SHUFFLING]
    strengths = {
        name: getattr(WORST, name) * chance.choice((0.0, 0.0, 0.1, 0.4, 1.0)) for name in chosen
    }
    return replace(CALM, **strengths)


@dataclass
class Fate:
    """Decides, from a seed, what each call meets.

    Args:
        deadly: places at each of which a function dies once, whatever the weather.
        crashed_after: how often a function died at each place: its name and the calls so far.
        places: where asked for, the number of the first call at each place.
        latency: seconds that a call takes each way, at least and at most.
    """

    hub: Hub
    chance: Random
    weather: Weather = CALM
    deadly: set[str] = field(default_factory=set)
    calls: int = 0
    met: Counter[str] = field(default_factory=Counter)
    crashed_after: Counter[str] = field(default_factory=Counter)
    places: dict[str, int] | None = None
    latency: tuple[float, float] = LATENCY

    def around(
        self,
        name: str,
        call: Callable[[], Any],
        *,
        is_cut: Callable[[], bool] = lambda: False,
        tries: int = 1,
    ) -> Any:
        """Carry out a call of a function as boto3 does in its standard mode: it tries again.

        Args:
            is_cut: says whether there is no way to the service.
        """
        once = call if name != "TransactWriteItems" else cache(call)  # its token makes it so
        for place in range(tries - 1):
            try:
                return self._try(name, once, is_cut=is_cut())
            except (ConnectTimeoutError, ReadTimeoutError):
                pass
            except ClientError as error:
                if error.response["Error"]["Code"] != THROTTLED:
                    raise
            if self.hub.task is not None:
                self._wait(self.hub.task.owner, self.chance.uniform(0, min(2**place, 20)))
        return self._try(name, once, is_cut=is_cut())

    def _try(self, name: str, call: Callable[[], Any], *, is_cut: bool) -> Any:
        process = self.hub.task.owner if self.hub.task else None
        if process is None:
            return call()
        self._wait(process, self._latency())
        self._refuse(name, process, is_cut=is_cut)
        answer = call()
        self.calls += 1
        process.made.append(name)
        place = _place(process) if self.deadly or self.places is not None else ""
        if self.places is not None:
            self.places.setdefault(place, self.calls)
        if place in self.deadly or self.happens("crash"):
            self.deadly.discard(place)
            self.crashed_after[_place(process)] += 1
            process.die()
            raise Crash(name)
        self._wait(process, self._latency())
        if self.happens("lost_answer"):
            self._wait(process, READ_SECONDS)
            raise ReadTimeoutError(endpoint_url=name)
        return answer

    def _refuse(self, name: str, process: Any, *, is_cut: bool) -> None:
        if name == "TransactWriteItems" and self.happens("conflict"):
            raise refusal(
                "TransactionCanceledException",
                "conflict",
                CancellationReasons=[{"Code": "TransactionConflict"}],
            )
        if self.happens("throttle"):
            raise refusal(THROTTLED, "Rate exceeded")
        if is_cut or self.happens("unreachable"):
            self._wait(process, CONNECT_SECONDS)
            raise ConnectTimeoutError(endpoint_url=name)

    def _wait(self, process: Any, seconds: float) -> None:
        self.hub.sleep(seconds)
        if process.is_dead:
            raise Crash("the process is gone")

    def _latency(self) -> float:
        if self.happens("slow"):
            return self.chance.uniform(1, 4)
        return self.chance.uniform(*self.latency)

    def delay(self, *, in_queue: bool = False) -> float:
        """Return the seconds that a delivery takes."""
        if self.happens("late"):
            return self.chance.uniform(1, 30)
        if in_queue and self.happens("shuffled"):
            return self.chance.uniform(0, 12)
        return self.chance.uniform(0.02, 0.3)

    def partial(self, count: int) -> set[int]:
        """Choose the entries of a batch that the queue does not take."""
        return {place for place in range(count) if self.happens("partial_send")}

    def is_full(self) -> bool:
        """Return True if Lambda has no concurrency left, which no calm weather brings about."""
        is_full = self.weather != CALM and self.chance.random() < NO_ROOM
        self.met["no_room"] += is_full
        return is_full

    def happens(self, what: str) -> bool:
        """Throw the dice for one kind of fault."""
        likely: float = getattr(self.weather, what)
        happens = likely > 0 and self.chance.random() < likely
        if happens:
            self.met[what] += 1
        return happens


def _place(process: Any) -> str:
    """Name where a function is: itself, and the calls that this invocation has made."""
    return f"{process.name.split('@')[0]}: {' '.join(process.made)}"
