"""Uptime from incidents alone, for lists: one glance at many monitors reads no results."""

from collections.abc import Iterable
from datetime import datetime

from sentinelmesh.domain.incident import Incident
from sentinelmesh.domain.span import Span, common, total, without
from sentinelmesh.domain.uptime import percent


def availability(
    incidents: Iterable[Incident],
    start: datetime,
    end: datetime,
    maintenance: Iterable[Span] = (),
) -> float | None:
    """Give the share of a span in which no confirmed incident was open; None for an empty span.

    Announced maintenance is neither up nor down. Time without results counts as up here, for no
    result was looked at: `uptime` knows better.

    >>> from datetime import UTC
    >>> availability([], datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
    100.0
    """
    known = without([Span(start, end)], maintenance)
    spells = [Span(each.opened_at, each.resolved_at or end) for each in incidents]
    down = total(common(spells, known))
    return percent((total(known) - down).total_seconds(), total(known).total_seconds())
