"""Secrets of a monitor: fetched by reference, sent to the target, shown to nobody."""

import base64
import json
import threading
from collections.abc import Callable
from html import escape
from time import perf_counter
from urllib.parse import quote

import pytest

from functions.prober import attempt as attempt_module
from functions.prober.observation import Observation
from functions.prober.probes.context import Assignment, ProbeContext
from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.domain.probing.result import Outcome
from tests.integration.prober.probing import KeptSecrets, LoopbackDial, get, names, probe
from tests.integration.prober.servers import Conversation, serving

TOKEN = "canary-0123456789abcdef"
PASSWORD = 'canary.p4ss&word"\\<x>'
BASIC = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
SECRETS = {
    "headers.authorization": f"Bearer {TOKEN}",
    "headers.cookie": "session=canary-session-77; theme=dark",
    "headers.x-api-key": "canary key with spaces",
}
CHECK = {"secret_fields": tuple(SECRETS), "secrets_version": 2}


def kept() -> KeptSecrets:
    return KeptSecrets({"mon_1": {**SECRETS, "headers.x-unasked": "canary-unasked"}})


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return all that was logged, with all fields."""
    return "\n".join(str(vars(record)) for record in caplog.records)


def every_way_of(conversation: Conversation) -> str:
    """Write what came in every way in which an answer may echo it."""
    values = [value for _, value in conversation.asked.headers]
    pieces = [piece for value in values for piece in value.replace(";", " ").split()]
    texts = [*values, *pieces, TOKEN, "canary-session-77"]
    ways: tuple[Callable[[str], str], ...] = (str, quote, escape, json.dumps, repr)
    return "\n".join(way(each) for way in ways for each in texts)


async def echo_and_fail(conversation: Conversation) -> None:
    echo = every_way_of(conversation)
    headers = [("X-Echo", conversation.asked.header("authorization") or "")]
    await conversation.answer(500, echo.encode(), headers)


def test_secrets_reach_the_target_and_only_those_that_the_check_names() -> None:
    secrets = kept()
    with serving(echo_and_fail) as site:
        get(site.url(), check=CHECK, secrets=secrets, options={"headers": {"X-Plain": "yes"}})
    (asked,) = site.asked
    assert asked.header("authorization") == f"Bearer {TOKEN}"
    assert asked.header("cookie") == SECRETS["headers.cookie"]
    assert asked.header("x-plain") == "yes"
    assert asked.header("x-unasked") is None
    assert secrets.asked == [("mon_1", 2)]


def test_a_monitor_without_secrets_asks_for_none() -> None:
    secrets = kept()
    with serving(echo_and_fail) as site:
        get(site.url(), secrets=secrets)
    assert secrets.asked == []


def test_an_answer_that_echoes_secrets_in_every_way_shows_none(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with serving(echo_and_fail) as site:
        seen = get(site.url(), check=CHECK, secrets=kept())
    assert seen.error == "status_mismatch"
    assert seen.body_sample is not None
    assert "***" in seen.body_sample
    assert "canary" not in f"{seen}{logged(caplog)}"


def test_the_password_inside_basic_authentication_is_a_secret_too() -> None:
    async def decode(conversation: Conversation) -> None:
        packed = (conversation.asked.header("authorization") or "").split()[1]
        unpacked = base64.b64decode(packed).decode()
        await conversation.answer(500, f"{packed} {unpacked} {unpacked.split(':')[1]}".encode())

    secrets = KeptSecrets({"mon_1": {"headers.authorization": BASIC}})
    with serving(decode) as site:
        seen = get(site.url(), check={"secret_fields": ("headers.authorization",)}, secrets=secrets)
    assert seen.body_sample == "*** *** ***"


def test_a_failed_assertion_does_not_quote_a_secret() -> None:
    """The sentence quotes what came, and cuts it: a secret must not survive the cut."""
    long = "Bearer " + "canary-" * 50
    secrets = KeptSecrets({"mon_1": {"headers.authorization": long}})
    wrong = Assertion(source="header", path="X-Echo", operator="equals", value="right")
    with serving(echo_and_fail) as site:
        seen = get(
            site.url(),
            check={"secret_fields": ("headers.authorization",), "assertions": (wrong,)},
            secrets=secrets,
            options={"expected_status": ["500"]},
        )
    assert seen.error == "assertion_failed"
    assert seen.detail == "header X-Echo should equal 'right', but is '***'"


@pytest.mark.parametrize("location", ["http://exa mple/?{0}", "ftp://host/{0}", "/?{0}"])
def test_a_redirect_does_not_quote_a_secret(location: str) -> None:
    async def redirect(conversation: Conversation) -> None:
        await conversation.redirect(location.format(TOKEN))

    with serving(redirect) as site:
        seen = get(site.url(), check=CHECK, secrets=kept())
    assert seen.outcome == "failure"
    assert "canary" not in str(seen)


def test_an_answer_that_is_not_http_does_not_quote_a_secret() -> None:
    async def babble(conversation: Conversation) -> None:
        await conversation.say(f"{conversation.asked.header('authorization')}\r\n\r\n".encode())

    with serving(babble) as site:
        seen = get(site.url(), check=CHECK, secrets=kept())
    assert seen.error == "protocol_error"
    assert "canary" not in str(seen)


def test_a_secret_that_cannot_be_sent_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    secrets = KeptSecrets({"mon_1": {"headers.authorization": "canary\nwith \u20ac"}})
    seen = get(
        "http://127.0.0.1:9/",
        check={"secret_fields": ("headers.authorization",)},
        secrets=secrets,
    )
    assert "canary" not in f"{seen}{logged(caplog)}"


def test_a_bug_of_ours_does_not_log_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    async def buggy(assignment: Assignment, _context: ProbeContext) -> Observation:
        raise KeyError(assignment.secrets["headers.authorization"])

    seen = probe("x", check=CHECK, secrets=kept(), probes={"http": buggy})
    assert (seen.outcome, seen.error) == ("unknown", "internal_error")
    assert "probe_broke" in logged(caplog)
    assert "KeyError" in logged(caplog)
    assert "canary" not in f"{seen}{logged(caplog)}"


@pytest.mark.parametrize(
    ("secrets", "why"),
    [
        (KeptSecrets(None), "EndpointConnectionError"),
        (KeptSecrets({}), "headers.authorization"),
        (KeptSecrets({"mon_1": {"headers.authorization": "x"}}), "headers.cookie"),
    ],
)
def test_without_its_secrets_a_probe_is_not_made(secrets: KeptSecrets, why: str) -> None:
    """A probe without its password would fail, and the target would get the blame."""
    dial = LoopbackDial()
    seen = get("http://shop.example/", check=CHECK, secrets=secrets, resolver=names(), dial=dial)
    assert (seen.outcome, seen.error) == ("unknown", "secrets_unavailable")
    assert why in str(seen.detail)
    assert dial.called == []


def test_a_store_that_hangs_is_not_the_targets_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline of the probe begins when its secrets are there."""
    monkeypatch.setattr(attempt_module, "SECRETS_SECONDS", 0.2)
    released = threading.Event()

    class Hanging(KeptSecrets):
        def get(self, owner_id: str, version: int | None = None) -> dict[str, str]:
            released.wait(60)
            return super().get(owner_id, version)

    seen = get(
        "http://127.0.0.1:9/",
        check={**CHECK, "timeout_ms": 100},
        secrets=Hanging({}),
        afterwards=released.set,
    )
    assert (seen.outcome, seen.error) == ("unknown", "secrets_unavailable")


def test_the_clock_of_a_probe_starts_when_its_secrets_are_there() -> None:
    fetched_at: list[float] = []
    began: list[float] = []

    class Noting(KeptSecrets):
        def get(self, owner_id: str, version: int | None = None) -> dict[str, str]:
            fetched_at.append(perf_counter())
            return super().get(owner_id, version)

    async def note(assignment: Assignment, _context: ProbeContext) -> Observation:
        began.append(assignment.watch.began)
        return Observation(outcome=Outcome.SUCCESS)

    probe("x", check=CHECK, secrets=Noting(kept().kept), probes={"http": note})
    assert began[0] >= fetched_at[0]
