"""The test message: whatever goes wrong with it is an answer, never a crash."""

import pytest

from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.errors import DeliveryFailed
from tests.integration.alerter.alerting import AlertStage
from tests.support.builders import a_channel
from tests.support.calls import refusal

HOOK = a_channel(secret_fields=("webhook_url",))
ADDRESS = "https://hooks.example/C4n4ry"


def ask(stage: AlertStage, channel: Channel = HOOK) -> dict[str, object]:
    return stage.alerter().test_channel(channel.id)


def test_an_example_goes_out_and_the_answer_comes_back_word_for_word(stage: AlertStage) -> None:
    stage.configure(HOOK, webhook_url=ADDRESS)
    stage.keyless.answer = lambda _notice: "HTTP 200 ok"
    assert ask(stage) == {"ok": True, "answer": "HTTP 200 ok"}
    (notice,) = stage.keyless.taken
    assert notice.test
    assert stage.keyless.secrets == [{"webhook_url": ADDRESS}]
    assert stage.mesh.items("alerts") == []


def test_two_examples_are_two_messages_for_a_receiver_with_keys(stage: AlertStage) -> None:
    stage.configure(a_channel(kind="webhook"))
    ask(stage)
    stage.at(seconds=6)
    ask(stage)
    assert len({notice.key for notice in stage.keyed.taken}) == 2


def test_what_the_provider_says_against_it_is_the_answer(stage: AlertStage) -> None:
    stage.configure(HOOK, webhook_url=ADDRESS)

    def refuse(_notice: Notification) -> str:
        raise DeliveryFailed("HTTP 404 no_service", permanent=True)

    stage.keyless.answer = refuse
    assert ask(stage) == {"ok": False, "answer": "HTTP 404 no_service"}


def test_a_fault_of_our_own_is_an_answer_too(stage: AlertStage) -> None:
    stage.configure(HOOK, webhook_url=ADDRESS)

    def explode(_notice: Notification) -> str:
        raise ValueError(ADDRESS)

    stage.keyless.answer = explode
    answer = ask(stage)
    assert answer["ok"] is False
    assert "the sender broke (ValueError)" in str(answer["answer"])
    assert "C4n4ry" not in str(answer)


def test_a_channel_that_is_not_there_is_said_to_be_so(stage: AlertStage) -> None:
    assert ask(stage) == {"ok": False, "answer": "there is no such channel"}


def test_a_kind_that_nobody_can_send_to_is_named(stage: AlertStage) -> None:
    stage.configure(a_channel(kind="pigeon"))
    assert ask(stage) == {"ok": False, "answer": "no sender for channels of kind pigeon"}


@pytest.mark.parametrize("operation", ["GetItem", "GetParameter"])
def test_a_store_that_is_away_is_said_to_be_so(stage: AlertStage, operation: str) -> None:
    stage.configure(HOOK, webhook_url=ADDRESS)

    def refuse(_count: int, name: str) -> None:
        if name == operation:
            raise refusal(name)

    stage.calls.before = refuse
    answer = ask(stage)
    assert answer["ok"] is False
    assert str(answer["answer"]).startswith("not sent, try again in a minute: ")
    assert stage.keyless.taken == []


def test_secrets_that_are_missing_are_named_not_sent_without(stage: AlertStage) -> None:
    stage.configure(HOOK)
    assert "webhook_url" in str(ask(stage)["answer"])
    assert stage.keyless.taken == []
