"""All mutants of the ground, each looked at by the tests that reach it."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.mutation.forks import forked
from tools.mutation.ground import Ground, Verdict
from tools.mutation.judging import judge_afresh, judge_quickly
from tools.mutation.mutant import Mutant
from tools.mutation.reach import Reach, reach_of
from tools.mutation.suite import Suite, collected, preload
from tools.mutation.swapping import Functions

A_DAY = 86_400.0


def say(text: str) -> None:
    """Tell how things stand."""
    print(f"[mutate] {time.strftime('%H:%M:%S')} {text}", flush=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A search for changes that nobody notices.

    Args:
        only: text that the names of mutants hold.
        names: these alone; None means all.
        seconds: computing time of the tests that look at one mutant.
        kept: where is noted what the tests reach.
    """

    ground: Ground
    kept: Path
    only: str = ""
    names: frozenset[str] | None = None
    seconds: float = 10.0

    def mutants(self) -> list[Mutant]:
        """Return the mutants that are looked for."""
        made = self.ground.mutants(self.only)
        return [each for each in made if self.names is None or each.name in self.names]

    def run(self) -> list[Verdict]:
        """Judge all mutants: quickly where that can be done, and the others afresh."""
        preload()
        answer = forked(self._collect_and_judge, A_DAY)
        if answer is None:
            raise SystemExit("[mutate] the tests cannot be collected: run pytest to see why")
        mutants = {mutant.name: mutant for mutant in self.mutants()}
        verdicts = [Verdict(mutants[name], *rest) for name, *rest in answer]
        again = [each for each in verdicts if each.tests and not each.is_settled]
        for count, verdict in enumerate(again, start=1):
            if count % 20 == 1:
                say(f"afresh: {count} of {len(again)}")
            judge_afresh(self.ground, verdict, self.seconds)
        return verdicts

    def _collect_and_judge(self, tell: Callable[[object], None]) -> None:
        def work(suite: Suite) -> None:
            reach = reach_of(self.ground, suite, self.kept, say)
            verdicts = self._judge_quickly(suite, reach)
            tell([(v.mutant.name, v.killer, v.tests, v.is_settled) for v in verdicts])

        collected(self.ground, work)

    def _judge_quickly(self, suite: Suite, reach: Reach) -> list[Verdict]:
        functions = Functions(self.ground.files())
        killers: dict[object, Counter[str]] = defaultdict(Counter)
        verdicts = []
        mutants = self.mutants()
        for count, mutant in enumerate(mutants, start=1):
            place = (mutant.path, mutant.function)
            tests, seconds = self._chosen(mutant, reach, killers[place])
            verdict = Verdict(mutant, tests=tests)
            verdicts.append(verdict)
            if tests:
                judge_quickly(suite, functions, verdict, seconds)
            if verdict.killer:
                killers[place][verdict.killer] += 1
            if count % 50 == 0:
                left = sum(each.killer is None for each in verdicts)
                say(f"{count} of {len(mutants)} mutants, {left} alive or not looked at yet")
        return verdicts

    def _chosen(
        self, mutant: Mutant, reach: Reach, killers: Counter[str]
    ) -> tuple[list[str], float]:
        """Choose tests: those that noticed most of what was changed near by, then the quickest."""
        files = self.ground.files()
        near = reach.of(mutant, files)
        proven = [test for test, _ in killers.most_common(5) if test in near]
        chosen: list[str] = []
        spent = 0.0
        for test in dict.fromkeys([*proven, *near]):
            if chosen and spent + reach.seconds[test] > self.seconds:
                break
            chosen.append(test)
            spent += reach.seconds[test]
        return chosen, spent


def known_verdicts(path: Path) -> dict[str, str | None]:
    """Read what became of each mutant so far: the test that noticed it, or None."""
    known: dict[str, str | None] = json.loads(path.read_text()) if path.exists() else {}
    return known


def keep_verdicts(verdicts: list[Verdict], path: Path) -> None:
    """Keep what became of each mutant, beside what is known of those that were not looked at."""
    became = {each.mutant.name: each.killer for each in verdicts}
    path.write_text(json.dumps({**known_verdicts(path), **became}, indent=1), encoding="utf-8")
