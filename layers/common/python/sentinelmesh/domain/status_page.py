"""A public status page: which monitors it shows, under which names, and what people post there."""

from dataclasses import dataclass
from datetime import datetime

MOST_MONITORS = 50
MOST_POSTS = 50
SLUG = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A monitor under the name that the public reads."""

    monitor_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What people tell the public; a new one for each news, the newest counts."""

    at: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """A page.

    Args:
        slug: its address: `/status/{slug}`.
        name: the heading that the public reads.
        logo_url: of an image, https only.
        published: False takes it off the net.
        posts: the newest first.
    """

    id: str
    slug: str
    name: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    logo_url: str | None = None
    monitors: tuple[Shown, ...] = ()
    published: bool = True
    posts: tuple[Post, ...] = ()
    revision: int = 1
