"""Alerting that people bet their sleep on, hour by hour: who is told what, in simulated time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState, Channel
from sentinelmesh.errors import DeliveryFailed
from tests.faults.story import ONE_OUTAGE, SHOP, Story, Watched, after, down
from tests.simulation.people import NIGHT
from tests.simulation.providers import Delivery

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

OPENED, RESOLVED = AlertKind.OPENED, AlertKind.RESOLVED
# Down for longer than three reminders of five minutes.
LONG = Watched("shop", (down(2, 20),), settings={"tags": [NIGHT]})
MINUTE = timedelta(minutes=1)


class Night(Story):
    """A life in which one channel is reminded, and another stands by for it."""

    def __init__(self, watched: Watched = LONG, **how: Any) -> None:
        super().__init__(watched, **{"minutes": 22, "calm_minutes": 30, **how})

    def _add_channels(self) -> None:
        super()._add_channels()
        self.people.add_night_shift()

    def channel(self, name: str) -> Channel:
        return next(each for each in self.remains.channels.values() if each.name == name)

    def heard(self, name: str) -> list[Delivery]:
        """Return what a channel was told."""
        wanted = self.channel(name).id
        return [each for each in self.providers.taken if each.channel_id == wanted]

    def kinds(self, name: str) -> list[str]:
        return [each.notice.kind.value for each in self.heard(name)]

    def acknowledge(self) -> None:
        incident = self.remains.incidents[0].incident_id
        self.people.ask("POST", f"/v1/incidents/{incident}/acknowledge", {})

    def sleep_until_a_quarter_to_one(self) -> None:
        hours = {"starts_at": "00:00", "ends_at": "12:45"}
        night = self.channel("night").id
        self.people.ask("PATCH", f"/v1/channels/{night}", {"quiet_hours": hours})

    def refuse(self, name: str, until: datetime, **how: Any) -> None:
        """Have the provider of a channel take nothing until a moment."""
        take = self.providers.take

        def taking(notice: Notification, channel: Channel, *, takes_key: bool) -> None:
            if channel.name == name and self.hub.now < until:
                raise DeliveryFailed("HTTP 503", **how)
            take(notice, channel, takes_key=takes_key)

        self.providers.take = taking  # type: ignore[method-assign]


def with_steps(watched: Watched) -> Night:
    """Have the stand-by asked two minutes after the beginning, unless somebody takes care."""
    night = Night(watched)
    add = night.people.add

    def add_with_policy(body: Mapping[str, Any]) -> None:
        add({**body, "escalation_policy": night.people.policies[0]})

    night.people.add = add_with_policy  # type: ignore[method-assign]
    return night


def test_who_asks_for_reminders_hears_every_five_minutes_that_it_lasts() -> None:
    night = Night()
    night.keeps_its_promises()
    heard = night.heard("night")
    assert [each.notice.kind.value for each in heard] == ["opened", *["reminder"] * 3, "resolved"]
    for before, reminder in pairwise(heard[:4]):
        assert timedelta() <= reminder.at - before.at - 5 * MINUTE < MINUTE
    assert night.kinds("email") == ["opened", "resolved"], "nobody else is reminded"


def test_an_acknowledgement_is_told_once_and_stops_reminders() -> None:
    night = Night()
    night.when(9, night.acknowledge)
    night.keeps_its_promises()
    assert night.kinds("night") == ["opened", "reminder", "acknowledged", "resolved"]
    assert night.heard("night")[2].at < after(9) + MINUTE
    assert night.heard("night")[2].notice.sentence == "token people takes care of it."


def test_a_step_is_asked_in_its_time_and_hears_of_the_end() -> None:
    night = with_steps(LONG)
    night.keeps_its_promises()
    assert night.kinds("stand-by") == ["opened", "resolved"]
    (incident,) = night.remains.incidents
    late = night.heard("stand-by")[0].at - incident.confirmed_at
    assert 2 * MINUTE <= late < 3 * MINUTE


@pytest.mark.parametrize("why", ["somebody takes care", "it is over"])
def test_a_step_that_is_not_reached_hears_nothing_at_all(why: str) -> None:
    night = with_steps(replace(LONG, troubles=(down(2, 3.4 if why == "it is over" else 20),)))
    if why == "somebody takes care":
        night.when(3, night.acknowledge)
    night.keeps_its_promises()
    assert night.kinds("stand-by") == []
    assert night.kinds("night")[0] == "opened"


def test_what_a_channel_cannot_tell_is_told_by_its_fallback_beginning_and_end() -> None:
    night = Night()
    night.refuse("night", datetime.max.replace(tzinfo=after(0).tzinfo), permanent=True)
    night.keeps_its_promises()
    assert night.kinds("stand-by") == ["opened", "resolved"]
    assert all(each.notice.instead_of == "night" for each in night.heard("stand-by"))
    assert "night" in (night.heard("stand-by")[0].notice.mark or "")
    assert night.heard("stand-by")[0].at < after(2) + MINUTE


def test_an_outage_passes_through_quiet_hours() -> None:
    night = Night()
    night.keeps_its_promises()
    assert night.channel("night").quiet_hours is not None
    assert night.heard("night")[0].at - night.heard("email")[0].at < timedelta(seconds=20)


def test_what_can_wait_waits_for_the_end_of_quiet_hours() -> None:
    """One message tells beginning and end then, and everybody else heard of both at once."""
    one_region = down(2, 20, regions=frozenset({"us-east-1"}))
    asking = {"tags": [NIGHT], "verification": {"regional_incidents": True}}
    night = Night(Watched("shop", (one_region,), settings=asking), calm_minutes=50)
    night.when(1, night.sleep_until_a_quarter_to_one)
    night.keeps_its_promises()
    (told,) = night.heard("night")
    assert (told.notice.kind, told.notice.combined) == (RESOLVED, True)
    assert told.at.strftime("%H:%M") in {"12:45", "12:46"}
    assert night.kinds("email") == ["opened", "resolved"]
    assert [each.severity for each in night.remains.incidents] == ["regional"]


def test_fault_20_a_provider_that_is_down_for_an_hour_loses_nothing_and_delays_nobody() -> None:
    shop, blog = replace(SHOP, troubles=(down(2, 50),)), Watched("blog", (down(4, 50),))
    night = Night(minutes=70, calm_minutes=30)
    night.watched = (shop, blog)
    night.refuse("slack", after(62))
    night.keeps_its_promises()
    for name, begins in {"shop": 2, "blog": 4}.items():
        assert night.news_of(name) == ONE_OUTAGE
        of_it = [each for each in night.providers.taken if name in each.notice.title]
        others = [each for each in of_it if each.channel_id != night.channel("slack").id]
        opened = [each.at for each in others if each.notice.kind is OPENED]
        assert max(opened) < after(begins) + timedelta(seconds=45)
    late = night.heard("slack")
    assert [each.notice.combined for each in late] == [True, True], "one message for all of it"
    assert all(after(62) <= each.at < after(62) + 17 * MINUTE for each in late)
    assert not any(each.notice.repeat for each in night.providers.taken)
    assert AlertState.DEAD not in {each.state for each in night.remains.alerts}


QUICK = {"minutes": 4, "calm_minutes": 20}
BRIEF = Watched("shop", (down(1, 2.5),))


@cache
def steps_of_a_delivery() -> dict[str, int]:
    """Return every place at which the alerter can die, with the number of the first call there."""
    story = Story(BRIEF, **QUICK)  # type: ignore[arg-type]
    story.fate.places = {}
    story.keeps_its_promises()
    return {name: call for name, call in story.fate.places.items() if name.startswith("alerter")}


def test_a_crash_at_any_step_of_a_delivery_tells_once_or_marks_the_second_as_a_repeat() -> None:
    repeats = 0
    assert any(place.endswith("Deliver") for place in steps_of_a_delivery())
    for place in steps_of_a_delivery():
        story = Story(BRIEF, **QUICK)  # type: ignore[arg-type]
        story.fate.deadly.add(place)
        story.keeps_its_promises()
        assert story.fate.crashed_after[place] == 1
        assert story.news_of("shop") == ONE_OUTAGE, place
        for channel in story.people.channels:
            for kind in (OPENED, RESOLVED):
                told = [
                    each.notice.repeat
                    for each in story.providers.taken
                    if (each.channel_id, each.notice.kind) == (channel, kind)
                ]
                assert told in ([], [False], [True], [False, True]), place
                repeats += len(told) == 2
    assert repeats > 0, "one step is between the provider and the mark"
