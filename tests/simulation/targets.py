"""The truth about the targets: what a probe from a region finds at a moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

REFUSED_SECONDS = 0.05
ANSWER_SECONDS = 0.08
# So slow that other regions are asked before it answers, and still within every timeout.
SLOW_SECONDS = 1.7
# Monitors that judge answers expect the first, and find what goes on like the second degraded.
FINE, BEHIND = "all is well", ", but a replica is behind"
# And they find degraded what takes longer than this.
DEGRADED_AFTER_SECONDS = 1.0


class Reply(StrEnum):
    """What is wrong with the answer of a target that does answer."""

    WRONG = "wrong"
    WORSE = "worse"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Sight:
    """What one probe finds.

    Args:
        error: code of the failure; None when the target works.
        seconds: until the answer; a probe may give up before.
        body: what it answers; None where it does not answer.
        degraded: it works, but not as it should.
    """

    error: str | None
    seconds: float
    body: str | None = None
    degraded: bool = False


# Nobody can say whether the target is in trouble, nor is it blamed.
UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A time during which a target does not work.

    Args:
        regions: the only ones from which it does not; None means everywhere.
        silent: it takes connections and never answers, instead of refusing them.
        abstains: the code with which probes abstain: it is not the target that is in trouble.
        reply: it answers, but this is wrong with the answer.
    """

    begins: datetime
    ends: datetime
    regions: frozenset[str] | None = None
    silent: bool = False
    abstains: str | None = None
    reply: Reply | None = None

    @property
    def is_lesser(self) -> bool:
        """Return True if the target is no worse than degraded."""
        return self.reply in {Reply.WORSE, Reply.SLOW}

    def is_met(self, region: str, at: datetime) -> bool:
        """Return whether a probe meets it."""
        return self.begins <= at < self.ends and (self.regions is None or region in self.regions)


@dataclass
class Target:
    """One target and its troubles.

    Args:
        answers_after: seconds until its answer while it works.
        is_uncertain: at this moment nobody can say whether it is in trouble.
    """

    troubles: Sequence[Trouble] = ()
    answers_after: float = ANSWER_SECONDS
    is_uncertain: bool = False

    def sees(self, region: str, at: datetime) -> Sight:
        """Return what a probe from a region finds."""
        trouble = self._find_trouble(region, at)
        if trouble is None or trouble.reply is not None:
            return self._answer(trouble.reply if trouble else None)
        if trouble.abstains is not None:
            return Sight(trouble.abstains, REFUSED_SECONDS)
        if trouble.silent:
            return Sight("read_timeout", 3600.0)
        return Sight("connect_refused", REFUSED_SECONDS)

    def _find_trouble(self, region: str, at: datetime) -> Trouble | None:
        """Return the trouble that a probe meets; one that makes it fail rather than a lesser."""
        met = (each for each in self.troubles if each.is_met(region, at))
        return min(met, key=lambda each: each.is_lesser, default=None)

    def _answer(self, reply: Reply | None) -> Sight:
        """Return what an answer is, by what is wrong with it."""
        if reply is Reply.WRONG:
            return Sight("assertion_failed", self.answers_after, "closed for repairs")
        seconds = SLOW_SECONDS if reply is Reply.SLOW else self.answers_after
        body = FINE + BEHIND if reply is Reply.WORSE else FINE
        is_degraded = body != FINE or seconds > DEGRADED_AFTER_SECONDS
        return Sight(None, seconds, body, degraded=is_degraded)

    def abstains(self, region: str, at: datetime) -> bool:
        """Return whether probes from a region cannot judge the target."""
        met = self._find_trouble(region, at)
        return met is not None and met.abstains is not None

    def fails(self, region: str, start: datetime, end: datetime) -> bool:
        """Return whether a probe from a region could meet trouble between two moments."""
        return any(
            trouble.abstains in {None, UNCERTAIN}
            and not trouble.is_lesser
            and trouble.begins < end
            and trouble.ends > start
            and (trouble.regions is None or region in trouble.regions)
            for trouble in self.troubles
        )


@dataclass
class Targets:
    """All targets by address, and the regions that see nothing of them.

    Args:
        sick: regions in which every probe fails; the value says whether their control targets
            are out of reach too.
    """

    by_address: dict[str, Target] = field(default_factory=dict)
    sick: dict[str, bool] = field(default_factory=dict)

    def sees(self, address: str, region: str, at: datetime) -> Sight:
        """Return what a probe finds."""
        if region in self.sick:
            return Sight("connect_timeout", 3600.0)
        return self.by_address[address].sees(region, at)


# How a target fares, as (share of targets, name).
FATES: Mapping[str, float] = {
    "well": 0.25,
    "down for good": 0.2,
    "down for a while": 0.2,
    "regional": 0.12,
    "blips": 0.13,
    "flapping": 0.1,
}


def draw_target(chance: Random, regions: Sequence[str], start: datetime, end: datetime) -> Target:
    """Draw the troubles of one target between two moments; "for good" lasts beyond the end."""
    fate = chance.choices(list(FATES), list(FATES.values()))[0]
    span = (end - start).total_seconds()

    def moment(low: float, high: float) -> datetime:
        return start + timedelta(seconds=span * chance.uniform(low, high))

    silent = chance.random() < 0.4
    if fate == "down for good":
        return Target(
            [Trouble(moment(0, 1), datetime.max.replace(tzinfo=start.tzinfo), None, silent)]
        )
    if fate == "down for a while":
        begins = moment(0, 0.8)
        return Target([Trouble(begins, begins + (end - begins) * chance.random(), None, silent)])
    if fate == "regional":
        few = frozenset(chance.sample(list(regions), 1))
        return Target([Trouble(moment(0, 0.5), moment(0.5, 2), few, silent)])
    if fate == "blips":
        blips = sorted(moment(0, 1) for _ in range(chance.randint(1, 4)))
        return Target([Trouble(at, at + timedelta(seconds=chance.uniform(0.1, 8))) for at in blips])
    if fate == "flapping":
        period = timedelta(seconds=chance.choice((10, 20, 35, 60, 90)))
        turns = range(int((end - start) / period / 2))
        return Target(
            [Trouble(start + 2 * turn * period, start + (2 * turn + 1) * period) for turn in turns]
        )
    return Target()


def strike_many(
    chance: Random, targets: Sequence[Target], start: datetime, span: timedelta
) -> None:
    """Have many targets fail in the same moment, once or twice, most of them not for good."""
    for _ in range(chance.randint(1, 2)):
        at = start + span * chance.uniform(0.1, 0.8)
        lasts = span * chance.uniform(0.1, 1)
        for target in chance.sample(targets, min(len(targets), max(5, len(targets) // 2))):
            goes_on = timedelta(hours=9) if chance.random() < 0.1 else timedelta(0)
            straggles = timedelta(seconds=chance.choice((0, 0, 0, 30, 90)))
            trouble = Trouble(at, at + lasts + straggles + goes_on)
            target.troubles = (*target.troubles, trouble)


def worsen_some(chance: Random, target: Target, start: datetime, span: timedelta) -> None:
    """Have a target give bad answers once or twice: mostly degraded ones, some plainly wrong."""
    for _ in range(chance.randint(0, 2)):
        begins = start + span * chance.uniform(0, 0.7)
        reply = chance.choice((Reply.WORSE, Reply.WORSE, Reply.SLOW, Reply.WRONG))
        trouble = Trouble(begins, begins + span * chance.uniform(0, 0.6), reply=reply)
        target.troubles = (*target.troubles, trouble)
