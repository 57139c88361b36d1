"""The files of all status pages: a key is the path on the net, so nothing is ever rewritten."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from functions.publisher.badge import badge
from functions.publisher.feed import feed
from functions.publisher.page import page
from functions.publisher.page_model import StatusPageModel

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HTML, ATOM, SVG = "text/html; charset=utf-8", "application/atom+xml", "image/svg+xml"
CSS = "text/css; charset=utf-8"
# Half of the time until the next one is written. CloudFront goes on with what it has while its
# origin fails.
CACHED = "public, max-age=30"
STYLE = Path(__file__).with_name("style.css")


class File(NamedTuple):
    """A file."""

    key: str
    kind: str
    content: bytes


@dataclass(slots=True)
class Files:
    """Puts files into a bucket; what this process has written already stays as it is."""

    client: "S3Client"
    bucket: str
    _written: dict[str, bytes] = field(default_factory=dict)

    def put(self, files: Iterable[File]) -> set[str]:
        """Put files there; gives the keys of all of them.

        Cost: a request for each that has changed: a page at each time, for it says when it was
            written, and its feed and badges rarely.
        """
        keys = set()
        for each in files:
            keys.add(each.key)
            digest = hashlib.sha256(each.content).digest()
            if self._written.get(each.key) == digest:
                continue
            self.client.put_object(
                Bucket=self.bucket,
                Key=each.key,
                Body=each.content,
                ContentType=each.kind,
                CacheControl=CACHED,
            )
            self._written[each.key] = digest
        return keys

    def keep_only(self, wanted: set[str]) -> None:
        """Remove what belongs to no page any more. Cost: a request per 1,000 files."""
        found = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        there = {each["Key"] for portion in found for each in portion.get("Contents", ())}
        for key in there - wanted:
            self.client.delete_object(Bucket=self.bucket, Key=key)
        left = there & wanted
        self._written = {key: digest for key, digest in self._written.items() if key in left}


def files_of(sights: Iterable[StatusPageModel], base: str) -> Iterator[File]:
    """Write the files of pages; a monitor that is on two has the badge of the first.

    Args:
        base: address of the mesh, if known.
    """
    named: set[str] = set()
    for sight in sights:
        slug = sight.page.slug
        image = _logo(sight)
        if image is not None:
            yield image
        yield _text(f"status/{slug}", HTML, page(sight, f"/{image.key}" if image else None))
        yield _text(f"feed/{slug}.xml", ATOM, feed(sight, base))
        yield _text(f"badge/{slug}.svg", SVG, badge(sight.page.name, sight.worst))
        for each in sight.services:
            if each.monitor_id not in named:
                named.add(each.monitor_id)
                yield _text(f"badge/{each.monitor_id}.svg", SVG, badge(each.name, each.word))


@cache
def style() -> File:
    """Return the sheet that all pages share."""
    return File("status/style.css", CSS, STYLE.read_bytes())


def _text(key: str, kind: str, content: str) -> File:
    return File(key, kind, content.encode())


def _logo(sight: StatusPageModel) -> File | None:
    """Return the page's image; its name changes with it, so that nobody keeps the one before."""
    if sight.page.logo is None:
        return None
    kind, _, written = sight.page.logo.removeprefix("data:").partition(";base64,")
    content = base64.b64decode(written)
    mark = hashlib.sha256(content).hexdigest()[:8]
    return File(f"status/{sight.page.slug}.{mark}.{kind.removeprefix('image/')}", kind, content)
