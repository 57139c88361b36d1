"""The guide to the API tells the truth: its addresses exist, and what it sends is taken."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.api.http.router import Router
from functions.api.routes.table import all_routes
from sentinelmesh.domain.access.scopes import Role, Scope
from tests.integration.api.examples import put_incident
from tests.integration.api.page_examples import put_page
from tests.integration.api.people import PASSWORD, add_person, open_pool
from tests.integration.api.stage import Stage
from tests.support.builders import an_incident

GUIDE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
ROUTER = Router(all_routes())
NAMED = re.compile(r"`(?:(GET|POST|PATCH|DELETE) )?(/[\w/{}.-]+)`")


def commands() -> Iterator[dict[str, Any]]:
    """Read every call of curl in the guide."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ")
    for line in re.findall(r"^curl .*?(?=^\w|\Z)", lines, re.DOTALL | re.MULTILINE):
        yield parsed(shlex.split(line))


def parsed(words: list[str]) -> dict[str, Any]:
    """Read one call of curl."""
    call: dict[str, Any] = {"method": "GET", "headers": {}, "body": None}
    rest = iter(words[1:])
    for word in rest:
        match word:
            case "-s":
                pass
            case "-X":
                call["method"] = next(rest)
            case "-H":
                name, _, value = next(rest).partition(": ")
                call["headers"][name] = value
            case "-d":
                call["body"] = json.loads(next(rest))
            case _:
                call["address"] = word.removeprefix("$URL")
    if call["body"] is not None and call["method"] == "GET":
        call["method"] = "POST"
    return call


def with_names(body: Any, known: dict[str, str]) -> Any:
    """Put what the guide's variables name into a body."""
    text = json.dumps(body)
    for name, value in known.items():
        text = text.replace(name, value)
    return json.loads(text)


@pytest.fixture
def known(stage: Stage) -> dict[str, str]:
    """Make what the guide's variables name."""
    open_pool(stage)
    add_person(stage, "ann@shop.example", Role.EDITOR)
    return {
        "$MONITOR": stage.add_monitor()["id"],
        "$CHANNEL": stage.add_channel()["id"],
        "$PAGE": put_page(stage)["id"],
        "$INCIDENT": put_incident(stage, an_incident()),
    }


def test_every_address_of_the_guide_is_in_the_table_of_routes() -> None:
    """Short forms such as `/check` are the ends of addresses."""
    paths = [route.path.replace("<", "{").replace(">", "}") for route in all_routes()]
    files = ("/status/", "/feed/", "/badge/")
    for method, path in NAMED.findall(GUIDE):
        if path.startswith(files):
            continue  # these are the publisher's
        assert any(known == path or known.endswith(path) for known in paths) or path == "/v1", path
        if method:
            ROUTER.find(method, path.replace("{", "").replace("}", ""))
    assert len(NAMED.findall(GUIDE)) > 5


def test_every_command_of_the_guide_works(stage: Stage, known: dict[str, str]) -> None:
    sent_calls = 0
    for call in commands():
        address = call["address"]
        for name, value in known.items():
            address = address.replace(name, value)
        headers = {
            name: value.replace("$TOKEN", stage.tokens[Scope.ADMIN])
            for name, value in call["headers"].items()
        }
        body = with_names(call["body"], known)
        if address == "/v1/session":
            body = {**body, "password": PASSWORD}
        sent = () if body is None else (body,)
        answer = stage.call(call["method"], address, *sent, token=None, headers=headers)
        assert answer.status < 300, (call, answer)
        sent_calls += 1
    assert sent_calls > 20
