"""Publishing status pages as files: they are read when the API and the tables are away."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from functions.historian.showing import Gatherer, Sight
from functions.historian.writing import badge, feed, page
from sentinelmesh.storage.maintenance import MaintenanceRepository
from sentinelmesh.storage.status_pages import StatusPagesRepository

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# As long as it takes until the next one is written.
CACHED = "public, max-age=30"
HTML, ATOM, SVG = "text/html; charset=utf-8", "application/atom+xml", "image/svg+xml"


class File(NamedTuple):
    """A file; its key is its path on the net."""

    key: str
    kind: str
    content: str


@dataclass(slots=True, kw_only=True)
class Publisher:
    """Writes pages, feeds and badges; what has not changed since this process wrote it stays."""

    client: "S3Client"
    bucket: str
    pages: StatusPagesRepository
    windows: MaintenanceRepository
    gatherer: Gatherer
    _written: dict[str, str] = field(default_factory=dict)

    def publish(self, *, tidy: bool = False) -> int:
        """Write all published pages; give how many.

        Args:
            tidy: remove files that belong to no page any more.

        Cost: a request for each page, and for each feed and badge that has changed.
        """
        pages = [each for each in self.pages.list() if each.published]
        windows = self.windows.list() if pages else []
        wanted: set[str] = set()
        for each in pages:
            for file in _files(self.gatherer.gather(each, windows)):
                wanted.add(file.key)
                self._put(file)
        if tidy:
            self._tidy(wanted)
        return len(pages)

    def _put(self, file: File) -> None:
        if self._written.get(file.key) == file.content:
            return
        self.client.put_object(
            Bucket=self.bucket,
            Key=file.key,
            Body=file.content.encode(),
            ContentType=file.kind,
            CacheControl=CACHED,
        )
        self._written[file.key] = file.content

    def _tidy(self, wanted: set[str]) -> None:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        there = [each["Key"] for found in pages for each in found.get("Contents", ())]
        for key in there:
            if key not in wanted:
                self.client.delete_object(Bucket=self.bucket, Key=key)
                self._written.pop(key, None)


def _files(sight: Sight) -> Iterator[File]:
    slug = sight.page.slug
    yield File(f"status/{slug}", HTML, page(sight))
    yield File(f"feed/{slug}.xml", ATOM, feed(sight))
    for monitor in sight.monitors:
        yield File(f"badge/{monitor.id}.svg", SVG, badge(monitor))
