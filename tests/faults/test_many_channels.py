"""Fault 34: more channels hear of an outage than one transaction of DynamoDB can hold rows for."""

from collections import Counter

import pytest

import sentinelmesh.domain.alerts.alert_batch
from sentinelmesh.domain.alerts.alert import AlertKind
from tests.faults.story import ONE_OUTAGE, SHOP, Story, Watched, down
from tests.simulation.people import KINDS

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]
MORE = 120


class Crowd(Story):
    """A life in which a hundred and twenty-four channels hear of everything."""

    def _add_channels(self) -> None:
        super()._add_channels()
        for number in range(MORE):
            body = {"name": f"team {number}", "kind": "webhook", "webhook": KINDS["webhook"]}
            self.people._add_channel(body)


def test_fault_34_an_outage_that_more_channels_hear_of_than_a_transaction_holds_is_opened() -> None:
    story = Crowd(SHOP)
    story.keeps_its_promises()
    everybody = Counter({AlertKind.OPENED: MORE, AlertKind.RESOLVED: MORE})
    assert story.news_of("shop") == ONE_OUTAGE + everybody
    assert len(story.incidents_of("shop")) == 1


def test_fault_34_rows_in_batches_are_created_once_while_calls_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sentinelmesh.domain.alerts.alert_batch, "MAX_ROWS_AT_ONCE", 1)
    story = Story(SHOP, Watched("blog", (down(4, 7),)), calm_minutes=40)
    story.when(1, story.turn_to(crash=0.02, throttle=0.03, lost_answer=0.03))
    story.keeps_its_promises()
    assert story.news_of("shop") == story.news_of("blog") == ONE_OUTAGE
