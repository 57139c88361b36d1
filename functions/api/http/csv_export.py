"""Results as CSV (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from functions.api.http.json_values import to_json
from sentinelmesh.domain.probing.result import Result

CONTENT_TYPE = "text/csv; charset=utf-8"
# A character takes up to four bytes, and an answer has room for 4.5 MB.
MAX_CHARACTERS = 1_100_000
COLUMNS = (
    "slot", "scheduled_at", "started_at", "lateness_ms", "region", "purpose", "outcome",
    "degraded", "error", "detail", "status_code", "latency_ms", "remote_address",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula.
# Source: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def table(rows: Sequence[tuple[str, Result]]) -> tuple[str, str | None]:
    """Write results with their keys as a table.

    Returns:
        The table, and the key of its last row if not all rows had room in it.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for place, (_, result) in enumerate(rows):
        if out.tell() > MAX_CHARACTERS:
            return out.getvalue(), rows[place - 1][0]
        row = to_json(result)
        writer.writerow([cell(row[name]) for name in COLUMNS])
    return out.getvalue(), None


def cell(value: Any) -> Any:
    """Keep a spreadsheet from taking a target's text for a formula.

    >>> cell("=cmd()"), cell("up"), cell(-3)
    ("'=cmd()", 'up', -3)
    """
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
