"""Cron expressions in a time zone, across the changes of its clocks.

Source: Debian's cron, as cronsim follows it: a job in the hour that is left out runs right after
it, and one in the hour that comes twice runs once.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

# Source: crontab(5).
NICKNAMES: Mapping[str, str] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
FIELDS = 5
# Dates and times of day, as systemd's OnCalendar writes them.
ON_CALENDAR = re.compile(r"\*-|-\*|\d:|:\d|\*:|\d\d\d\d-|^[a-z]+$", re.IGNORECASE)
# A range from a number to itself; cronsim takes "5-5/2" for "5/2", which goes on to the end.
ONE_LONG = re.compile(r"(?<![\w/-])(\w+)-\1/\d+(?!\w)", re.IGNORECASE)
HOW = "write five fields: minute, hour, day of month, month, day of week"


class InvalidTimetable(ValueError):
    """The expression or the zone is none; the error's text says why."""


@lru_cache(maxsize=256)
def cron_after(expression: str, time_zone: str, last: datetime) -> datetime:
    """Return the first instant of a timetable behind another.

    Args:
        expression: five fields, e.g. "0 3 * * *", or a nickname, e.g. "@daily".
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
    fields = _five_fields(expression)
    try:
        return next(CronSim(fields, last.astimezone(zone))).astimezone(UTC)
    except (CronSimError, StopIteration) as error:
        text = f"{expression!r} is no timetable: {error or 'its moment never comes'}"
        raise InvalidTimetable(text) from error


def _five_fields(expression: str) -> str:
    """Return an expression as five fields.

    Raises:
        InvalidTimetable: it is written in another way, which others read differently.
    """
    written = expression.strip()
    if written.startswith("@"):
        if written.lower() not in NICKNAMES:
            known = ", ".join(NICKNAMES)
            raise InvalidTimetable(f"{expression!r} is no timetable: nicknames are {known}")
        return NICKNAMES[written.lower()]
    count = len(written.split())
    if count == FIELDS:
        return ONE_LONG.sub(r"\1", written)
    if ON_CALENDAR.search(written):
        said = f"{expression!r} is no timetable of cron but looks like one of systemd"
        raise InvalidTimetable(f"{said}; {HOW}")
    said = f"{expression!r} is no timetable: it has {count} fields"
    if count > FIELDS:
        said += "; leave out seconds, years, users, commands and time zones"
    raise InvalidTimetable(f"{said}; {HOW}")
