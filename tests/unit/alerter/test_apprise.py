"""Apprise inside its fence: what it sends, what its refusals mean, and where it may not go."""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.alerter.channels import apprise as channel_file
from functions.alerter.channels.apprise import Apprise
from functions.alerter.notification import Notification
from functions.alerter.sender import Recipient
from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.target_guard import TargetGuard
from tests.support.builders import a_channel
from tests.unit.alerter.notices import a_hostile_notice, a_notice
from tests.unit.alerter.provider import Reply, a_provider, answer, hang_up, reset, silence

pytestmark = pytest.mark.enable_socket
SECRET = "C4n4ry-0123456789abcdef"


def deliver(url: str, notice: Notification, guard: TargetGuard | None = None) -> str:
    sender = Apprise(guard or TargetGuard(allow_private=True))
    return sender.deliver(notice, a_channel(kind="apprise"), {"url": url}).answer


def failure(url: str, guard: TargetGuard | None = None) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as raised:
        deliver(url, a_notice(), guard)
    return raised.value


def verdict(refused: DeliveryFailed) -> str:
    return "permanent" if refused.permanent else "uncertain" if refused.uncertain else "passing"


def failure_after(*replies: Reply, schema: str = "json", query: str = "") -> DeliveryFailed:
    with a_provider(*replies) as provider:
        return failure(provider.url(f"/in/{SECRET}{query}", scheme=schema))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "failure"),
        ({"kind": AlertKind.ACKNOWLEDGED}, "info"),
        ({"kind": AlertKind.RESOLVED}, "success"),
        ({"test": True}, "info"),
    ],
)
def test_a_service_gets_the_whole_notice_once(changes: dict[str, Any], kind: str) -> None:
    notice = a_notice(**changes)
    with a_provider() as provider:
        told = deliver(provider.url("/in", scheme="json"), notice)
        first, headers, body = provider.request
    assert first == "POST /in HTTP/1.1"
    assert headers["user-agent"] == "SentinelMesh"
    written = json.loads(body)
    assert (written["type"], written["title"]) == (kind, notice.title)
    assert notice.sentence in written["message"]
    assert str(notice.link) in written["message"]
    assert told == "Sent JSON POST notification."


def test_hostile_text_is_neither_markup_nor_a_mention() -> None:
    with a_provider() as provider:
        deliver(provider.url("/?format=html", scheme="json"), a_hostile_notice())
        html = json.loads(provider.request[2])["message"]
    with a_provider() as provider:
        deliver(provider.url("/?format=markdown", scheme="json"), a_hostile_notice())
        markdown = json.loads(provider.request[2])["message"]
    assert "<" not in html.replace("<br", "")
    assert "@U123" not in html + markdown
    assert "&lt;script&gt;" in html
    assert r"\*bold\*" in markdown
    assert r"\<script\>" in markdown


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_is_final_and_word_for_word(status: int) -> None:
    refused = failure_after(answer(status, f"no such key: {SECRET} ö"))
    assert verdict(refused) == "permanent"
    assert f"error={status}" in refused.answer
    assert refused.answer.endswith("no such key: *** ö")
    assert SECRET not in refused.answer


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_trouble_of_the_provider_passes(status: int) -> None:
    assert verdict(failure_after(answer(status))) == "passing"


def test_a_file_that_it_can_do_without_is_no_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its HTTP client looks for passwords at home, and must not find any."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password canary")
    monkeypatch.setenv("HOME", str(tmp_path))
    with a_provider(answer(503)) as provider:
        refused = failure(provider.url("/", scheme="json"))
        assert "authorization" not in provider.request[1]
    assert verdict(refused) == "passing"


@pytest.mark.parametrize("reply", [reset, hang_up])
def test_without_an_answer_nobody_knows(reply: Reply) -> None:
    assert verdict(failure_after(reply)) == "uncertain"


def test_the_time_for_the_whole_exchange_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_file, "TOTAL_SECONDS", 0.2)
    assert failure_after(silence, query="?rto=600").uncertain


def test_what_never_left_may_be_tried_again() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert verdict(failure(f"json://127.0.0.1:{port}/{SECRET}")) == "passing"


def test_an_address_that_is_nobodys_is_final_and_stays_secret() -> None:
    refused = failure(f"nosuch://{SECRET}/x")
    assert verdict(refused) == "permanent"
    assert refused.answer.startswith("no address that Apprise knows")
    assert SECRET not in refused.answer


def test_a_message_is_recorded_once_however_often_the_package_is_loaded() -> None:
    for _ in range(2):
        channel_file._asset.cache_clear()
        with a_provider() as provider:
            answer = deliver(provider.url("/in", scheme="json"), a_notice())
    assert answer == "Sent JSON POST notification."


def test_without_its_layer_the_answer_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    channel_file._asset.cache_clear()
    monkeypatch.setitem(sys.modules, "apprise", None)
    refused = failure("json://127.0.0.1/")
    assert refused.permanent
    assert refused.answer == channel_file.NO_LAYER


def test_an_address_of_the_platform_is_refused_however_it_is_reached() -> None:
    """By its number, by a name, by a redirection: the address that is connected to is judged."""
    with a_provider() as door, a_provider(answer(307, Location=door.url("/steal"))) as provider:
        guard = TargetGuard(allow_private=True, forbidden=frozenset({("127.0.0.1", door.port)}))
        for url in (
            door.url("/", scheme="json"),
            door.url("/", host="localhost", scheme="json"),
            provider.url("/?redirect=yes", scheme="json"),
        ):
            refused = failure(url, guard)
            assert refused.answer.startswith("the address may not be called: "), url
        assert door.requests == []


def test_private_addresses_are_refused_on_aws() -> None:
    refused = failure("json://127.0.0.1:9001/", TargetGuard())
    assert verdict(refused) == "permanent"
    assert refused.answer.startswith("the address may not be called: ")


# What Apprise has made by half says so when it goes.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_file_of_the_process_leaves_with_a_message() -> None:
    """A template may be any file, and the environment of a function holds its keys."""
    with a_provider() as provider:
        refused = failure(
            provider.url("/workflow/signature?template=/proc/self/environ", scheme="workflows")
        )
    assert verdict(refused) == "permanent"
    assert refused.answer == "the address may not be called: a message needs no files"
    assert provider.requests == []


@pytest.mark.parametrize("url", ["rsyslog://127.0.0.1:5140/", "syslog://", "macosx://"])
def test_nothing_but_connections_leads_out(url: str) -> None:
    assert not failure(url).uncertain


def test_hostile_addresses_break_nothing(caplog: pytest.LogCaptureFixture) -> None:
    channel = a_channel(kind="apprise")
    for url in ("", "://", "json://", "json://[::1", f"json://{SECRET}@:x/"):
        with pytest.raises(DeliveryFailed):
            Recipient(channel=channel, sender=Apprise(TargetGuard()), secrets={"url": url}).send(
                a_notice()
            )
    assert SECRET not in caplog.text
