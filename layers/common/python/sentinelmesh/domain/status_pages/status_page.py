"""A public status page: which monitors it shows and under which names, and what it tells."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_PAGES = 200
MAX_MONITORS = 50
SLUG = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# News that nobody could be told of within a day is none any more.
WORTH_TELLING = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMonitor:
    """A monitor under the name that the public reads.

    Args:
        since: when it came onto the page; of earlier outages nobody is told.
    """

    monitor_id: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage:
    """A page.

    Args:
        slug: its address: `/status/{slug}`.
        name: the heading that the public reads.
        logo: a small image as a data URI; it is published as a file.
        published: False takes it off the net.
        subscriptions: whether people may ask for mail.
    """

    id: str
    slug: str
    name: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    logo: str | None = None
    monitors: tuple[ShownMonitor, ...] = ()
    published: bool = True
    subscriptions: bool = True
    revision: int = 1


class NewsKind(StrEnum):
    """What news is about: people posted something, an outage began, an outage ended."""

    POST = "post"
    OPENED = "opened"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something that a page tells: a post of people, shown to everybody, or the mail of an outage.

    It is the outbox of its own mails too: subscribers are told one after the other, in the order
    of their ids, and what became of the last of them is written before the next one is tried.

    Args:
        at: when it was told; those who subscribed later get no mail of it.
        stage: how far people are with the trouble, in their words; posts only.
        incident_id: the outage that it is about, if any.
        due_at: when mails go on; None when all are sent, or none are wanted.
        told: id of the last subscriber whose mail is settled.
        trying: whose mail may be on its way; `tries` counts how often it was begun.
        claim, claimed_until: who sends now, and for how long nobody else may.
    """

    page_id: str
    id: str
    about: NewsKind
    at: datetime
    title: str
    text: str
    stage: str | None = None
    incident_id: str | None = None
    due_at: datetime | None = None
    told: str = ""
    trying: str | None = None
    tries: int = 0
    claim: str | None = None
    claimed_until: datetime | None = None

    def is_due(self, at: datetime) -> bool:
        """Return whether somebody should send its mails now."""
        is_free = self.claimed_until is None or self.claimed_until <= at
        return self.due_at is not None and self.due_at <= at and is_free
