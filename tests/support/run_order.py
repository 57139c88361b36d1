"""The order of the whole suite: two workers begin with what waits, the others with what computes.

A scene mostly waits for the running mesh. Where scenes come last, all workers of a run wait
together in the end and its processors idle. xdist gives each worker a run of tests to begin with
and lets whoever has nothing left take over others' last ones: so what may not come last stands at
the beginning and in the middle, where a worker's run begins when their number is even.
"""

from collections.abc import Sequence
from itertools import chain, groupby
from random import Random

import pytest


def spread(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Put the modules that drive the running mesh to the beginning and into the middle, in turn.

    Modules stay whole, for the sake of what their tests share.
    """
    waiting = [item for item in items if item.get_closest_marker("mesh")]
    others = [item for item in items if not item.get_closest_marker("mesh")]
    modules = [list(each) for _, each in groupby(waiting, lambda item: item.path)]
    first, second = (list(chain(*modules[begin::2])) for begin in (0, 1))
    middle = max(0, len(items) // 2 - len(first))
    return [*first, *others[:middle], *second, *others[middle:]]


def shuffle(items: Sequence[pytest.Item], seed: str) -> list[pytest.Item]:
    """Return the tests in a random order, to find those that rely on their neighbours.

    Modules stay whole, since a fixture of a module is made once; tests that drive the running mesh
    keep their order within a module, for some go on from where the one before left off.
    """
    random = Random(seed)
    modules = [list(each) for _, each in groupby(items, lambda item: item.path)]
    random.shuffle(modules)
    for module in modules:
        if not module[0].get_closest_marker("mesh"):
            random.shuffle(module)
    return list(chain(*modules))
