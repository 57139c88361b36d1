"""Faults 20 and 21: those who carry messages fail, hang, ask for patience, or will not any more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState, Channel
from sentinelmesh.errors import DeliveryFailed
from tests.faults.story import ONE_OUTAGE, SHOP, Story, after
from tests.simulation.faults import Weather

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.mark.parametrize("strength", [0.3, 0.6])
def test_fault_20_whatever_providers_answer_everybody_hears_of_the_outage_and_its_end(
    strength: float,
) -> None:
    story = Story(SHOP, weather=Weather(provider=strength), calm_minutes=60)
    story.keeps_its_promises()
    assert story.fate.met["provider"] > 0
    assert story.news_of("shop") == ONE_OUTAGE
    assert {each.state for each in story.remains.alerts} <= {AlertState.SENT, AlertState.SUPPRESSED}


def mail_is_refused(story: Story, until: datetime, **how: Any) -> None:
    """Have SES take no mail for a while, in the way that the sender of mails tells."""
    take = story.providers.take

    def taking(notice: Notification, channel: Channel, *, takes_key: bool) -> None:
        if channel.kind == "email" and story.hub.now < until:
            raise DeliveryFailed("SES: AccountSuspendedException", **how)
        take(notice, channel, takes_key=takes_key)

    story.providers.take = taking  # type: ignore[method-assign]


def heard(story: Story) -> Mapping[str, datetime]:
    """Return when each kind of channel heard of the beginning."""
    kinds = {each.channel_id: each.channel_kind for each in story.remains.alerts}
    return {
        kinds[each.channel_id]: each.at
        for each in story.providers.taken
        if each.notice.kind is AlertKind.OPENED
    }


def test_fault_21_while_mail_is_suspended_all_others_hear_at_once_and_mail_later() -> None:
    story = Story(SHOP, calm_minutes=60)
    mail_is_refused(story, after(4), retry_after_seconds=60)
    story.keeps_its_promises()
    times = heard(story)
    prompt = after(2) + timedelta(seconds=15)
    assert times["slack"] < prompt
    assert times["webhook"] < prompt
    assert after(4) <= times["email"] < after(6)


def test_fault_21_mail_that_is_refused_for_good_ends_visibly_and_alone() -> None:
    """An address that bounces, a sandbox, an unverified sender."""
    story = Story(SHOP, calm_minutes=20)
    mail_is_refused(story, datetime.max.replace(tzinfo=after(0).tzinfo), permanent=True)
    story.keeps_its_promises()
    assert set(heard(story)) == {"slack", "webhook"}
    mails = [each for each in story.remains.alerts if each.channel_kind == "email"]
    assert AlertState.DEAD in {each.state for each in mails}
    assert any("AccountSuspended" in (each.answer or "") for each in mails)
