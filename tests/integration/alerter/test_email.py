"""Mail through SES: what leaves, and what each of its errors means."""

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from moto.ses.models import ses_backends

from functions.alerter.channels.email import Email, as_html, subject
from functions.alerter.channels.plain_text import as_text
from functions.alerter.notification import Notification
from sentinelmesh.delivery.email import MAX_SUBJECT, REPEAT_MARK
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState, Channel
from sentinelmesh.errors import DeliveryFailed
from tests.integration.alerter.alerting import AlertStage
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import a_channel
from tests.support.calls import refusal
from tests.support.moto_mesh import ACCOUNT, HOME
from tests.unit.alerter.notices import a_hostile_notice, a_notice

FROM = "alerts@sentinelmesh.example"
TEAM = a_channel(kind="email", options={"to": ["ops@shop.example", "boss@shop.example"]})


class Recording:
    """An SES client that remembers its requests, and answers or raises."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.requests: list[dict[str, Any]] = []
        self._trouble = trouble

    def send_email(self, **request: Any) -> dict[str, str]:
        self.requests.append(request)
        if self._trouble:
            raise self._trouble
        return {"MessageId": "msg-1"}


class Tags(HTMLParser):
    """Collects the tags and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def send(
    notice: Notification, channel: Channel = TEAM, trouble: Exception | None = None
) -> Recording:
    client = Recording(trouble)
    Email(client, FROM).deliver(notice, channel, {})  # type: ignore[arg-type]
    return client


def failure(trouble: Exception) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as raised:
        send(a_notice(), trouble=trouble)
    return raised.value


def test_one_mail_goes_to_all_addresses_of_the_channel() -> None:
    (request,) = send(a_notice()).requests
    assert request["FromEmailAddress"] == FROM
    assert request["Destination"] == {"ToAddresses": ["ops@shop.example", "boss@shop.example"]}
    simple = request["Content"]["Simple"]
    assert simple["Subject"] == {"Data": "DOWN: Shop", "Charset": "UTF-8"}
    assert simple["Body"]["Text"]["Data"] == as_text(a_notice())
    assert simple["Body"]["Html"]["Data"] == as_html(a_notice())


def test_tags_tell_which_alert_a_mail_was() -> None:
    (request,) = send(a_notice()).requests
    tags = {tag["Name"]: tag["Value"] for tag in request["EmailTags"]}
    assert tags == {
        "incident": a_notice().incident_id,
        "transition": "opened",
        "channel": "ch_1",
    }
    # Source: SES API, MessageTag: letters, digits, _ and - only.
    assert all(value.replace("_", "").replace("-", "").isalnum() for value in tags.values())


def test_the_plain_part_says_everything() -> None:
    assert as_text(a_notice(repeat=True)) == (
        f"{REPEAT_MARK}\n"
        "\n"
        "DOWN: Shop\n"
        "\n"
        "Down: 2 of 3 regions failed (needed: 2).\n"
        "\n"
        "Target:         https://shop.example/\n"
        "Reason:         nothing listens at shop.example:443\n"
        "Down since:     2026-01-01 12:00:00 UTC\n"
        "Failing in:     eu-west-1 and us-east-1\n"
        "Working in:     ap-southeast-1\n"
        "Detected after: 2.0 s\n"
        "\n"
        f"Open the incident:  https://up.example/incidents/{a_notice().incident_id}\n"
        f"Acknowledge:        https://up.example/incidents/{a_notice().incident_id}?acknowledge=1\n"
    )


def test_the_mails_of_an_incident_share_a_thread() -> None:
    threads = []
    for notice in (a_notice(), a_notice(kind=AlertKind.RESOLVED), a_hostile_notice()):
        (request,) = send(notice).requests
        headers = {each["Name"]: each["Value"] for each in request["Content"]["Simple"]["Headers"]}
        assert headers["Auto-Submitted"] == "auto-generated"
        assert headers["In-Reply-To"] == headers["References"]
        threads.append(headers["References"])
    assert set(threads) == {f"<{a_notice().incident_id}@sentinelmesh.example>"}


@pytest.mark.parametrize("changes", [{}, {"kind": AlertKind.RESOLVED}, {"combined": True}])
def test_hostile_text_starts_no_header_and_no_tag(changes: dict[str, Any]) -> None:
    friendly, hostile = a_notice(**changes), a_hostile_notice(**changes)
    (request,) = send(hostile).requests
    written = request["Content"]["Simple"]["Subject"]["Data"]
    assert len(written.splitlines()) == 1
    assert len(written) <= MAX_SUBJECT
    page = Tags(as_html(hostile))
    assert set(page.tags) == set(Tags(as_html(friendly)).tags)
    assert not {name for name, _ in page.attributes} & {"onerror", "src"}
    assert any("<script>alert(1)</script>" in text for text in page.texts)
    lines = as_text(hostile).splitlines()
    assert not any(line.startswith("Bcc") for line in lines)


def test_a_long_name_leaves_a_subject_that_fits() -> None:
    long = a_notice(content=replace(a_notice().content, monitor_name="x" * 1000))
    assert len(subject(long)) == MAX_SUBJECT
    assert subject(long).startswith("DOWN: xxx")


@pytest.mark.parametrize(
    ("changes", "begin"),
    [
        ({}, "DOWN: Shop"),
        ({"repeat": True}, "[repeat] DOWN: Shop"),
        ({"test": True}, "[test] DOWN: Shop"),
        ({"kind": AlertKind.RESOLVED}, "UP again: Shop after 3 min"),
    ],
)
def test_the_subject_alone_says_how_things_stand(changes: dict[str, Any], begin: str) -> None:
    assert subject(a_notice(**changes)) == begin


@pytest.mark.parametrize("code", ["BadRequestException", "MessageRejected", "NotFoundException"])
def test_a_mail_that_ses_will_never_take_is_dead(code: str) -> None:
    refused = failure(refusal("SendEmail", code))
    assert (refused.permanent, refused.uncertain) == (True, False)
    assert refused.answer == f"SES: {code}: {code}"


@pytest.mark.parametrize(
    "code",
    ["AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"],
)
def test_an_account_that_may_not_send_for_now_is_left_alone_for_a_while(code: str) -> None:
    refused = failure(refusal("SendEmail", code))
    assert not refused.permanent
    assert refused.retry_after_seconds == 900


@pytest.mark.parametrize(
    "code",
    ["TooManyRequestsException", "LimitExceededException", "InternalFailure", "AccessDenied"],
)
def test_trouble_of_ses_passes(code: str) -> None:
    refused = failure(refusal("SendEmail", code))
    assert (refused.permanent, refused.uncertain) == (False, False)


@pytest.mark.parametrize(
    "trouble",
    [
        ReadTimeoutError(endpoint_url="https://ses.example"),
        ConnectionClosedError(endpoint_url="https://ses.example"),
    ],
)
def test_of_a_mail_without_an_answer_nobody_knows(trouble: Exception) -> None:
    assert failure(trouble).uncertain


@pytest.mark.parametrize(
    "trouble",
    [
        ConnectTimeoutError(endpoint_url="https://ses.example"),
        EndpointConnectionError(endpoint_url="https://ses.example"),
        NoCredentialsError(),
    ],
)
def test_a_mail_that_never_left_is_certain(trouble: Exception) -> None:
    refused = failure(trouble)
    assert (refused.permanent, refused.uncertain) == (False, False)


def test_without_a_sender_or_a_receiver_nothing_is_tried() -> None:
    for sender, channel in (("", TEAM), (FROM, a_channel(kind="email", options={}))):
        client = Recording()
        with pytest.raises(DeliveryFailed) as raised:
            Email(client, sender).deliver(a_notice(), channel, {})  # type: ignore[arg-type]
        assert raised.value.permanent
        assert client.requests == []


def test_a_row_becomes_a_mail(stage: AlertStage) -> None:
    ses = stage.mesh.client("sesv2")
    ses.create_email_identity(EmailIdentity=FROM)
    stage.more_senders = {"email": Email(ses, FROM)}
    stage.configure(TEAM)
    row = an_alert(an_incident(), channel_kind="email")
    assert stage.deliver(stage.happen(an_incident(), row)) == []
    (mail,) = ses_backends[ACCOUNT][HOME].sent_messages
    assert mail.source == FROM
    assert mail.destinations["ToAddresses"] == TEAM.options["to"]
    assert mail.subject == "DOWN: Shop"
    sent = stage.row(row)
    assert sent.state is AlertState.SENT
    assert sent.answer == f"SES took it as {mail.id}"


def test_an_unverified_sender_ends_the_row_visibly(stage: AlertStage) -> None:
    stage.more_senders = {"email": Email(stage.mesh.client("sesv2"), FROM)}
    stage.configure(TEAM)
    row = an_alert(an_incident(), channel_kind="email")
    stage.deliver(stage.happen(an_incident(), row))
    dead = stage.row(row)
    assert dead.state is AlertState.DEAD
    assert dead.answer is not None
    assert dead.answer.startswith("SES: MessageRejected")
