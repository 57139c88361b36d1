"""Status pages as people write and read them."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from functions.api.schemas.base import Form, Instant, Line, Reference, Shown, Strict
from functions.api.schemas.channel_kinds import WebAddress
from sentinelmesh.domain.status_page import MOST_MONITORS, SLUG

EXAMPLES: list[JsonValue] = [
    {
        "slug": "shop",
        "name": "Shop status",
        "description": "How our services are doing.",
        "monitors": [{"monitor_id": "mon_0123456789abcdef", "name": "Web shop"}],
    }
]


class ShownMonitorIn(Strict):
    """A monitor under the name that the public reads."""

    monitor_id: Reference
    name: Line


def _once(monitors: list[ShownMonitorIn]) -> list[ShownMonitorIn]:
    if len({each.monitor_id for each in monitors}) < len(monitors):
        raise ValueError("each monitor is shown once")
    return monitors


def _secure(address: str | None) -> str | None:
    if address is not None and not address.startswith("https://"):
        raise ValueError("begin with https://")
    return address


class StatusPageIn(Strict):
    """A public page at `/status/{slug}`."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    slug: Annotated[
        str,
        Field(min_length=1, max_length=63, description="its address is /status/{slug}"),
        Form(rf"^{SLUG}$", "write lower-case letters, digits and hyphens"),
    ]
    name: Line = Field(description="the heading of the page")
    description: str = Field("", max_length=500)
    logo_url: Annotated[WebAddress | None, AfterValidator(_secure)] = Field(
        None, description="an image, https"
    )
    monitors: Annotated[list[ShownMonitorIn], AfterValidator(_once)] = Field(
        default_factory=list, max_length=MOST_MONITORS
    )
    published: bool = True


class PostIn(Strict):
    """News for the public."""

    title: Line
    text: str = Field(min_length=1, max_length=2000)


class ShownMonitorOut(Shown):
    """A monitor under its public name."""

    monitor_id: str
    name: str


class PostOut(Shown):
    """News for the public."""

    at: Instant
    title: str
    text: str


class StatusPageOut(Shown):
    """A status page."""

    id: str
    slug: str
    name: str
    description: str
    logo_url: str | None
    monitors: list[ShownMonitorOut]
    published: bool
    posts: list[PostOut] = Field(description="the newest first")
    revision: int
    created_at: Instant
    updated_at: Instant


class StatusPagePage(Shown):
    """A page of status pages."""

    items: list[StatusPageOut]
    next_cursor: str | None
