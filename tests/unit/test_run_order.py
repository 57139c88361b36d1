"""What waits for the mesh begins both halves of the suite, and nothing gets lost."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.run_order import shuffle, spread


@dataclass(frozen=True)
class Item:
    """As much of a collected test as its order depends on."""

    path: str
    number: int
    waits: bool = False

    def get_closest_marker(self, name: str) -> str | None:
        """Return whether it drives the running mesh."""
        return name if name == "mesh" and self.waits else None


def in_order(*modules: tuple[str, int, bool]) -> list[Item]:
    items = [Item(path, n, waits) for path, count, waits in modules for n in range(count)]
    return cast(list[Item], spread(cast(Any, items)))


def test_scenes_begin_both_halves() -> None:
    dealt = in_order(("rules", 9, False), ("outages", 2, True), ("storms", 1, True))
    assert [each.path for each in dealt] == [
        *("outages", "outages", "rules", "rules", "rules", "rules"),
        *("storms", "rules", "rules", "rules", "rules", "rules"),
    ]


@pytest.mark.parametrize("waits", [True, False])
def test_one_kind_alone_stays_as_it_is(*, waits: bool) -> None:
    assert [each.number for each in in_order(("one", 3, waits))] == [0, 1, 2]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=12).map(
        lambda found: [(f"m{n}", count, waits) for n, (count, waits) in enumerate(found)]
    )
)
def test_all_run_once_and_modules_that_share_a_mesh_stay_whole(
    modules: list[tuple[str, int, bool]],
) -> None:
    dealt = in_order(*modules)
    assert Counter(each.path for each in dealt) == {path: count for path, count, _ in modules}
    runs = [path for path, _ in groupby([each.path for each in dealt if each.waits])]
    assert len(runs) == len(set(runs))
    plain = [each for each in dealt if not each.waits]
    assert plain == [Item(p, n) for p, count, waits in modules if not waits for n in range(count)]


def test_a_random_order_keeps_modules_whole_and_scenes_in_their_order() -> None:
    modules = [("a", 9, False), ("b", 9, True), ("c", 9, False)]
    items = [Item(path, n, waits) for path, count, waits in modules for n in range(count)]
    orders = [cast(list[Item], shuffle(cast(Any, items), str(seed))) for seed in range(5)]
    for each in orders:
        assert sorted(each, key=items.index) == items
        assert len([path for path, _ in groupby(item.path for item in each)]) == len(modules)
        assert [item.number for item in each if item.waits] == list(range(9))
    assert any(
        [item.number for item in each if item.path == "a"] != list(range(9)) for each in orders
    )
    assert len({tuple(items.index(item) for item in each) for each in orders}) == len(orders)
