"""One round of publishing: read, write files, have mails sent; any number of times, at any time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from functions.publisher.announcements import untold
from functions.publisher.files import Files, files_of, style
from functions.publisher.page_model import MonitorSnapshot, sight_of
from functions.publisher.reader import Gatherer
from functions.publisher.subscriber_mail import Mailing
from sentinelmesh.delivery.deadline import Deadline
from sentinelmesh.domain.status_pages.status_page import News, StatusPage
from sentinelmesh.errors import AlreadyExists
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.news import NewsRepository
from sentinelmesh.storage.directory.status_pages import StatusPagesRepository


@dataclass(slots=True, kw_only=True)
class Publisher:
    """Publishes all pages.

    Args:
        tidied: whether this process has looked for files that belong to nobody.
    """

    pages: StatusPagesRepository
    windows: MaintenanceRepository
    news: NewsRepository
    gatherer: Gatherer
    files: Files
    mailing: Mailing
    base: str
    clock: Callable[[], datetime]
    tidied: bool = False

    def publish(self, deadline: Deadline, *, tidy: bool = False) -> None:
        """Write all published pages, then mail what is due.

        Cost: in requests one for each page and two more; in read units one for the pages, one for
            the news of each page, and 4 for each monitor.

        Args:
            tidy: look for files that belong to nobody.
        """
        pages = [each for each in self.pages.list() if each.published]
        windows = self.windows.list() if pages else []
        known = self.gatherer.gather(pages)
        now = self.clock()
        news = {each.id: self.news.list(each.id, now) for each in pages}
        sights = [
            sight_of(each, known, windows, news[each.id], now, takes_mail=self.mailing.mailer.works)
            for each in sorted(pages, key=lambda each: (each.created_at, each.id))
        ]
        wanted = self.files.put([style(), *files_of(sights, self.base)] if pages else [])
        if tidy or not self.tidied:
            self.files.keep_only(wanted)
            self.tidied = True
        if self.mailing.mailer.works:
            self._mail(pages, known, news, deadline)

    def _mail(
        self,
        pages: Sequence[StatusPage],
        known: dict[str, MonitorSnapshot],
        news: dict[str, list[News]],
        deadline: Deadline,
    ) -> None:
        subscribable = [each for each in pages if each.subscriptions]
        if subscribable:
            self.mailing.confirm(subscribable, deadline)
        for page in subscribable:
            told = news[page.id]
            for each in untold(page, known, {row.id for row in told}, self.clock()):
                told = [*told, self._put(each)]
            self.mailing.tell(page, told, deadline)

    def _put(self, news: News) -> News:
        try:
            self.news.create(news)
        except AlreadyExists:
            return self.news.get(news.page_id, news.id) or news
        return news
