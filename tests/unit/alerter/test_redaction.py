"""Secrets stay out of answers, in every spelling and in part."""

import html
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.alerter.channels.redaction import BLOT, redact

URL = "https://bot:p4ssword@hooks.example/services/T01ABCD/s3cr3t%20T0ken?key=v4lue5!"


@pytest.mark.parametrize(
    "said",
    [
        "called {url}",
        "no hook at /services/T01ABCD/s3cr3t%20T0ken",
        "no hook at /services/T01ABCD/s3cr3t T0ken",
        "no hook at \\/services\\/T01ABCD\\/s3cr3t%20T0ken",
        "token s3cr3t T0ken is revoked",
        "workspace T01ABCD is gone",
        "key v4lue5! is wrong",
        "user bot:p4ssword is unknown",
        "password p4ssword is wrong",
        "cut: /services/T01ABCD/s3cr3",
        "cut: https://bot:p4ssw",
    ],
)
def test_no_telling_piece_of_an_address_is_shown(said: str) -> None:
    shown = redact(said.format(url=URL), [URL])
    assert BLOT in shown
    for piece in ("s3cr3", "T01ABCD", "v4lue5", "p4ssw"):
        assert piece not in shown


@pytest.mark.parametrize(
    "said", ["invalid_payload", "no such services", "the host hooks.example says no", "", "ok"]
)
def test_ordinary_words_stay(said: str) -> None:
    assert redact(said, [URL]) == said


def test_a_secret_that_is_no_address_is_one_piece() -> None:
    assert redact("whsec_AAAAAAAA is bad", ["whsec_AAAAAAAA"]) == f"{BLOT} is bad"
    assert redact("http://[::1 is bad", ["http://[::1"]) == f"{BLOT} is bad"


def test_no_secret_hides_nothing() -> None:
    assert redact("whatever", ["", "ok"]) == "whatever"


signs = st.characters(codec="utf-8", exclude_categories=["Cc", "Z"])
tokens = st.text(signs, min_size=8, max_size=20)


@given(
    tokens.filter(lambda each: not each.isalpha()),
    st.sampled_from(["{}", "<{}>", "a {} b {} c", "{}{}"]),
    st.sampled_from([str, unquote, html.escape]),
    st.integers(0, 30),
)
def test_a_token_in_an_address_is_never_shown(
    token: str, said: str, spelling: object, cut: int
) -> None:
    address = f"https://hooks.example/in/{quote(token, safe='')}"
    spelled = spelling(quote(token, safe=""))  # type: ignore[operator]
    whole = said.replace("{}", spelled)
    shown = redact(whole[: len(whole) - cut], [address])
    assert quote(token, safe="") not in shown
    if cut == 0:
        assert spelled not in shown
