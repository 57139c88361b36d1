"""Stored rows that are left out because this version cannot read them, for health."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.api.backend import Backend
from sentinelmesh.errors import UnreadableRow

FRESH = timedelta(minutes=1)
MAX_SHOWN_IDS = 20

Found = dict[str, set[str]]


class UnreadableRowsReport:
    """Lists unreadable rows; anybody may ask for it, so the list is kept for a minute."""

    def __init__(self) -> None:
        self._kept: tuple[datetime, list[dict[str, Any]]] | None = None

    def list(self, backend: Backend, now: datetime) -> list[dict[str, Any]]:
        """List kinds with their number of unreadable rows and the first ids.

        Cost: six requests, one more for each noted row, once a minute and process.
        """
        if self._kept is None or not now - FRESH < self._kept[0] <= now:
            self._kept = (
                now,
                [
                    {"kind": kind, "total": len(ids), "ids": sorted(ids)[:MAX_SHOWN_IDS]}
                    for kind, ids in sorted(_find(backend).items())
                ],
            )
        return self._kept[1]


def _find(backend: Backend) -> Found:
    found: Found = defaultdict(set)
    for row in backend.unreadable.list_in_directory():
        found[row.kind].add(row.row_id)
    readers: Mapping[str, Callable[[str], object]] = {
        "monitor": backend.monitors.get,
        "state": backend.states.get,
    }
    for kind, row_id in backend.unreadable.list_noted():
        # A note outlives its cause: what can be read again is not shown.
        if kind in readers and _is_unreadable(readers[kind], row_id):
            found[kind].add(row_id)
    return found


def _is_unreadable(read: Callable[[str], object], row_id: str) -> bool:
    try:
        read(row_id)
    except UnreadableRow:
        return True
    return False
