"""One sending: everything that goes wrong in it is told as a failed delivery."""

import pytest

from functions.alerter.notification import Notification
from functions.alerter.sender import Recipient
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.secrets import SecretsUnavailable
from tests.support.builders import a_channel
from tests.unit.alerter.fakes import FakeSecrets, FakeSender
from tests.unit.alerter.notices import a_notice

CANARY = "C4n4ry-t0ken"
CHANNEL = a_channel(secret_fields=("secret", "url"), secrets_version=7)


def recipient(store: FakeSecrets, sender: FakeSender | None = None) -> Recipient:
    return Recipient.of(CHANNEL, sender or FakeSender(), store)  # type: ignore[arg-type]


def test_the_version_of_the_secrets_that_the_channel_names_goes_to_the_sender() -> None:
    store = FakeSecrets({"ch_1": {"secret": "s", "url": "u"}})
    sender = FakeSender()
    assert recipient(store, sender).send(a_notice()).answer == "ok"
    assert store.asked == [("ch_1", 7)]
    assert sender.secrets == [{"secret": "s", "url": "u"}]


def test_a_channel_without_secrets_asks_for_none() -> None:
    store = FakeSecrets(is_away=True)
    Recipient.of(a_channel(), FakeSender(), store)  # type: ignore[arg-type]
    assert store.asked == []


def test_secrets_that_are_not_all_there_are_no_secrets() -> None:
    with pytest.raises(SecretsUnavailable, match="the channel's url cannot be found"):
        recipient(FakeSecrets({"ch_1": {"secret": CANARY}}))
    with pytest.raises(SecretsUnavailable, match="secret, url"):
        recipient(FakeSecrets())
    with pytest.raises(SecretsUnavailable, match="away"):
        recipient(FakeSecrets(is_away=True))


def test_a_failed_delivery_stays_what_it_is() -> None:
    failure = DeliveryFailed("HTTP 404", permanent=True)

    def fail(_notice: Notification) -> str:
        raise failure

    store = FakeSecrets({"ch_1": {"secret": "s", "url": "u"}})
    with pytest.raises(DeliveryFailed) as raised:
        recipient(store, FakeSender(answer=fail)).send(a_notice())
    assert raised.value is failure


def test_of_a_sender_that_breaks_nobody_knows_what_it_sent_and_nobody_hears_its_secrets(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def explode(_notice: Notification) -> str:
        raise ValueError(f"bad address {CANARY}")

    store = FakeSecrets({"ch_1": {"secret": CANARY, "url": CANARY}})
    with pytest.raises(DeliveryFailed) as raised:
        recipient(store, FakeSender(answer=explode)).send(a_notice())
    assert raised.value.uncertain
    assert raised.value.answer == "the sender broke (ValueError); the log says where"
    (logged,) = map(vars, caplog.records)
    assert logged["msg"] == "sender_broke"
    assert "test_sender.py" in logged["place"]
    assert CANARY not in str(logged)
