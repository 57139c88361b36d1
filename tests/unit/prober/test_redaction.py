"""Blotting out: nothing of a secret is left, in whatever shape it comes back."""

import base64
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.prober.redaction import MAX_DETAIL, MAX_READ, MAX_SAMPLE, MIN_PIECE, Redaction

TOKEN = "canary-0123456789"
text = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=MIN_PIECE)


@pytest.mark.parametrize(
    ("secret", "echo"),
    [
        (f"Bearer {TOKEN}", f"got Bearer {TOKEN}!"),
        (f"Bearer {TOKEN}", f"got {TOKEN}!"),
        (f"sid={TOKEN}; theme=dark", f"got {TOKEN}!"),
        (f"  {TOKEN} ", f"got {TOKEN}!"),
        (f"wörd-{TOKEN}", f"got wörd-{TOKEN}!"),
        (f"a&{TOKEN}", f"got a&amp;{TOKEN}!"),
        (f"a/{TOKEN}", f"got a%2F{TOKEN}!"),
        (f'a"{TOKEN}', f'got a\\"{TOKEN}!'),
        (f"a\\{TOKEN}", f"got a\\\\{TOKEN}!"),
        ("Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode(), f"got me:{TOKEN}!"),
        ("Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode(), f"got {TOKEN}!"),
    ],
)
def test_a_secret_is_known_in_every_shape(secret: str, echo: str) -> None:
    redaction = Redaction([secret])
    for shown in (redaction.detail(echo), redaction.sample(echo)):
        assert TOKEN not in shown
        assert "***" in shown
        assert shown.startswith("got ")
        assert shown.endswith("!")


def test_the_name_of_a_scheme_is_no_secret() -> None:
    assert Redaction([f"Bearer {TOKEN}"]).detail("no Bearer given") == "no Bearer given"
    assert Redaction([f"Basic {TOKEN}"]).detail("no Basic given") == "no Basic given"


def test_without_secrets_a_text_stays_as_it_is() -> None:
    assert Redaction([]).sample("plain\ntext ä") == "plain\ntext ä"


def test_an_empty_secret_blots_out_nothing() -> None:
    assert Redaction(["", "  "]).sample("plain") == "plain"


@pytest.mark.parametrize("place", range(MAX_SAMPLE - 60, MAX_SAMPLE + 1))
def test_a_secret_at_the_edge_of_a_sample_is_not_cut_in_half(place: int) -> None:
    shown = Redaction([TOKEN]).sample("." * place + TOKEN * 3)
    assert set(shown) <= {".", "*"}


@given(text, st.integers(0, 3000), st.integers(1, 400))
def test_no_secret_survives_anywhere(secret: str, place: int, times: int) -> None:
    echo = "\u00e4" * place + secret * times
    redaction = Redaction([secret])
    assert secret not in redaction.sample(echo)
    assert secret not in redaction.detail(echo)


def test_what_targets_send_cannot_steer_a_terminal_or_turn_text_around() -> None:
    hostile = "a\x1b[31mred\x07\x00 \u202etxt.exe\u2066 \x9b b\r\nc\td"
    assert Redaction([]).sample(hostile) == "a[31mred txt.exe  b\nc\td"
    assert "\n" not in Redaction([]).detail(hostile)


def test_a_secret_is_known_even_with_invisible_characters_inside() -> None:
    assert Redaction([TOKEN]).sample("\x00".join(TOKEN)) == "***"


def test_sentences_and_samples_are_short() -> None:
    assert len(Redaction([]).detail("x" * 10_000)) == MAX_DETAIL
    assert len(Redaction([]).sample("x" * 10_000)) == MAX_SAMPLE


def test_what_cannot_be_stored_is_taken_out() -> None:
    assert Redaction([]).sample("a\ud800b") == "ab"


def test_a_secret_is_not_shown_in_half_where_reading_ends() -> None:
    for seen in range(1, len(TOKEN)):
        hidden = "\x01" * (MAX_READ - seen) + TOKEN + "x" * 10
        assert Redaction([TOKEN]).sample(hidden) == ""


def test_of_a_huge_text_only_the_beginning_is_worked_on() -> None:
    huge = "😀" + "x" * 1_000_000
    redaction = Redaction([TOKEN])
    tracemalloc.start()
    sample = redaction.sample(huge)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sample == huge[:2048]
    assert most < 1_000_000
