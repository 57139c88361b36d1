"""The order of the whole suite: tests that wait go among those that compute.

A scene mostly waits for the running mesh. Where all of them come in a row, the workers of a run
wait together and its processors idle; dealt evenly, one waits while the others compute.
"""

from collections.abc import Sequence
from itertools import groupby

import pytest


def spread(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Deal the modules that drive the running mesh evenly among all other tests.

    Modules stay whole, for the sake of what their tests share, and in their order.
    """
    waiting = [item for item in items if item.get_closest_marker("mesh")]
    modules = [list(each) for _, each in groupby(waiting, lambda item: item.path)]
    others = [item for item in items if not item.get_closest_marker("mesh")]
    dealt: list[pytest.Item] = []
    for count, module in enumerate(modules):
        begin, end = (len(others) * each // len(modules) for each in (count, count + 1))
        dealt += [*module, *others[begin:end]]
    return dealt or others
