"""Maintenance windows as people write and read them, and their calendar."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from functions.api.http.query import Query
from functions.api.schemas.base import LINE, STRIPPED, Instant, Line, Reference, Shown, Strict
from functions.api.schemas.monitor import unique
from sentinelmesh.domain.values import instant

MAX_NAMED = 100
EXAMPLES: list[JsonValue] = [
    {
        "name": "Patch night",
        "starts_at": "2026-01-05T22:00:00+01:00",
        "ends_at": "2026-01-06T02:00:00+01:00",
        "recurrence": "FREQ=WEEKLY;BYDAY=MO",
        "time_zone": "Europe/Berlin",
        "tags": ["shop"],
    }
]


def _instant(written: str) -> str:
    try:
        instant.parse(written)
    except (ValueError, OverflowError) as error:
        raise ValueError("write an instant like 2026-01-31T22:00:00+01:00") from error
    return written


Written = Annotated[str, Field(max_length=40, examples=["2026-01-31T22:00:00+01:00"]),
                    AfterValidator(_instant)]  # fmt: skip


class MaintenanceIn(Strict):
    """A window in which no incident opens: one-off, or recurring from its first occurrence on."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    name: Line
    starts_at: Written = Field(
        description="start of the first occurrence, RFC 3339; at most a year ago"
    )
    ends_at: Written = Field(
        description="end of the first occurrence (exclusive), at most 31 days later"
    )
    recurrence: str | None = Field(
        None,
        min_length=1,
        max_length=300,
        description="RFC 5545 RRULE, daily or rarer, without a time of day; "
        "the first occurrence always counts",
        examples=["FREQ=MONTHLY;BYDAY=2TU"],
    )
    time_zone: str = Field(
        "UTC", min_length=1, max_length=60, description="whose clocks a recurrence follows",
        examples=["Europe/Berlin"],
    )  # fmt: skip
    monitors: Annotated[list[Reference], AfterValidator(unique)] = Field(
        default_factory=list, max_length=MAX_NAMED
    )
    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=50), STRIPPED, LINE]],
        AfterValidator(unique),
    ] = Field(default_factory=list, max_length=30)
    everything: bool = Field(False, description="all monitors, also those to come")


class OccurrenceOut(Shown):
    """One time that a window takes."""

    starts_at: Instant
    ends_at: Instant


class MaintenanceOut(Shown):
    """A window with its next occurrences, the one under way included."""

    id: str
    revision: int
    name: str
    starts_at: Instant
    ends_at: Instant
    recurrence: str | None
    time_zone: str
    monitors: list[str]
    tags: list[str]
    everything: bool
    next_occurrences: list[OccurrenceOut] = Field(description="at most five, within a year")
    created_at: Instant
    updated_at: Instant


class MaintenancePage(Shown):
    """A page of windows."""

    items: list[MaintenanceOut]
    next_cursor: str | None


class CalendarQuery(Query):
    """Which part of the calendar."""

    from_: str | None = Field(None, alias="from", max_length=40, description="now if left out")
    to: str | None = Field(None, max_length=40, description="30 days later if left out")
    monitor_id: Reference | None = None


class CalendarEntryOut(OccurrenceOut):
    """One time that some window takes."""

    window_id: str
    name: str


class CalendarOut(Shown):
    """All windows between two moments, in the order of their beginnings."""

    from_: Instant = Field(alias="from")
    to: Instant
    items: list[CalendarEntryOut]
    complete: bool = Field(description="false: there are more; ask for a shorter time")
