"""Let the tests look at a mutant: in a copy of a process that collected them, or afresh."""

from collections.abc import Callable
from typing import Any

from tools.mutation.forks import NeverEnded, forked
from tools.mutation.ground import Ground, Verdict
from tools.mutation.suite import Suite, be_silent, collected
from tools.mutation.swapping import Functions, import_instead

# A mutant may make tests slower; one that takes three times as long never ends.
PATIENCE = 3
START = 10.0


def judge_quickly(suite: Suite, functions: Functions, verdict: Verdict, seconds: float) -> None:
    """Swap the changed code in and run the tests; settles nothing when it cannot be swapped."""

    def work(tell: Callable[[Any], None]) -> None:
        suite.be_silent()
        if not functions.swap(verdict.mutant):
            tell({"unable": True})
        suite.failed = lambda test: tell({"killer": test})
        suite.run(verdict.tests)
        tell({"killer": None})

    _settle(verdict, work, seconds)


def judge_afresh(ground: Ground, verdict: Verdict, seconds: float) -> None:
    """Import everything anew with the change made; slower, and as true as it gets."""

    def work(tell: Callable[[Any], None]) -> None:
        be_silent()
        import_instead(verdict.mutant)

        def run(suite: Suite) -> None:
            suite.be_silent()
            suite.failed = lambda test: tell({"killer": test})
            suite.run(verdict.tests)
            tell({"killer": None})

        # Whoever gets here without an answer could not even import the mutant.
        code = collected(ground, run, verdict.tests)
        tell({"killer": f"collection, exit code {code}"})

    _settle(verdict, work, seconds)


def _settle(
    verdict: Verdict, work: Callable[[Callable[[Any], None]], None], seconds: float
) -> None:
    try:
        answer = forked(work, START + PATIENCE * seconds) or {"killer": "a crash of the tests"}
    except NeverEnded as ending:
        answer = {"killer": f"never ended ({ending})"}
    verdict.killer = answer.get("killer")
    verdict.is_settled = "unable" not in answer
