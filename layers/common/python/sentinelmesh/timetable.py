"""Cron expressions in a time zone, across the changes of its clocks.

Source: Debian's cron, as cronsim follows it: a job in the hour that is left out runs right after
it, and one in the hour that comes twice runs once.
"""

from datetime import UTC, datetime
from functools import lru_cache


class InvalidTimetable(ValueError):
    """The expression or the zone is none; the error's text says why."""


@lru_cache(maxsize=256)
def cron_after(expression: str, time_zone: str, last: datetime) -> datetime:
    """Give the first instant of a timetable behind another.

    Args:
        expression: five fields, e.g. "0 3 * * *".
        time_zone: of the IANA's names, e.g. "Europe/Berlin".

    Raises:
        InvalidTimetable: it is none, or its moment never comes.

    >>> cron_after("0 3 * * *", "Europe/Berlin", datetime(2026, 1, 1, 12, tzinfo=UTC)).isoformat()
    '2026-01-02T02:00:00+00:00'
    """
    from zoneinfo import ZoneInfo

    from cronsim import CronSim, CronSimError

    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidTimetable(f"{time_zone!r} is no time zone; compare Europe/Berlin") from error
    try:
        return next(CronSim(expression, last.astimezone(zone))).astimezone(UTC)
    except (CronSimError, StopIteration) as error:
        text = f"{expression!r} is no timetable: {error or 'its moment never comes'}"
        raise InvalidTimetable(text) from error
