"""Posts and outages of a page as an Atom feed (RFC 4287)."""

from datetime import datetime
from html import escape
from typing import NamedTuple

from functions.publisher.page_model import Outage, StatusPageModel
from functions.publisher.text import lasting, line, lines, moment
from sentinelmesh.domain.values import instant


class Entry(NamedTuple):
    """Something that is told; the newest state of it under the same name."""

    at: datetime
    name: str
    title: str
    text: str


def feed(sight: StatusPageModel, base: str = "") -> str:
    """Write the feed.

    Args:
        base: where the mesh is; without it addresses are relative to that of the feed.
    """
    page = sight.page
    name = f"urn:sentinelmesh:{page.id}"
    posts = [
        *sight.posts,
        *(post for outage in sight.outages for post in outage.posts),
    ]
    entries = [
        *(
            Entry(post.at, f"{name}:{post.id}", line(post.title), "\n".join(lines(post.text)))
            for post in posts
        ),
        *(_outage(each, name) for each in sight.outages),
    ]
    entries.sort(reverse=True)
    updated = entries[0].at if entries else page.created_at
    here = f"{base}/status/{page.slug}"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{name}</id><title>{escape(line(page.name))}</title>"
        f'<link rel="self" type="application/atom+xml" href="{base}/feed/{page.slug}.xml"/>'
        f'<link rel="alternate" type="text/html" href="{here}"/>'
        f"<updated>{instant.text(updated)}</updated>"
        f"<author><name>{escape(line(page.name))}</name></author>"
        f"{''.join(_render_entry(each, here) for each in entries)}</feed>"
    )


def _outage(outage: Outage, name: str) -> Entry:
    began = moment(outage.opened_at)
    if outage.ended_at is None:
        text, title, at = f"Down since {began}.", f"Down: {outage.name}", outage.opened_at
    else:
        lasted = lasting(outage.ended_at - outage.opened_at)
        text = f"Down from {began} to {moment(outage.ended_at)}, for {lasted}."
        title, at = f"Over: {outage.name}", outage.ended_at
    return Entry(at, f"{name}:{outage.incident_id}", line(title), text)


def _render_entry(entry: Entry, here: str) -> str:
    at = instant.text(entry.at)
    return (
        f"<entry><id>{escape(entry.name)}</id><title>{escape(entry.title)}</title>"
        f'<updated>{at}</updated><link rel="alternate" type="text/html" href="{here}"/>'
        f'<content type="text">{escape(entry.text)}</content></entry>'
    )
