"""Tables in memory: items in the order of their keys, indexes that lag, and who is told of changes.

No time and no faults of their own: both come from whoever calls.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fake_aws.expressions import Item, plain

Place = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TableChange:
    """One change of one item, as a stream records it."""

    name: str
    key: Item
    before: Item | None
    after: Item | None


@dataclass
class Table:
    """One table.

    Args:
        keys: names of partition and, where there is one, sort key.
        indexes: the same for each index.
        listeners: told of every change, in order.
    """

    keys: tuple[str, ...]
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    listeners: list[Callable[[TableChange], None]] = field(default_factory=list)
    items: dict[Place, Item] = field(default_factory=dict)
    _changed: dict[Place, tuple[datetime, Item | None]] = field(default_factory=dict)
    _order: dict[tuple[str | None, Any], list[tuple[Any, ...]]] = field(default_factory=dict)

    def place_of(self, item: Item) -> Place:
        """Return the place of an item, or of its key."""
        return tuple(plain(item[name]) for name in self.keys)

    def get(self, key: Item, seen_at: datetime | None = None) -> Item | None:
        """Read an item, as it was at a moment if that is told."""
        return self._version(self.place_of(key), seen_at)

    def _version(self, place: Place, seen_at: datetime | None) -> Item | None:
        changed_at, before = self._changed.get(place, (None, None))
        if seen_at is not None and changed_at is not None and changed_at > seen_at:
            return before
        return self.items.get(place)

    def write(self, key: Item, after: Item | None, at: datetime) -> None:
        """Put or remove an item; a write that changes nothing makes no record."""
        place = self.place_of(key)
        before = self.items.get(place)
        if before == after:
            return
        for index in (None, *self.indexes):
            self._reorder(index, place, before, after)
        if after is None:
            del self.items[place]
        else:
            self.items[place] = after
        self._changed[place] = (at, before)
        name = "REMOVE" if after is None else "INSERT" if before is None else "MODIFY"
        change = TableChange(name, {each: key[each] for each in self.keys}, before, after)
        for listener in self.listeners:
            listener(change)

    def _reorder(
        self, index: str | None, place: Place, before: Item | None, after: Item | None
    ) -> None:
        """Keep the entries of an index in order; an item without its keys is not in it."""
        old, new = (self._entry(index, place, item) for item in (before, after))
        if old == new:
            return
        if old is not None:
            entries = self._order[index, old[0]]
            entries.pop(bisect_left(entries, old[1]))
        if new is not None:
            insort(self._order.setdefault((index, new[0]), []), new[1])

    def _entry(
        self, index: str | None, place: Place, item: Item | None
    ) -> tuple[Any, tuple[Any, ...]] | None:
        keys = self.keys_of(index)
        if item is None or any(name not in item for name in keys):
            return None
        partition, *sort = (plain(item[name]) for name in keys)
        return partition, (*sort, *place)

    def keys_of(self, index: str | None) -> Sequence[str]:
        """Return the keys of the table or of an index."""
        return self.keys if index is None else self.indexes[index]

    def partition(
        self,
        index: str | None,
        value: Any,
        seen_at: datetime | None,
        *,
        least: Any = None,
        most: Any = None,
        behind: Item | None = None,
        backwards: bool = False,
    ) -> Iterator[Item]:
        """Return the items of one partition in the order of their sort keys, as far as one reads.

        What changed after `seen_at` is given as it was before, where it still has its place.

        Args:
            least, most: sort keys between which all lie that are asked for. In an index that lags
                an item may have had another one, so there it leaves nothing out.
            behind: where to begin, as an answer told it; that item need not be there any more.
        """
        entries = self._order.get((index, value), [])
        if index is None and (least is not None or most is not None):
            start = 0 if least is None else bisect_left(entries, least, key=_sort_key)
            end = len(entries) if most is None else bisect_right(entries, most, key=_sort_key)
            entries = entries[start:end]
        if behind is not None:
            entries = self._rest(index, entries, behind, backwards=backwards)
        for entry in reversed(entries) if backwards else entries:
            place = entry[-len(self.keys) :]
            item = self._version(place, seen_at)
            if item and (index is None or self._entry(index, place, item) is not None):
                yield item

    def _rest(
        self, index: str | None, entries: list[Place], behind: Item, *, backwards: bool
    ) -> list[Place]:
        """Return the entries behind a place, seen in the direction of the walk."""
        found = self._entry(index, self.place_of(behind), behind)
        if found is None:
            raise KeyError(f"a place in {index or 'the table'} has to name {self.keys_of(index)}")
        start = found[1]
        if backwards:
            return entries[: bisect_left(entries, start)]
        return entries[bisect_right(entries, start) :]

    def everything(self, seen_at: datetime | None, behind: Item | None = None) -> list[Item]:
        """List all items in an order that stays the same."""
        places = sorted(self.items)
        if behind is not None:
            places = places[bisect_right(places, self.place_of(behind)) :]
        items = (self._version(place, seen_at) for place in places)
        return [item for item in items if item is not None]


def _sort_key(entry: Place) -> Any:
    return entry[0]
