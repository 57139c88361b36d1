"""`make mutate [ONLY=storage/alerts.py] [AGAIN=1]`: changes of the code that no test notices."""

import argparse
import sys
import time
from pathlib import Path

from tools.mutation.accepted import accepted
from tools.mutation.campaign import Campaign, keep_verdicts, known_verdicts, say
from tools.mutation.ground import Ground, Verdict

ROOT = Path(__file__).parents[2]
LIBRARY = "layers/common/python/sentinelmesh"
SOURCES = (
    f"{LIBRARY}/domain",
    f"{LIBRARY}/storage",
    f"{LIBRARY}/checks.py",
    "functions/verifier",
    "functions/scheduler",
    "functions/alerter",
)
# What takes minutes and looks at whole functions finds nothing here that these do not.
TESTS = (
    "tests/unit",
    "tests/property",
    "tests/integration/storage",
    "tests/integration/publisher",
    "tests/integration/verifier",
    "tests/integration/scheduler",
    "tests/integration/alerter",
    "tests/integration/api",
)
# Minutes each, for what others see in moments.
LEFT_OUT = (
    "tests/integration/alerter/test_dying.py",
    "tests/integration/alerter/test_storms.py",
    "tests/integration/api/test_every_route.py",
    "tests/integration/publisher/test_dying.py",
)


def main() -> int:
    """Look for survivors; 1 when there is one that nobody accepted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutants whose name holds this text")
    parser.add_argument("--again", action="store_true", help="those that survived last time")
    parser.add_argument("--seconds", type=float, default=10.0, help="of tests for each mutant")
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--sources", nargs="+", default=SOURCES)
    parser.add_argument("--tests", nargs="+", default=TESTS)
    asked = parser.parse_args()
    root = asked.root.resolve()
    ground = Ground(
        root=root, sources=tuple(asked.sources), tests=tuple(asked.tests), left_out=LEFT_OUT
    )
    kept = root / ".build" / "mutation"
    known = known_verdicts(kept / "verdicts.json")
    survivors = frozenset(name for name, killer in known.items() if killer is None)
    began = time.monotonic()
    campaign = Campaign(
        ground=ground,
        kept=kept / "reach.json",
        only=asked.only,
        names=survivors if asked.again else None,
        seconds=asked.seconds,
    )
    verdicts = campaign.run()
    keep_verdicts(verdicts, kept / "verdicts.json")
    say(f"took {time.monotonic() - began:.0f} s")
    return report(verdicts, accepted())


def report(verdicts: list[Verdict], known: dict[str, str]) -> int:
    """Show the survivors and the score; 1 when there is one that nobody accepted."""
    survivors = [each.mutant for each in verdicts if each.killer is None]
    new = [mutant for mutant in survivors if mutant.name not in known]
    for mutant in new:
        print(f"\n{mutant.name}\n{mutant.diff()}")
    killed = len(verdicts) - len(survivors)
    counted = len(verdicts) - (len(survivors) - len(new))
    print(
        f"\n{len(verdicts)} mutants: {killed} killed, {len(survivors) - len(new)} accepted, "
        f"{len(new)} survived; score {100 * killed / max(1, counted):.1f} %"
    )
    killed_now = {each.mutant.name for each in verdicts if each.killer is not None}
    for name in sorted(killed_now & known.keys()):
        print(f"accepted, but it is noticed: {name}")
    return bool(new)


if __name__ == "__main__":
    sys.exit(main())
