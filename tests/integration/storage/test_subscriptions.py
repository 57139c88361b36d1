"""Who wants mail, on DynamoDB: asked once an hour, moved from what was seen, ended for good."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.status_pages.subscription import PAUSE, OptIn, OptInState, Subscriber
from sentinelmesh.errors import AlreadyExists, StaleState
from sentinelmesh.storage.directory.subscriptions import SubscriptionsRepository
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh

MILLISECOND = timedelta(milliseconds=1)
ASKED = OptIn(
    page_id="sp_1", subscriber_id="sub_1", address="ann@shop.example", secret="s1", asked_at=START
)
CLAIMED = replace(ASKED, state=OptInState.CLAIMED, claimed_until=START, tries=1)
ANN = Subscriber(
    page_id="sp_1", id="sub_1", address="ann@shop.example", secret="s1", since=START + PAUSE
)


@pytest.fixture
def repository(mesh: MotoMesh) -> SubscriptionsRepository:
    return SubscriptionsRepository(mesh.dynamodb, mesh.tables["directory"])


@pytest.fixture
def asked(repository: SubscriptionsRepository) -> SubscriptionsRepository:
    repository.ask(ASKED)
    return repository


def test_a_request_that_nobody_confirms_is_forgotten_after_a_day(
    asked: SubscriptionsRepository, mesh: MotoMesh
) -> None:
    assert asked.list_asked() == [ASKED]
    (item,) = mesh.items("directory")
    assert int(item["ttl"]["N"]) == (START + timedelta(days=1)).timestamp()


@pytest.mark.parametrize(("later", "again"), [(PAUSE - MILLISECOND, False), (PAUSE, True)])
def test_an_address_is_asked_again_after_a_pause(
    asked: SubscriptionsRepository, later: timedelta, *, again: bool
) -> None:
    second = replace(ASKED, asked_at=START + later, secret="s2")
    if again:
        asked.ask(second)
    else:
        with pytest.raises(AlreadyExists):
            asked.ask(second)
    assert asked.list_asked() == [second if again else ASKED]


@pytest.mark.parametrize(
    "changes",
    [{"asked_at": START + MILLISECOND}, {"state": OptInState.SENT}, {"tries": 1}],
    ids=["another request", "another state", "another try"],
)
def test_a_request_moves_on_only_from_the_form_that_was_seen(
    asked: SubscriptionsRepository, changes: dict[str, Any]
) -> None:
    with pytest.raises(StaleState):
        asked.advance(replace(ASKED, **changes), CLAIMED)
    assert asked.list_asked() == [ASKED]
    asked.advance(ASKED, CLAIMED)
    assert asked.asked("sp_1", "sub_1") == CLAIMED


def test_what_is_confirmed_is_not_asked_for_any_more(asked: SubscriptionsRepository) -> None:
    for _ in range(2):
        asked.confirm(ASKED, ANN.since)
    assert asked.get("sp_1", "sub_1") == ANN
    assert asked.list_asked() == []
    with pytest.raises(StaleState):
        asked.advance(ASKED, CLAIMED)


def test_another_secret_does_not_take_a_subscription_over(asked: SubscriptionsRepository) -> None:
    asked.confirm(ASKED, ANN.since)
    with pytest.raises(AlreadyExists):
        asked.confirm(replace(ASKED, secret="s2"), ANN.since)
    assert asked.get("sp_1", "sub_1") == ANN


def test_who_ends_it_is_forgotten_the_request_included(asked: SubscriptionsRepository) -> None:
    asked.confirm(ASKED, ANN.since)
    asked.ask(replace(ASKED, asked_at=START + PAUSE))
    for _ in range(2):
        asked.end("sp_1", "sub_1")
    assert asked.get("sp_1", "sub_1") is None
    assert asked.list_asked() == []


def test_subscribers_are_walked_over_from_where_somebody_stopped(
    repository: SubscriptionsRepository,
) -> None:
    for number in range(3):
        repository.confirm(replace(ASKED, subscriber_id=f"sub_{number}"), START)
    repository.confirm(replace(ASKED, page_id="sp_2"), START)
    assert [each.id for each in repository.iterate("sp_1")] == ["sub_0", "sub_1", "sub_2"]
    assert [each.id for each in repository.iterate("sp_1", "sub_1")] == ["sub_2"]
