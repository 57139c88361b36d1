"""What leaves for each provider is what was looked at, to the byte."""

import json
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from functions.alerter.channels import discord, ntfy, opsgenie, pagerduty, sns, teams, telegram
from functions.alerter.notification import Notification
from sentinelmesh.domain.alerts.alert import AlertKind
from tests.unit.alerter.kinds import KINDS, SECRET
from tests.unit.alerter.notices import HOSTILE, a_group_notice, a_hostile_notice, a_notice
from tests.unit.alerter.wire_format import FOLDER, mask_port, notices, written

pytestmark = pytest.mark.enable_socket
EVERY_FORM: list[dict[str, Any]] = [
    {},
    {"kind": AlertKind.RESOLVED},
    {"combined": True},
    {"test": True},
    {"repeat": True, "overtaken": True},
]
SIGNS = ("<&*_", "漢@", "\U0001f600", '"\\')


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", notices())
def test_the_bytes_are_those_that_were_looked_at(kind: str, name: str) -> None:
    expected = (FOLDER / f"{kind}.{name}.http").read_bytes()
    assert written(kind, notices()[name]) == expected


def test_only_the_address_of_the_provider_is_masked_whatever_its_port() -> None:
    raw = b"Host: 127.0.0.1:2026\r\n\r\n2026-01-01 127.0.0.1:20260"
    assert mask_port(raw, 2026) == b"Host: 127.0.0.1:PORT\n\n2026-01-01 127.0.0.1:20260"


def test_no_form_is_forgotten() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {f"{kind}.{name}.http" for kind in KINDS for name in notices()}


def long_notices() -> list[Notification]:
    """Notices whose every text is far too long, in signs of every size."""
    made = []
    for sign in SIGNS:
        texts: Mapping[str, Any] = dict.fromkeys(HOSTILE, sign * 3000)
        votes = tuple(
            replace(vote, detail=sign * 3000, region=f"region-{place}")
            for place, vote in enumerate(a_notice().content.votes * 4)
        )
        content = replace(
            a_notice().content,
            votes=votes,
            tags=(sign * 50,) * 30,
            runbook_url="https://wiki.example/" + sign * 470,
            **texts,
        )
        made += [a_notice(content=content, **form) for form in EVERY_FORM]
        many = [a_group_notice(1000, over=over, name=sign * 3000) for over in (0, 500, 1000)]
        made += [*many, replace(many[2], combined=True, repeat=True, instead_of=sign * 99)]
    return made


@pytest.mark.parametrize("notice", long_notices())
def test_nothing_is_longer_than_a_provider_takes(notice: Notification) -> None:
    for event in pagerduty.events(notice, SECRET):
        assert len(json.dumps(event)) < 512 * 1024
        assert len(event["dedup_key"]) <= 255
        if "payload" in event:
            assert len(event["payload"]["summary"]) <= 1024
    for _, body in opsgenie.requests(notice):
        assert len(body.get("message", "")) <= 130
        assert len(body.get("description", "")) <= 15_000
        assert len(body.get("tags", [])) <= 20
        assert all(len(tag) <= 50 for tag in body.get("tags", []))
        assert sum(map(len, [*body.get("details", {}), *body.get("details", {}).values()])) <= 8000
        assert len(body.get("note", "")) <= 25_000
    assert len(json.dumps(teams.message(notice), ensure_ascii=False).encode()) <= 28 * 1024
    _check_embed(discord.message(notice)["embeds"][0])
    text = telegram.as_markup(notice)
    assert len(_without_markup(text).encode("utf-16-le")) // 2 <= 4096
    push = ntfy.message(notice, "topic")
    assert len(push["message"].encode()) <= 4096
    assert len(push["actions"]) <= 3
    published = sns.message(notice, "arn:aws:sns:eu-west-1:1:t")
    assert len(published["Subject"]) <= 100
    assert published["Subject"].isascii()
    assert len(published["Message"].encode()) <= 200 * 1024


def _check_embed(embed: Mapping[str, Any]) -> None:
    assert len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4096
    assert len(embed["fields"]) <= 25
    texts = [embed["title"], embed["description"]]
    for field in embed["fields"]:
        assert 0 < len(field["name"]) <= 256
        assert 0 < len(field["value"]) <= 1024
        texts += [field["name"], field["value"]]
    assert sum(map(len, texts)) <= 6000


def _without_markup(text: str) -> str:
    parser = Shown()
    parser.feed(text)
    return "".join(parser.texts)


class Shown(HTMLParser):
    """Collects what a reader sees, and the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


ATTACKS = [a_hostile_notice(**form) for form in EVERY_FORM] + [
    a_group_notice(5, over=over, name=HOSTILE["monitor_name"] + "@U123 @all") for over in (0, 2, 5)
]


@pytest.mark.parametrize("notice", ATTACKS)
def test_hostile_text_stays_text(notice: Notification) -> None:
    telegram_text = Shown()
    telegram_text.feed(telegram.as_markup(notice))
    assert telegram_text.tags <= {"b", "a"}
    assert not any("@all" in text or "@U123" in text for text in telegram_text.texts)
    embed = discord.message(notice)
    assert embed["allowed_mentions"] == {"parse": []}
    assert "*bold*" not in embed["embeds"][0]["title"].replace("\\*", "")
    card = json.dumps(teams.message(notice))
    assert '"TextBlock"' not in card, "only there text would be markup"
    subject = sns.message(notice, "arn:aws:sns:eu-west-1:1:t")["Subject"]
    assert subject.isprintable()


@pytest.mark.parametrize("most", [10, 11, 57])
def test_discord_cuts_no_escape_in_two(most: int) -> None:
    short = discord.escape("*" * 200, most)
    assert len(short) <= most
    assert short.count("\\") == short.count("*")
