"""Mails to readers: claim, send, mark, one reader after the other.

A row says whose mail is about to leave before it leaves. Whoever finds such a row after a crash
sends that one mail again, marked as a repeat, five minutes later at the earliest; then no more.
So a mail is never lost by one crash and never sent more than twice; see docs/decisions/0095.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from functions.publisher.mail_templates import Mailer
from sentinelmesh.delivery.deadline import Deadline
from sentinelmesh.domain.alerts.bounces import PausedAddress
from sentinelmesh.domain.status_pages.status_page import WORTH_TELLING, News, StatusPage
from sentinelmesh.domain.status_pages.subscription import OptIn, OptInState, Subscriber
from sentinelmesh.errors import DeliveryFailed, StaleState
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory.news import NewsRepository
from sentinelmesh.storage.directory.subscriptions import SubscriptionsRepository

# Longer than a function lives; as long as a repeated alert waits.
LEASE = timedelta(minutes=5)
PAUSE = timedelta(minutes=1)
MAX_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """Sends what is due."""

    news: NewsRepository
    subscriptions: SubscriptionsRepository
    mailer: Mailer
    paused: Callable[[list[str]], Collection[PausedAddress]]
    clock: Callable[[], datetime]

    def tell(self, page: StatusPage, news: Sequence[News], deadline: Deadline) -> None:
        """Mail the news of a page, the oldest first: an end is never told before its beginning."""
        for each in sorted(news, key=lambda each: (each.at, each.id)):
            if each.due_at is None:
                continue
            if not each.is_due(self.clock()) or not self._told(page, each, deadline):
                return

    def _told(self, page: StatusPage, news: News, deadline: Deadline) -> bool:
        """Send the mails of one piece of news; False when some are left for later."""
        now = self.clock()
        mine = replace(news, claim=uuid4().hex, claimed_until=now + LEASE)
        try:
            self.news.claim(mine, now)
            if now - news.at > WORTH_TELLING:
                logger().error("news_given_up", page_id=page.id, news_id=news.id)
            else:
                mine, is_done = self._sent(page, mine, deadline)
                if not is_done:
                    return False
            done = replace(mine, due_at=None, claim=None, claimed_until=None, trying=None)
            self.news.advance(mine, done)
        except StaleState:
            # Somebody else sends, or it was taken back.
            return False
        return True

    def _sent(self, page: StatusPage, mine: News, deadline: Deadline) -> tuple[News, bool]:
        """Go through the readers that are left.

        Raises:
            StaleState: the claim is lost.
        """
        for reader in self.subscriptions.iterate(page.id, mine.told):
            if reader.since > mine.at:
                continue
            if not deadline.leaves_time_for_delivery():
                return self._left(mine, self.clock()), False
            if self.clock() > (mine.claimed_until or mine.at) - LEASE / 2:
                mine = replace(mine, claimed_until=self.clock() + LEASE)
            tries = mine.tries + 1 if mine.trying == reader.id else 1
            if tries > MAX_TRIES:
                logger().error("news_untold", page_id=page.id, news_id=mine.id, reader=reader.id)
                mine = replace(mine, told=reader.id, trying=None, tries=0)
                continue
            before = mine
            mine = replace(mine, trying=reader.id, tries=tries)
            self.news.advance(mine, mine)
            try:
                self._send(page, mine, reader)
            except DeliveryFailed as failure:
                if not failure.permanent:
                    kept = mine if failure.uncertain else replace(before, claim=mine.claim)
                    wait = LEASE if failure.uncertain else PAUSE
                    logger().warning("news_delayed", news_id=mine.id, reason=failure.answer)
                    return self._left(kept, self.clock() + wait), False
                logger().warning("news_refused", news_id=mine.id, reason=failure.answer)
            mine = replace(mine, told=reader.id, trying=None, tries=0)
        return mine, True

    def _left(self, mine: News, due_at: datetime) -> News:
        left = replace(mine, due_at=due_at, claim=None, claimed_until=None)
        self.news.advance(mine, left)
        return left

    def _send(self, page: StatusPage, mine: News, reader: Subscriber) -> None:
        if self.paused([reader.address]):
            return
        repeat = mine.tries > 1
        if repeat:
            logger().warning("news_repeated", news_id=mine.id, reader=reader.id)
        self.mailer.send(reader.address, self.mailer.news(page, mine, reader, repeat=repeat))

    def confirm(self, pages: Sequence[StatusPage], deadline: Deadline) -> None:
        """Ask everybody who asked whether they did."""
        known = {each.id: each for each in pages}
        for each in self.subscriptions.list_asked():
            page = known.get(each.page_id)
            if page is not None and each.is_due(self.clock()):
                if not deadline.leaves_time_for_delivery():
                    return
                self._ask(page, each)

    def _ask(self, page: StatusPage, opt_in: OptIn) -> None:
        now = self.clock()
        mine = replace(
            opt_in, state=OptInState.CLAIMED, claimed_until=now + LEASE, tries=opt_in.tries + 1
        )
        if opt_in.tries >= MAX_TRIES:
            mine = replace(mine, state=OptInState.DEAD, tries=opt_in.tries)
        try:
            self.subscriptions.advance(opt_in, mine)
            if mine.state is OptInState.CLAIMED:
                self.subscriptions.advance(mine, self._asked(page, mine))
        except StaleState:
            return  # somebody else asks, or it is confirmed already

    def _asked(self, page: StatusPage, mine: OptIn) -> OptIn:
        """Send the mail; give what became of it."""
        is_known = self.subscriptions.get(mine.page_id, mine.subscriber_id) is not None
        if is_known or self.paused([mine.address]):
            return replace(mine, state=OptInState.DEAD)
        mail = self.mailer.confirmation(page, mine, repeat=mine.tries > 1)
        try:
            self.mailer.send(mine.address, mail)
        except DeliveryFailed as failure:
            logger().warning("confirmation_unsent", page_id=page.id, reason=failure.answer)
            if failure.uncertain:
                return mine
            dead = OptInState.DEAD if failure.permanent else OptInState.DUE
            return replace(mine, state=dead, tries=mine.tries - 1)
        return replace(mine, state=OptInState.SENT)
