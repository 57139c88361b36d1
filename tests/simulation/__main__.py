"""`make simulate SEEDS=n [FROM=s]`, or `make simulate SEED=s` for one seed and its story."""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from dataclasses import dataclass

from tests.simulation.lives import live, report
from tests.simulation.plans import draw_plan


@dataclass(frozen=True)
class Summary:
    """What one seed came to, small enough to cross a process border."""

    seed: int
    violations: list[str]
    calls: int
    met: Counter[str]
    crashed_after: Counter[str]
    messages: int


def summary_of(seed: int) -> Summary:
    """Live through one seed."""
    life = live(draw_plan(seed))
    simulation = life.simulation
    return Summary(
        seed=seed,
        violations=life.violations,
        calls=simulation.fate.calls,
        met=simulation.fate.met,
        crashed_after=simulation.fate.crashed_after,
        messages=len(simulation.providers.taken),
    )


def main() -> int:
    """Live through seeds; 1 when one of them broke a promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--seed", type=int, help="one seed, with its story")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    asked = parser.parse_args()
    if asked.seed is not None:
        life = live(draw_plan(asked.seed))
        print(report(life) if life.violations else f"seed {asked.seed}: every promise was kept")
        return bool(life.violations)
    return run_many(range(asked.first, asked.first + asked.seeds), asked.workers)


def run_many(seeds: range, workers: int) -> int:
    """Live through many seeds, with a line of progress each minute."""
    began, spoke = time.monotonic(), time.monotonic()
    done, broken, met, places = 0, 0, Counter[str](), Counter[str]()
    calls = messages = 0
    with multiprocessing.Pool(workers, maxtasksperchild=50) as pool:
        for each in pool.imap_unordered(summary_of, seeds):
            done, calls, messages = done + 1, calls + each.calls, messages + each.messages
            met += each.met
            places += each.crashed_after
            if each.violations:
                broken += 1
                print(f"seed {each.seed}: {'; '.join(each.violations[:3])}", flush=True)
            if time.monotonic() - spoke > 60:
                spoke = time.monotonic()
                print(f"[simulate] {done} of {len(seeds)} seeds, {broken} broken", flush=True)
    print(
        f"{done} seeds in {time.monotonic() - began:.0f} s: {broken} broken; {calls} AWS calls, "
        f"{messages} messages, {sum(places.values())} crashes at {len(places)} different places\n"
        + ", ".join(f"{name} {count}" for name, count in sorted(met.items()))
    )
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
