"""Secrets of channels: they reach the provider, and nothing else ever shows them."""

import base64
import json
from collections.abc import Sequence

import pytest

from functions.alerter.channels import make_senders
from functions.alerter.channels.email import Email
from functions.alerter.channels.http_sender import HttpSender
from sentinelmesh.domain.alerts.alert import Alert
from sentinelmesh.target_guard import HostNotFound, TargetGuard
from tests.integration.alerter.alerting import AlertStage
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import a_channel
from tests.unit.alerter.provider import Provider, Reply, a_provider, answer, hang_up

pytestmark = pytest.mark.enable_socket

CANARY = "C4n4ry-t0ken-of-the-hook"
KEY = base64.b64encode(b"C4n4ry-of-the-signature-key").decode()


def resolver(host: str, _port: int) -> Sequence[str]:
    if host == "away.example":
        raise HostNotFound(f"{host} has no address", is_temporary=True)
    return ["10.0.0.1"] if host == "inside.example" else ["127.0.0.1"]


def echo(provider: Provider) -> Reply:
    """Answer 404 with everything that was in the request."""

    def reply(connection: object) -> None:
        said = provider.requests[-1].decode("latin-1")
        answer(404, f"Cannot POST: {said}")(connection)  # type: ignore[arg-type]

    return reply


def tell(stage: AlertStage, kind: str, url: str, secret: str = f"whsec_{KEY}") -> Alert:
    """Have a row delivered to a channel of this address, and the channel tested."""
    guard = TargetGuard(allow_private="inside" not in url, resolver=resolver)
    ses = stage.mesh.client("sesv2")
    stage.more_senders = make_senders(
        Email(ses, "alerts@example.org"),
        HttpSender(guard),
        lambda _region: stage.mesh.client("sns"),
    )
    secrets = {"webhook_url": url} if kind == "slack" else {"url": url, "secret": secret}
    stage.configure(a_channel(kind=kind, secret_fields=tuple(secrets)), **secrets)
    row = an_alert(an_incident(), channel_kind=kind)
    stage.deliver(stage.happen(an_incident(), row))
    return row


@pytest.mark.parametrize("kind", ["slack", "webhook"])
@pytest.mark.parametrize(
    "trouble", ["echo", "none", "hang up", "away", "inside", "bad port", "bad secret"]
)
def test_no_canary_sings(
    stage: AlertStage, kind: str, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    with a_provider() as provider:
        moods: dict[str, list[Reply]] = {"echo": [echo(provider)], "hang up": [hang_up]}
        provider.replies = moods.get(trouble, provider.replies)
        path = f"/services/{CANARY}?key={CANARY}"
        url = {
            "away": f"https://away.example{path}",
            "inside": provider.url(path, host="inside.example"),
            "bad port": f"http://hooks.example:{CANARY}/",
        }.get(trouble, provider.url(path))
        secret = f"whsec_{CANARY}!" if trouble == "bad secret" else f"whsec_{KEY}"
        row = tell(stage, kind, url, secret)
        answered = stage.alerter().test_channel("ch_1")
        was_called = bool(provider.requests)
    assert was_called == (
        trouble in {"echo", "none", "hang up"} or (trouble == "bad secret" and kind == "slack")
    )
    if was_called:
        assert CANARY.encode() in provider.requests[0]
    shown = {
        "row": json.dumps(stage.mesh.items("alerts")),
        "answer": json.dumps(answered),
        "log": str([vars(record) for record in caplog.records]),
        "wake-ups": str(stage.woken()),
    }
    assert stage.row(row).answer
    for where, text in shown.items():
        assert "C4n4ry" not in text, where
        assert KEY not in text, where
