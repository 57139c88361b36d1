"""Following redirects: how far, by which method, and what goes along."""

from typing import Any

import pytest

from tests.integration.prober.probing import KeptSecrets, get, names
from tests.integration.prober.servers import Conversation, Handler, Site, serving

SECRET = {"headers.authorization": "Bearer canary-0123456789"}
WITH_SECRETS: dict[str, Any] = {
    "secrets": KeptSecrets({"mon_1": SECRET}),
    "check": {"secret_fields": tuple(SECRET)},
}


def leading(to: str, status: int = 302) -> Handler:
    """Redirect the front page, and answer everything else."""

    async def handle(conversation: Conversation) -> None:
        if conversation.asked.path == "/":
            await conversation.redirect(to, status)
        else:
            await conversation.answer()

    return handle


def paths(site: Site) -> list[str]:
    return [asked.path for asked in site.asked]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["/next", "next", "http://127.0.0.1:{port}/next", "?next"])
def test_a_redirect_is_followed_to_its_end(status: int, to: str) -> None:
    async def handle(conversation: Conversation) -> None:
        if "next" in conversation.asked.path:
            await conversation.answer()
        else:
            await conversation.redirect(to.format(port=conversation.site.port), status)

    with serving(handle) as site:
        seen = get(site.url())
    assert (seen.status_code, seen.error) == (200, None)
    assert paths(site) == ["/", "/?next" if to == "?next" else "/next"]


def test_a_redirect_that_shall_not_be_followed_is_the_answer() -> None:
    with serving(leading("/next")) as site:
        seen = get(site.url(), options={"follow_redirects": False, "expected_status": ["302"]})
    assert (seen.status_code, seen.error) == (302, None)
    assert paths(site) == ["/"]


@pytest.mark.parametrize("status", [300, 304, 305])
def test_other_statuses_of_that_hundred_lead_nowhere(status: int) -> None:
    with serving(leading("/next", status)) as site:
        assert get(site.url()).status_code == status


def test_a_redirect_to_nowhere_is_the_answer() -> None:
    async def handle(conversation: Conversation) -> None:
        await conversation.answer(302, b"")

    with serving(handle) as site:
        assert get(site.url()).error == "status_mismatch"


def test_five_redirects_are_followed_and_a_sixth_is_not() -> None:
    async def handle(conversation: Conversation) -> None:
        step = int(conversation.asked.path[1:])
        if step == 0:
            await conversation.answer()
        else:
            await conversation.redirect(f"/{step - 1}")

    with serving(handle) as site:
        assert get(site.url("/5")).error is None
        assert get(site.url("/6")).error == "too_many_redirects"
    assert len(site.asked) == 6 + 6


def test_a_loop_is_seen_at_once() -> None:
    async def handle(conversation: Conversation) -> None:
        await conversation.redirect("/b" if conversation.asked.path == "/a" else "/a")

    with serving(handle) as site:
        seen = get(site.url("/a"))
    assert seen.error == "redirect_loop"
    assert paths(site) == ["/a", "/b"]


def test_a_redirect_to_itself_that_only_wants_its_cookie_back_is_no_loop() -> None:
    async def handle(conversation: Conversation) -> None:
        if conversation.asked.header("cookie") == "seen=1":
            await conversation.answer()
        else:
            await conversation.redirect("/", headers=[("Set-Cookie", "seen=1; Path=/")])

    with serving(handle) as site:
        seen = get(site.url())
    assert seen.error is None
    assert len(site.asked) == 2


def test_cookies_are_forgotten_with_the_probe() -> None:
    async def handle(conversation: Conversation) -> None:
        await conversation.answer(headers=[("Set-Cookie", "seen=1; Path=/")])

    with serving(handle) as site:
        get(site.url())
        get(site.url())
    assert [asked.header("cookie") for asked in site.asked] == [None, None]


def test_cookies_join_those_that_the_monitor_sends() -> None:
    async def handle(conversation: Conversation) -> None:
        if conversation.asked.path == "/":
            await conversation.redirect("/next", headers=[("Set-Cookie", "seen=1")])
        else:
            await conversation.answer()

    with serving(handle) as site:
        get(site.url(), options={"headers": {"Cookie": "mine=2"}})
    assert [asked.header("cookie") for asked in site.asked] == ["mine=2", "mine=2; seen=1"]


# Source: https://fetch.spec.whatwg.org/#http-redirect-fetch
@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (301, "PUT", "PUT"),
        (301, "HEAD", "HEAD"),
        (302, "POST", "GET"),
        (302, "DELETE", "DELETE"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (307, "PUT", "PUT"),
        (308, "POST", "POST"),
        (308, "HEAD", "HEAD"),
    ],
)
def test_the_method_changes_only_where_the_web_changes_it(
    status: int, method: str, then: str
) -> None:
    with serving(leading("/next", status)) as site:
        block = {"method": method, "headers": {"Content-Type": "text/plain", "X-Kept": "1"}}
        if method in {"POST", "PUT"}:
            block["body"] = "abc"
        get(site.url(), options=block)
    first, second = site.asked
    assert (first.method, second.method) == (method, then)
    assert second.header("x-kept") == "1"
    if then == "GET":
        assert second.body == b""
        assert second.header("content-length") is None
    if method != then:
        assert second.header("content-type") is None
    else:
        assert second.body == first.body


@pytest.mark.parametrize("other", ["port", "host"])
def test_nothing_that_a_user_added_goes_to_another_origin(other: str) -> None:
    with serving(leading("/x")) as there:
        elsewhere = {
            "port": f"http://shop.example:{there.port}/x",
            "host": f"http://other.example:{there.port}/x",
        }[other]
        with serving(leading(elsewhere, 307)) as site:
            added = {"X-Api-Version": "canary", "User-Agent": "canary", "Cookie": "canary"}
            seen = get(
                site.url(host="shop.example"),
                options={"headers": added},
                resolver=names(),
                **WITH_SECRETS,
            )
    assert seen.error is None
    assert site.asked[0].header("authorization") == SECRET["headers.authorization"]
    assert site.asked[0].header("x-api-version") == "canary"
    assert "canary" not in str(there.asked)
    assert there.asked[0].header("user-agent") == "SentinelMesh/test"


def test_what_was_dropped_stays_dropped_on_the_way_back() -> None:
    async def handle(conversation: Conversation) -> None:
        host = conversation.asked.header("host") or ""
        if host.startswith("away"):
            await conversation.redirect(f"http://shop.example:{conversation.site.port}/end")
        elif conversation.asked.path == "/":
            await conversation.redirect(f"http://away.example:{conversation.site.port}/")
        else:
            await conversation.answer()

    with serving(handle) as site:
        get(site.url(host="shop.example"), resolver=names(), **WITH_SECRETS)
    assert paths(site) == ["/", "/", "/end"]
    assert [asked.header("authorization") is None for asked in site.asked] == [False, True, True]


def test_secrets_stay_on_the_way_within_an_origin() -> None:
    with serving(leading("/next")) as site:
        get(site.url(), **WITH_SECRETS)
    assert [asked.header("authorization") for asked in site.asked] == [
        SECRET["headers.authorization"]
    ] * 2


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("ftp://127.0.0.1/", "target_forbidden"),
        ("file:///etc/passwd", "target_forbidden"),
        ("gopher://127.0.0.1:70/", "target_forbidden"),
        ("http://127.0.0.1:25/", "target_forbidden"),
        ("http://[::1", "protocol_error"),
        ("http://a.example:99999/", "protocol_error"),
        ("http://exa mple/", "protocol_error"),
    ],
)
def test_a_redirect_out_of_the_web_is_not_followed(to: str, code: str) -> None:
    with serving(leading(to)) as site:
        seen = get(site.url())
    assert (seen.error, seen.outcome) == (code, "failure")


def test_the_time_of_all_steps_counts() -> None:
    with serving(leading("/next")) as site:
        seen = get(site.url(host="shop.example"), resolver=names())
    assert seen.timings is not None
    assert site.connections == 2
    assert seen.remote_address == "127.0.0.1"
    assert None not in (seen.timings.dns_ms, seen.timings.connect_ms, seen.timings.ttfb_ms)
