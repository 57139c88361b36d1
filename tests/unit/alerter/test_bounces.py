"""Mail that came back: whose address is paused, and who is told instead."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from functions.alerter.bounces import ReturnedMail
from functions.alerter.channels.email import Email
from sentinelmesh.domain.alerts.alert import AlertState
from sentinelmesh.domain.alerts.bounces import PausedAddress, address_id, read_bounce
from sentinelmesh.errors import DeliveryFailed
from tests.support.builders import START, a_channel
from tests.unit.alerter.notices import a_notice
from tests.unit.alerter.test_follow_ups import House

RECORDS = json.loads(Path("events/alerter-returned-mail.json").read_text(encoding="utf-8"))
SAMPLE: dict[str, Any] = json.loads(RECORDS["Records"][0]["body"])["detail"]


@dataclass
class FakePaused:
    """Paused addresses in memory."""

    known: dict[str, PausedAddress] = field(default_factory=dict)

    def pause(self, paused: PausedAddress) -> None:
        self.known[paused.id] = paused

    def among(self, addresses: list[str]) -> list[PausedAddress]:
        return [self.known[each] for each in map(address_id, addresses) if each in self.known]


def take(event: dict[str, Any], house: House) -> FakePaused:
    paused = FakePaused()
    followers = house.deliverer.followers
    ReturnedMail(paused, followers, lambda: house.now).take(event)  # type: ignore[arg-type]
    return paused


def about(house: House, **changes: Any) -> dict[str, Any]:
    tags = {"incident": [house.incident.incident_id], "transition": ["opened"], "channel": ["ch_1"]}
    return {**SAMPLE, **changes, "mail": {"tags": tags}}


TEAM = a_channel(kind="email", fallback="ch_2")
SPARE = a_channel(id="ch_2", kind="slack", name="Spare")


def test_a_bounce_pauses_the_address_and_has_the_fallback_told() -> None:
    house = House([TEAM, SPARE])
    house.tell(TEAM)
    house.pass_until(1)
    paused = take(about(house), house)
    house.pass_until(2)
    assert [each.address for each in paused.known.values()] == ["gone@shop.example"]
    assert [(who, kind) for _, who, kind in house.heard] == [("ch_1", "opened"), ("ch_2", "opened")]
    assert house.row("opened#ch_1").state is AlertState.SENT
    assert house.row("opened#ch_2").instead_of == "Ops"


def test_a_full_mailbox_pauses_nobody_but_somebody_else_is_told() -> None:
    house = House([TEAM, SPARE])
    house.tell(TEAM)
    house.pass_until(1)
    full = {**SAMPLE["bounce"], "bounceType": "Transient"}
    assert take(about(house, bounce=full), house).known == {}
    house.pass_until(2)
    assert len(house.heard) == 2


def test_who_complains_gets_no_more_mail_and_nobody_else_is_told() -> None:
    house = House([TEAM, SPARE])
    house.tell(TEAM)
    house.pass_until(1)
    complaint = {
        "complainedRecipients": [{"emailAddress": "Boss@shop.example"}],
        "complaintFeedbackType": "abuse",
    }
    event = about(house, eventType="Complaint", complaint=complaint)
    (paused,) = take(event, house).known.values()
    assert (paused.reason, paused.detail) == ("complaint", "abuse")
    house.pass_until(2)
    assert len(house.heard) == 1


def bounced(**recipient: str) -> dict[str, Any]:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "NoEmail",
        "bouncedRecipients": [{"emailAddress": "gone@shop.example", **recipient}],
    }
    return {"eventType": "Bounce", "bounce": bounce}


def test_the_other_side_s_words_are_kept_or_what_ses_calls_it() -> None:
    told, untold = read_bounce(bounced(diagnosticCode="550 nobody here")), read_bounce(bounced())
    assert told is not None
    assert untold is not None
    assert told.refused == {"gone@shop.example": "550 nobody here"}
    assert untold.refused == {"gone@shop.example": "NoEmail"}
    somebody = {"complainedRecipients": [{"emailAddress": "boss@shop.example"}]}
    silent = read_bounce({"eventType": "Complaint", "complaint": somebody})
    assert silent is not None
    assert silent.refused == {"boss@shop.example": "complaint"}


def test_a_mail_that_ses_refuses_pauses_nobody_and_did_not_arrive() -> None:
    refused = read_bounce({"eventType": "Reject"})
    assert refused is not None
    assert (refused.reason, refused.refused) == ("reject", {})


@pytest.mark.parametrize(
    ("tag", "read"), [(["inc_1", "inc_2"], "inc_1"), ([], ""), (None, ""), ("inc_1", "")]
)
def test_a_tag_is_read_where_it_is_one(tag: Any, read: str) -> None:
    returned = read_bounce({"eventType": "Reject", "mail": {"tags": {"incident": tag}}})
    assert returned is not None
    assert returned.incident_id == read


@pytest.mark.parametrize("event", [{}, {"eventType": "Delivery"}, {"eventType": "Open"}])
def test_other_events_of_ses_ask_for_nothing(event: dict[str, Any]) -> None:
    assert read_bounce(event) is None


class Taking:
    """An SES client that takes everything."""

    def __init__(self) -> None:
        self.to: list[list[str]] = []

    def send_email(self, **request: Any) -> dict[str, str]:
        self.to.append(request["Destination"]["ToAddresses"])
        return {"MessageId": "msg-1"}


def test_a_paused_address_is_left_out_and_the_answer_says_so() -> None:
    paused, client = FakePaused(), Taking()
    address = "Gone@shop.example"
    paused.pause(
        PausedAddress(
            id=address_id(address), address=address, reason="bounce", detail="550", paused_at=START
        )
    )
    sender = Email(client, "alerts@mesh.example", paused.among)  # type: ignore[arg-type]
    team = a_channel(kind="email", options={"to": ["gone@shop.example", "ops@shop.example"]})
    answer = sender.deliver(a_notice(), team, {}).answer
    assert client.to == [["ops@shop.example"]]
    assert answer == "SES took it as msg-1; not to gone@shop.example, which is paused"
    alone = a_channel(kind="email", options={"to": ["gone@shop.example"]})
    with pytest.raises(DeliveryFailed) as raised:
        sender.deliver(a_notice(), alone, {})
    assert raised.value.permanent
    assert "DELETE /v1/paused-addresses/{id}" in raised.value.answer
    assert len(client.to) == 1
