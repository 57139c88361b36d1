"""Time zones by their names in the IANA database."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def find_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises:
        ValueError: this machine knows no such zone.

    >>> str(find_zone("Europe/Berlin"))
    'Europe/Berlin'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = "there is no such time zone; write one like Europe/Berlin"
        raise ValueError(message) from error
