"""When a mail of a status page is due: news for subscribers, and requests to confirm."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.status_pages.status_page import News, NewsKind, StatusPage
from sentinelmesh.domain.status_pages.subscription import PATIENCE, OptIn, OptInState, subscriber_id
from tests.support.builders import START

MOMENT = timedelta(microseconds=1)
NEWS = News(
    page_id="sp_1", id="post_1", about=NewsKind.POST, at=START, title="T", text="t", due_at=START
)
ASKED = OptIn(
    page_id="sp_1", subscriber_id="sub_1", address="a@shop.example", secret="s", asked_at=START
)


def test_news_is_due_from_its_moment_on_until_all_have_heard_it() -> None:
    assert (NEWS.tries, NEWS.told) == (0, "")
    assert NEWS.is_due(START)
    assert not NEWS.is_due(START - MOMENT)
    assert not replace(NEWS, due_at=None).is_due(START)


def test_nobody_sends_news_beside_whoever_claimed_it() -> None:
    claimed = replace(NEWS, claimed_until=START + timedelta(minutes=1))
    assert not claimed.is_due(START + timedelta(minutes=1) - MOMENT)
    assert claimed.is_due(START + timedelta(minutes=1))
    assert not replace(claimed, due_at=START + timedelta(hours=1)).is_due(
        START + timedelta(minutes=2)
    )


def test_a_request_is_sent_at_once_and_forgotten_after_a_day() -> None:
    assert ASKED.tries == 0
    assert ASKED.is_due(START)
    assert timedelta(hours=24) == PATIENCE
    assert ASKED.is_due(START + PATIENCE - MOMENT)
    assert not ASKED.is_due(START + PATIENCE)


@pytest.mark.parametrize("state", [OptInState.SENT, OptInState.DEAD])
def test_a_request_that_is_settled_is_not_sent_again(state: OptInState) -> None:
    assert not replace(ASKED, state=state).is_due(START)


def test_a_request_whose_sender_died_is_sent_when_its_claim_is_over() -> None:
    until = START + timedelta(minutes=1)
    claimed = replace(ASKED, state=OptInState.CLAIMED, claimed_until=until)
    assert not claimed.is_due(until - MOMENT)
    assert claimed.is_due(until)
    assert replace(claimed, claimed_until=None).is_due(START), "a claim without an end is none"
    assert not replace(claimed, state=OptInState.SENT).is_due(until)


def test_a_page_is_there_for_all_unless_somebody_says_otherwise() -> None:
    page = StatusPage(id="sp_1", slug="shop", name="Shop", created_at=START, updated_at=START)
    assert (page.published, page.subscriptions, page.revision) == (True, True, 1)


def test_the_name_of_a_subscriber_is_fixed_for_ever() -> None:
    assert subscriber_id("sp_1", "Ann@Shop.example") == "sub_b8fdd6f62fb011e46fbf52cd"
