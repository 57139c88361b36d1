"""Reading stored rows: one that this version cannot read is left out, and silences nobody else."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from sentinelmesh.errors import UnreadableRow
from sentinelmesh.observability import logger

T = TypeVar("T")
Stored = Mapping[str, Any]
Report = Callable[[UnreadableRow], None]

# What decoding raises: msgspec's errors are ValueErrors; binary rows run out of numbers.
UNDECODABLE = (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError, StopIteration)
# So many rows are reported per process; what is wrong with more of them is the same.
MAX_REPORTED = 1_000


def log_unreadable(row: UnreadableRow) -> None:
    """Log a row that was left out; a metric and an alarm count these lines."""
    logger().error("row_unreadable", kind=row.kind, row_id=row.row_id, reason=row.reason)


class RowReader(Generic[T]):
    """Decodes the rows of one kind.

    Each unreadable row is reported once per process.

    Args:
        kind: name of the kind, e.g. "channel".
        key: the attributes that name a row; together they are its id.
        report: receives each unreadable row.
    """

    def __init__(
        self,
        kind: str,
        key: tuple[str, ...],
        decode: Callable[[Stored], T],
        report: Report = log_unreadable,
    ) -> None:
        self._kind = kind
        self._key = key
        self._decode = decode
        self._report = report
        self._reported: set[str] = set()

    def read(self, item: Stored) -> T:
        """Decode one row.

        Raises:
            UnreadableRow: this version cannot read it.
        """
        try:
            return self._decode(item)
        except UNDECODABLE as error:
            row = UnreadableRow(self._kind, self._id_of(item), f"{type(error).__name__}: {error}")
            self._report_once(row)
            raise row from error

    def read_all(self, items: Iterable[Stored]) -> Iterator[T]:
        """Decode rows, leaving out those that this version cannot read."""
        for item in items:
            try:
                row = self.read(item)
            except UnreadableRow:
                continue
            yield row

    def list_unreadable(self, items: Iterable[Stored]) -> list[UnreadableRow]:
        """List the rows that this version cannot read."""
        found = []
        for item in items:
            try:
                self.read(item)
            except UnreadableRow as row:
                found.append(row)
        return found

    def _report_once(self, row: UnreadableRow) -> None:
        if row.row_id not in self._reported and len(self._reported) < MAX_REPORTED:
            self._reported.add(row.row_id)
            self._report(row)

    def _id_of(self, item: Stored) -> str:
        values = (item.get(name, {}) for name in self._key)
        return "/".join(str(next(iter(value.values()), "")) for value in values)
