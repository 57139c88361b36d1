"""Status pages as people write and read them."""

import base64
import binascii
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from functions.api.schemas.base import Form, Instant, Line, Reference, Shown, Strict
from sentinelmesh.domain.status_pages.status_page import MAX_MONITORS, SLUG

MAX_LOGO_BYTES = 16_384
LOGO = re.compile(r"data:image/(png|jpeg|gif|webp);base64,([A-Za-z0-9+/]+={0,2})")
# How files of these kinds begin; no SVG, which is a program.
BEGINNINGS = {"png": b"\x89PNG\r\n", "jpeg": b"\xff\xd8\xff", "gif": b"GIF8", "webp": b"RIFF"}
Stage = Literal["investigating", "identified", "monitoring", "resolved"]
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


def _image(written: str) -> str:
    found = LOGO.fullmatch(written)
    if found is None:
        raise ValueError("give an image as data:image/png;base64,... (or jpeg, gif, webp)")
    try:
        raw = base64.b64decode(found[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the base64 of this image is broken") from error
    if len(raw) > MAX_LOGO_BYTES:
        raise ValueError(f"this image has {len(raw)} bytes; at most {MAX_LOGO_BYTES} are taken")
    if not raw.startswith(BEGINNINGS[found[1]]):
        raise ValueError(f"this is no {found[1]} image")
    return written


class StatusPageIn(Strict):
    """A public page at `/status/{slug}`."""

    model_config = ConfigDict(json_schema_extra={"examples": EXAMPLES})

    name: Line = Field(description="the heading of the page")
    slug: Annotated[
        str,
        Field(min_length=1, max_length=63, description="the page is at /status/{slug}"),
        Form(rf"^{SLUG}$", "write lower-case letters, digits and hyphens between them"),
    ]
    description: str = Field("", max_length=500)
    monitors: Annotated[list[ShownMonitorIn], AfterValidator(_once)] = Field(
        default_factory=list, max_length=MAX_MONITORS
    )
    logo: Annotated[str, Field(max_length=22_000), AfterValidator(_image)] | None = Field(
        None,
        description="a PNG, JPEG, GIF or WebP image of 16 KB at most, as a data: address",
        json_schema_extra={"format": "data-url"},
    )
    subscriptions: bool = Field(True, description="readers may ask for mail")
    published: bool = True


class PostIn(Strict):
    """News for the public; subscribers get it by mail."""

    title: Line
    text: str = Field(min_length=1, max_length=2100)
    stage: Stage | None = None
    incident_id: Reference | None = Field(
        None, description="the outage it is about: the page shows it there"
    )
    mail: bool = Field(True, description="tell subscribers too")


class ShownMonitorOut(Shown):
    """A monitor under its public name."""

    monitor_id: str
    name: str


class StatusPageOut(Shown):
    """A status page."""

    id: str
    revision: int
    name: str
    slug: str
    description: str
    monitors: list[ShownMonitorOut]
    logo: str | None
    subscriptions: bool
    published: bool
    created_at: Instant
    updated_at: Instant


class StatusPagePage(Shown):
    """A page of status pages."""

    items: list[StatusPageOut]
    next_cursor: str | None


class PostOut(Shown):
    """News for the public, for as long as it is shown."""

    id: str
    at: Instant
    title: str
    text: str
    stage: Stage | None
    incident_id: str | None
    mails: Literal["none", "waiting", "sent"]


class PostPage(Shown):
    """A page of posts."""

    items: list[PostOut]
    next_cursor: str | None


class SubscriberOut(Shown):
    """Somebody who confirmed that they want mail."""

    id: str
    address: str
    since: Instant


class SubscriberPage(Shown):
    """A page of subscribers."""

    items: list[SubscriberOut]
    next_cursor: str | None
