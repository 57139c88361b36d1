"""News of status pages on DynamoDB: told once, sent by one, forgotten in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sentinelmesh.domain.status_pages.status_page import News, NewsKind
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState
from sentinelmesh.storage.directory.news import KEPT, NewsRepository, RequestsRepository
from sentinelmesh.storage.dynamodb import keys
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh

MINUTE, MOMENT = timedelta(minutes=1), timedelta(milliseconds=1)
NEWS = News(
    page_id="sp_1", id="post_1", about=NewsKind.POST, at=START, title="T", text="t", due_at=START
)
CLAIMED = replace(NEWS, claim="mine", claimed_until=START + MINUTE)


@pytest.fixture
def news(mesh: MotoMesh) -> NewsRepository:
    return NewsRepository(mesh.dynamodb, mesh.tables["directory"])


def ttl_of(mesh: MotoMesh, kind: str, name: str) -> int:
    key = {"kind": {"S": kind}, "id": {"S": name}}
    item = mesh.dynamodb.get_item(TableName=mesh.tables["directory"], Key=key)["Item"]
    return int(item["ttl"]["N"])


def test_news_is_told_once_and_can_be_taken_back_once(news: NewsRepository) -> None:
    assert news.get("sp_1", "post_1") is None
    news.create(NEWS)
    with pytest.raises(AlreadyExists):
        news.create(replace(NEWS, title="Another"))
    assert news.get("sp_1", "post_1") == NEWS
    news.delete("sp_1", "post_1")
    assert news.get("sp_1", "post_1") is None
    with pytest.raises(NotFound):
        news.delete("sp_1", "post_1")
    news.forget("sp_1", "post_1")


def test_a_page_tells_the_newest_first_for_ninety_days(news: NewsRepository) -> None:
    late = replace(NEWS, id="post_0", at=START + MINUTE)
    twin = replace(late, id="post_2")
    for each in (NEWS, late, twin, replace(NEWS, id="post_9", page_id="sp_2")):
        news.create(each)
    assert timedelta(days=90) == KEPT
    assert news.list("sp_1", START + KEPT - MOMENT) == [twin, late, NEWS]
    assert news.list("sp_1", START + KEPT) == [twin, late]


def test_one_sends_at_a_time_and_others_when_the_claim_is_over(news: NewsRepository) -> None:
    news.create(NEWS)
    news.claim(CLAIMED, START)
    theirs = replace(NEWS, claim="theirs", claimed_until=START + 2 * MINUTE)
    with pytest.raises(StaleState):
        news.claim(theirs, START + MINUTE - MOMENT)
    news.claim(theirs, START + MINUTE)
    assert news.get("sp_1", "post_1") == theirs
    with pytest.raises(StaleState):
        news.advance(CLAIMED, replace(CLAIMED, told="sub_1"))
    told = replace(theirs, told="sub_1")
    news.advance(theirs, told)
    assert news.get("sp_1", "post_1") == told


def test_what_all_have_heard_or_is_gone_is_nobodys_to_send(news: NewsRepository) -> None:
    with pytest.raises(StaleState):
        news.claim(CLAIMED, START)
    news.create(replace(NEWS, due_at=None))
    with pytest.raises(StaleState):
        news.claim(CLAIMED, START)
    news.delete("sp_1", "post_1")
    with pytest.raises(StaleState):
        news.advance(CLAIMED, CLAIMED)


@pytest.mark.parametrize(
    ("about", "days"), [(NewsKind.POST, 90), (NewsKind.OPENED, 2), (NewsKind.RESOLVED, 2)]
)
def test_a_post_is_kept_for_a_season_and_the_mail_of_an_outage_for_two_days(
    mesh: MotoMesh, news: NewsRepository, about: NewsKind, days: int
) -> None:
    news.create(replace(NEWS, about=about))
    forgotten = ttl_of(mesh, keys.news_key("sp_1"), "post_1")
    assert forgotten == (START + timedelta(days=days)).timestamp()


def test_requests_are_counted_by_the_hour(mesh: MotoMesh) -> None:
    requests = RequestsRepository(mesh.dynamodb, mesh.tables["directory"])
    for _ in range(2):
        requests.count("sp_1", START, 2)
    with pytest.raises(NotFound):
        requests.count("sp_1", START + 59 * MINUTE, 2)
    requests.count("sp_2", START, 2)
    requests.count("sp_1", START + 60 * MINUTE, 2)
    name = f"sp_1#{START.strftime('%Y-%m-%dT%H')}"
    assert ttl_of(mesh, keys.SUBSCRIBING, name) == (START + 120 * MINUTE).timestamp()
