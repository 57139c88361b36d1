"""The pure parts of the HTTP probe: addresses, options, cookies, requests."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.prober.http.cookies import MAX_COOKIES, ChainCookies
from functions.prober.http.options import HttpOptions, is_expected, options_of
from functions.prober.http.request import first_request
from functions.prober.http.url import UnusableUrl, Url, parse_url, resolve
from sentinelmesh.host_name import UnusableHost, ascii_host

SHOP = parse_url("https://shop.example/a/b?c")
ORIGIN = SHOP.origin


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/x", "https://shop.example/x"),
        ("x", "https://shop.example/a/x"),
        ("../x", "https://shop.example/x"),
        ("?x", "https://shop.example/a/b?x"),
        ("//other.example", "https://other.example/"),
        ("http://shop.example", "http://shop.example/"),
        (" https://shop.example:443/x ", "https://shop.example/x"),
        ("https://shop.example:8443/", "https://shop.example:8443/"),
        ("/a b\tc\nd", "https://shop.example/a%20bcd"),
        ("#part", "https://shop.example/a/b?c"),
    ],
)
def test_a_location_is_read_from_where_it_was_given(location: str, leads_to: str) -> None:
    assert str(resolve(SHOP, location)) == leads_to


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/", "https://A.example:443/x", True),
        ("https://a.example/", "http://a.example/", False),
        ("https://a.example/", "https://a.example:444/", False),
        ("https://a.example/", "https://b.example/", False),
        ("https://a.example/", "https://a.example./", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, *, same: bool) -> None:
    assert (parse_url(one).origin == parse_url(other).origin) is same


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_sent_can_stand_on_a_request_line(path: str, query: str) -> None:
    try:
        url = parse_url(f"http://shop.example/{path}?{query}")
    except UnusableUrl:
        return
    assert all("\x21" <= character <= "\x7e" for character in url.path)
    assert parse_url(str(url)) == url


@given(st.text(max_size=60))
def test_no_text_breaks_reading_an_address(text: str) -> None:
    for read in (parse_url, lambda written: resolve(SHOP, written)):
        with suppress(UnusableUrl):
            assert isinstance(read(text), Url)


@given(st.text(min_size=1, max_size=30))
def test_a_host_is_plain_ascii_or_none_at_all(text: str) -> None:
    try:
        host = ascii_host(text)
    except UnusableHost:
        return
    assert host.isascii()
    assert not set(host) & set(" /@?#[]\\\r\n\x00")


def test_options_come_from_the_block_and_the_secrets() -> None:
    block = {"method": "POST", "headers": {"X-A": "1", "Authorization": "shown"}, "new": True}
    secrets = {"headers.authorization": "hidden", "body.token": "of another kind"}
    options = options_of({**block, "expected_status": ["200", "301-302"]}, secrets)
    assert options.headers == {"X-A": "1", "authorization": "hidden"}
    assert options.expected_status == ("200", "301-302")
    assert (options.method, options.verify_tls, options.follow_redirects) == ("POST", True, True)


def test_an_empty_block_is_a_plain_get() -> None:
    assert options_of({}, {}) == HttpOptions()
    assert options_of({"headers": None}, {}) == HttpOptions()


@pytest.mark.parametrize(
    ("status", "expected", "said"),
    [
        (200, ("200",), True),
        (199, ("200-299",), False),
        (300, ("200-299",), False),
        (404, ("200-299", "404"), True),
        (200, (), False),
    ],
)
def test_expected_statuses_include_both_ends(
    status: int, expected: tuple[str, ...], *, said: bool
) -> None:
    assert is_expected(status, expected) is said


@pytest.mark.parametrize(
    ("set_cookies", "sent"),
    [
        (["a=1"], "a=1"),
        (["a=1; Path=/; HttpOnly", "b=2; Max-Age=60"], "a=1; b=2"),
        (["a=1", "a=2"], "a=2"),
        (["a=1", "a=; Max-Age=0"], ""),
        (["a=1", "a=x; max-age=-1"], ""),
        (["a=1", "a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], ""),
        (["a=1", "a=x; expires=Thu, 01-Jan-70 00:00:01 GMT"], ""),
        (["a="], "a="),
        (["a=b=c"], "a=b=c"),
        (["nonsense", "=x", "", "; Path=/"], ""),
        ([f"big={'x' * 5000}"], ""),
    ],
)
def test_a_chain_gives_back_the_cookies_that_are_set(set_cookies: list[str], sent: str) -> None:
    cookies = ChainCookies()
    cookies.take(ORIGIN, set_cookies)
    assert cookies.header(ORIGIN) == sent


def test_cookies_go_to_nobody_but_the_origin_that_set_them() -> None:
    cookies = ChainCookies()
    cookies.take(ORIGIN, ["a=1; Domain=.example"])
    assert cookies.header(("http", "shop.example", 443)) == ""
    assert cookies.header(("https", "other.example", 443)) == ""
    assert cookies.header(("https", "shop.example", 8443)) == ""


def test_a_chain_keeps_few_cookies() -> None:
    cookies = ChainCookies()
    cookies.take(ORIGIN, [f"c{count}=1" for count in range(10 * MAX_COOKIES)])
    assert cookies.header(ORIGIN).count("=") == MAX_COOKIES


def test_a_request_names_its_host_first_as_servers_expect() -> None:
    names = [name for name, _ in first_request(SHOP, HttpOptions(), "me").headers("")]
    assert names == [b"Host", b"User-Agent", b"Accept", b"Accept-Encoding", b"Connection"]


def test_a_header_of_the_monitor_replaces_ours_whatever_its_case() -> None:
    options = HttpOptions(headers={"ACCEPT": "text/html", "host": "inner.example"})
    headers = dict(first_request(SHOP, options, "me").headers("a=1"))
    assert headers[b"ACCEPT"] == b"text/html"
    assert headers[b"host"] == b"inner.example"
    assert headers[b"Cookie"] == b"a=1"
    assert b"Accept" not in headers
    assert b"Host" not in headers
