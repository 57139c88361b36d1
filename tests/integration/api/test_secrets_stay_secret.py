"""Canaries in every place where a secret can be written; none of them comes out anywhere."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from functions.api.routes.table import all_routes
from sentinelmesh.domain.access.scopes import Scope
from tests.integration.api.examples import put_incident
from tests.integration.api.people import add_person, open_pool, sign_in
from tests.integration.api.stage import Answer, Stage, api_stage
from tests.support.builders import an_incident
from tests.support.calls import refusal
from tests.support.moto_mesh import TABLES

CANARY = "canary7f3a"
HEADERS = {
    "Authorization": f"Bearer {CANARY}",
    "proxy-authorization": f"Basic {CANARY}",
    "Cookie": f"session={CANARY}",
    "X-Api-Key": CANARY,
    "x-apikey": CANARY,
    "X-Auth-Token": CANARY,
    "Ocp-Apim-Subscription-Key": CANARY,
    "X-Hub-Signature": CANARY,
    "X-Client-Secret": CANARY,
    "X-Password": CANARY,
}
HOOK = f"https://hooks.example/services/{CANARY}"
SIGNING = "whsec_Y2FuYXJ5N2YzYWNhbmFyeTdmM2FjYW5hcnk3ZjNh"  # the canary in base64
SECRETS = (CANARY, SIGNING, SIGNING.removeprefix("whsec_"))


@pytest.fixture
def stage(caplog: pytest.LogCaptureFixture) -> Iterator[Stage]:
    caplog.set_level(logging.INFO)
    with api_stage() as made:
        open_pool(made)
        yield made


def everything_said(
    stage: Stage, answers: list[str], caplog: pytest.LogCaptureFixture, printed: str
) -> dict[str, str]:
    """Collect all that anybody could read: answers, log, tables."""
    return {
        "answers": "\n".join(answers),
        "log": "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records),
        "output": printed,
        **{owner: json.dumps(stage.mesh.items(owner)) for owner in TABLES},
    }


def requests() -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    """Write secrets in every way that there is, good and bad."""
    monitor = {"name": "Shop", "kind": "http", "target": "https://shop.example/"}
    slack = {"name": "S", "kind": "slack", "slack": {"webhook_url": HOOK}}
    webhook = {"name": "W", "kind": "webhook", "webhook": {"url": HOOK, "secret": SIGNING}}
    yield "POST", "/v1/monitors", {**monitor, "http": {"headers": HEADERS}}
    yield "POST", "/v1/monitors", {**monitor, "http": {"headers": HEADERS, "method": "NONE"}}
    yield "POST", "/v1/monitors", {**monitor, "target": f"https://ann:{CANARY}@shop.example/"}
    yield "POST", "/v1/monitors", {**monitor, "target": f"https://{CANARY}@shop.example/"}
    yield "POST", "/v1/monitors", {**monitor, "target": f"https://a:{CANARY}/x@shop.example/"}
    yield "POST", "/v1/channels", slack
    yield "POST", "/v1/channels", webhook
    yield "POST", "/v1/channels", {**slack, "slack": {"webhook_url": f"ftp://{CANARY}"}}
    yield "POST", "/v1/channels", {**slack, "slack": {"webhook_url": HOOK, "url": HOOK}}
    yield "POST", "/v1/channels", {**webhook, "webhook": {"url": HOOK, "secret": CANARY}}
    yield "POST", "/v1/channels", {**webhook, "events": "x"}


def write_everything(stage: Stage) -> Iterator[Answer]:
    """Write all secrets, each twice, and then edit what was made without touching them."""
    for number, (method, address, body) in enumerate(requests()):
        for _ in range(2):
            yield stage.call(method, address, body, Idempotency_Key=f"key-{number}")
    for kind in ("monitors", "channels"):
        for each in stage.get(f"/v1/{kind}")["items"]:
            address = f"/v1/{kind}/{each['id']}"
            yield stage.call("PATCH", address, {"name": "Other"})
            yield stage.call("PATCH", address, {each["kind"]: each[each["kind"]]})


def read_everything(stage: Stage) -> Iterator[Answer]:
    """Send every GET that there is for everything that there is."""
    named: dict[str, list[str]] = {
        f"<{kind}_id>": [each["id"] for each in stage.get(f"/v1/{kind}s")["items"]]
        for kind in ("monitor", "channel", "incident")
    }
    for route in all_routes():
        parameter = next((each for each in named if each in route.path), "")
        for name in named.get(parameter, [""]) if route.method == "GET" else ():
            yield stage.call("GET", route.path.replace(parameter, name) if name else route.path)


def test_no_secret_comes_out_of_anything(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    put_incident(stage, an_incident())
    given = [*write_everything(stage), *read_everything(stage)]
    answers = [f"{answer.headers} {answer.text}" for answer in given]
    said = everything_said(stage, answers, caplog, "".join(capfd.readouterr()))
    assert "***" in said["answers"]
    leaks = {place for place, text in said.items() for secret in SECRETS if secret in text}
    assert leaks == set()


def test_no_secret_comes_out_when_every_call_in_turn_fails(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert stage.tokens
    answers: list[str] = []
    bodies = [each for each in requests() if each[2] and "kind" in each[2]][:7]
    for code in ("ThrottlingException", "ValidationException"):
        for method, address, body in bodies:
            for number in range(2, 7):
                end = len(stage.calls.made) + number

                def fail(count: int, name: str, end: int = end, code: str = code) -> None:
                    if count == end:
                        raise refusal(name, code)

                stage.calls.before = fail
                answers.append(stage.call(method, address, body, Idempotency_Key="k").text)
                stage.calls.before = None
    said = everything_said(stage, answers, caplog, "".join(capfd.readouterr()))
    assert "request_broke" in said["log"]
    leaks = {place for place, text in said.items() for secret in SECRETS if secret in text}
    assert leaks == set()


def test_neither_passwords_nor_tokens_come_out(
    stage: Stage, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    add_person(stage, "ann@shop.example", None)
    answers = [
        sign_in(stage, "ann@shop.example", f"{CANARY}-Aa1!").text,
        sign_in(stage, "bob@shop.example", f"{CANARY}-Aa1!", new_password=f"{CANARY}-Bb2!").text,
        stage.call("GET", "/v1/monitors", token=f"smk_{CANARY}").text,
        stage.call("GET", "/v1/monitors", token=f"{CANARY}.{CANARY}.{CANARY}").text,
    ]
    secret = stage.post("/v1/api-tokens", {"name": "CI", "scope": "admin"})["token"]
    stage.get("/v1/monitors", token=secret)
    session = sign_in(stage, "ann@shop.example").body["access_token"]
    stage.get("/v1/monitors", token=session)
    said = everything_said(stage, answers, caplog, "".join(capfd.readouterr()))
    leaks = {
        place
        for place, text in said.items()
        for each in (CANARY, secret, session, stage.tokens[Scope.ADMIN])
        if each in text
    }
    assert leaks == set()
