"""Readers who ask for mail: nobody learns who subscribed, and nobody is mailed again and again."""

from urllib.parse import quote

import pytest

from sentinelmesh.domain.status_pages.subscription import MAX_REQUESTS, OptIn
from tests.integration.api.page_examples import (
    ANN,
    link_of,
    put_opt_in,
    put_page,
    put_subscriber,
)
from tests.integration.api.stage import Answer, Stage, api_stage

BROWSER = {"Accept": "text/html,application/xhtml+xml"}


def ask(stage: Stage, page_id: str, address: str = ANN, **headers: str) -> Answer:
    body = f"email={quote(address)}"
    return stage.call("POST", f"/v1/subscriptions/{page_id}", raw=body, token=None, headers=headers)


def asked(stage: Stage) -> list[OptIn]:
    return stage.backend.subscriptions.list_asked()


def press(stage: Stage, address: str) -> Answer:
    return stage.call("POST", address, raw="", token=None)


def test_an_address_is_asked_before_it_is_subscribed(stage: Stage) -> None:
    page = put_page(stage)["id"]
    answer = ask(stage, page)
    assert "If mail reaches this address" in answer.text
    (opt_in,) = asked(stage)
    assert (opt_in.address, opt_in.is_due(stage.now)) == (ANN, True)
    assert stage.backend.subscriptions.get(page, opt_in.subscriber_id) is None


def test_whether_an_address_is_known_shows_nowhere(stage: Stage) -> None:
    page = put_page(stage)["id"]
    put_subscriber(stage, page, "known@reader.example")
    put_opt_in(stage, page, "waiting@reader.example")
    answers = {ask(stage, page, f"{name}@reader.example").text for name in
               ("known", "waiting", "new", "KNOWN")}  # fmt: skip
    assert len(answers) == 1


def test_an_address_is_asked_once_an_hour_whoever_wants_it_asked(stage: Stage) -> None:
    page = put_page(stage)["id"]
    ask(stage, page)
    (first,) = asked(stage)
    stage.pass_time(minutes=59)
    ask(stage, page, ANN.upper())
    assert asked(stage) == [first]
    stage.pass_time(minutes=2)
    ask(stage, page)
    (again,) = asked(stage)
    assert again.secret != first.secret


def test_nobody_can_have_any_number_of_strangers_mailed(stage: Stage) -> None:
    page, other = put_page(stage)["id"], put_page(stage)["id"]
    answers = [ask(stage, page, f"a{n}@reader.example") for n in range(MAX_REQUESTS)]
    assert {each.status for each in answers} == {200}
    refused = ask(stage, page, "one.more@reader.example")
    assert (refused.status, refused.headers["retry-after"]) == (429, "3600")
    assert len(asked(stage)) == MAX_REQUESTS
    assert ask(stage, other).status == 200
    stage.pass_time(hours=1)
    assert ask(stage, page, "one.more@reader.example").status == 200


@pytest.mark.parametrize(
    "wrong", ["", "ann", "ann@", "@x.example", "a b@x.example", "a@x.example\r\nBcc: b@x.example",
              "a@x.example,b@x.example", "x" * 300 + "@"],
)  # fmt: skip
def test_what_is_no_address_is_refused(stage: Stage, wrong: str) -> None:
    answer = ask(stage, put_page(stage)["id"], wrong)
    assert list(answer.errors) == ["/email"]
    assert asked(stage) == []


def test_a_page_that_is_not_there_takes_no_requests(stage: Stage) -> None:
    hidden = put_page(stage, published=False)["id"]
    silent = put_page(stage, subscriptions=False)["id"]
    answers = [ask(stage, each) for each in (hidden, silent, "sp_none")]
    assert {each.status for each in answers} == {404}
    assert len({each.body["detail"] for each in answers}) == 1


def test_a_browser_is_told_in_a_page(stage: Stage) -> None:
    answer = ask(stage, "sp_none", **BROWSER)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "That did not work" in answer.text


def test_a_link_shows_a_button_and_changes_nothing_by_itself(stage: Stage) -> None:
    """Programs that look for danger in mails follow every link."""
    page = put_page(stage)["id"]
    opt_in = put_opt_in(stage, page)
    for _ in range(2):
        shown = stage.call("GET", link_of(opt_in), token=None)
        assert f'action="{link_of(opt_in)}/confirm"' in shown.text
    assert stage.backend.subscriptions.get(page, opt_in.subscriber_id) is None
    assert press(stage, f"{link_of(opt_in)}/confirm").status == 200
    subscriber = stage.backend.subscriptions.get(page, opt_in.subscriber_id)
    assert subscriber is not None
    assert (subscriber.address, subscriber.since) == (ANN, stage.now)
    assert asked(stage) == []
    shown = stage.call("GET", link_of(opt_in), token=None)
    assert f'action="{link_of(opt_in)}/end"' in shown.text
    assert stage.backend.subscriptions.get(page, opt_in.subscriber_id) == subscriber


def test_confirming_twice_is_confirming_once(stage: Stage) -> None:
    opt_in = put_subscriber(stage, put_page(stage)["id"])
    before = stage.backend.subscriptions.get(opt_in.page_id, opt_in.subscriber_id)
    stage.pass_time(hours=1)
    assert press(stage, f"{link_of(opt_in)}/confirm").status == 200
    after = stage.backend.subscriptions.get(opt_in.page_id, opt_in.subscriber_id)
    assert after == before


def test_one_click_is_enough_to_leave(stage: Stage) -> None:
    opt_in = put_subscriber(stage, put_page(stage)["id"])
    answer = stage.call(
        "POST", f"{link_of(opt_in)}/end", raw="List-Unsubscribe=One-Click", token=None
    )
    assert answer.status == 200
    assert stage.backend.subscriptions.get(opt_in.page_id, opt_in.subscriber_id) is None
    assert press(stage, f"{link_of(opt_in)}/end").status == 404


def test_a_link_opens_nothing_without_its_secret(stage: Stage) -> None:
    page = put_page(stage)["id"]
    for opt_in in (put_opt_in(stage, page), put_subscriber(stage, page, "bob@reader.example")):
        guess = link_of(opt_in).replace(opt_in.secret, "0" * 32)
        other = link_of(opt_in).replace(page, put_page(stage)["id"])
        answers = [press(stage, f"{each}/end") for each in (guess, other)]
        assert {each.status for each in answers} == {404}
    assert len(asked(stage)) == 1


def test_a_request_is_forgotten_after_a_day(stage: Stage) -> None:
    opt_in = put_opt_in(stage, put_page(stage)["id"])
    stage.pass_time(hours=24)
    assert press(stage, f"{link_of(opt_in)}/confirm").status == 404
    assert not opt_in.is_due(stage.now)


def test_pages_for_readers_load_nothing_but_their_style(stage: Stage) -> None:
    opt_in = put_opt_in(stage, put_page(stage, name='<b>"Shop"')["id"])
    shown = stage.call("GET", link_of(opt_in), token=None)
    policy = shown.headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert shown.headers["referrer-policy"] == "strict-origin", "the secret is in the address"
    assert "<b>" not in shown.text
    assert "&lt;b&gt;" in shown.text
    assert "<script" not in shown.text


@pytest.mark.parametrize("missing", ["mail_from", "public_url"])
def test_a_mesh_that_sends_no_mail_says_so(missing: str) -> None:
    with api_stage(**{missing: ""}) as silent:
        answer = ask(silent, put_page(silent)["id"])
        assert answer.status == 409
        assert "feed" in answer.body["detail"]
