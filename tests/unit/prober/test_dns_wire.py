"""DNS messages: written and read as a library does, and unbreakable."""

from contextlib import suppress

import dns.message
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.prober.dns.wire import TYPES, Reply, query, reply

LABEL = st.text("abcxyz019-_", min_size=1, max_size=20)
NAME = st.lists(LABEL, min_size=1, max_size=5).map(".".join)
TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'))
RECORDS = st.one_of(
    st.tuples(st.just("A"), st.ip_addresses(v=4).map(str)),
    st.tuples(st.just("AAAA"), st.ip_addresses(v=6).map(str)),
    st.tuples(st.sampled_from(["NS", "CNAME"]), NAME),
    st.tuples(st.just("MX"), st.builds("{} {}".format, st.integers(0, 65_535), NAME)),
    st.tuples(
        st.just("SOA"),
        st.builds("{} {} {} {} {} {} {}".format, NAME, NAME, *[st.integers(0, 2**32 - 1)] * 5),
    ),
    st.tuples(
        st.just("CAA"),
        st.builds('{} {} "{}"'.format, st.integers(0, 255), st.just("issue"), TEXT),
    ),
)


def absolute(kind: str, text: str) -> str:
    """Return names with their last dot, as zone files have them."""
    parts = text.split(" ")
    ends = {"NS": [0], "CNAME": [0], "MX": [1], "SOA": [0, 1]}.get(kind, [])
    return " ".join(f"{part}." if at in ends else part for at, part in enumerate(parts))


@given(st.integers(0, 65_535), NAME, st.sampled_from(sorted(TYPES)))
def test_a_question_is_what_a_library_reads(identity: int, name: str, kind: str) -> None:
    read = dns.message.from_wire(query(identity, name, kind))
    assert read.id == identity
    (asked,) = read.question
    assert asked.name.to_text(omit_final_dot=True) == name
    assert dns.rdatatype.to_text(asked.rdtype) == kind
    assert read.payload == 1232


@given(NAME, st.lists(RECORDS, max_size=6), st.integers(0, 65_535))
def test_an_answer_is_what_a_library_wrote(
    name: str, records: list[tuple[str, str]], identity: int
) -> None:
    made = dns.message.make_response(dns.message.make_query(name, "A", id=identity))
    for kind, text in records:
        made.answer.append(dns.rrset.from_text(name + ".", 60, "IN", kind, absolute(kind, text)))
    read = reply(made.to_wire(max_size=65_535))
    assert (read.identity, read.code, read.question) == (identity, "NOERROR", (name, 1))
    assert list(read.records) == [(TYPES[kind], text) for kind, text in records]


@given(st.lists(TEXT.filter(bool).map(lambda text: text[:200]), min_size=1, max_size=3))
def test_the_texts_of_one_record_belong_together(texts: list[str]) -> None:
    made = dns.message.make_response(dns.message.make_query("a.example", "TXT"))
    written = " ".join(f'"{text}"' for text in texts)
    made.answer.append(dns.rrset.from_text("a.example.", 60, "IN", "TXT", written))
    assert reply(made.to_wire()).records == ((TYPES["TXT"], "".join(texts)),)


def a_good_one() -> bytes:
    made = dns.message.make_response(dns.message.make_query("shop.example", "MX"))
    made.answer.append(dns.rrset.from_text("shop.example.", 60, "IN", "MX", "10 a.shop.example."))
    return made.to_wire()


@given(st.binary(max_size=100))
def test_arbitrary_bytes_are_a_message_or_an_error(hostile: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(reply(hostile), Reply)


@given(st.integers(0, len(a_good_one()) - 1), st.integers(0, 255))
def test_a_wrong_byte_makes_an_error_at_most(place: int, wrong: int) -> None:
    good = a_good_one()
    with suppress(ValueError):
        assert isinstance(reply(good[:place] + bytes([wrong]) + good[place + 1 :]), Reply)


@pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\xc0\xff", b"\xff\xff"])
def test_a_name_that_points_to_itself_ends(pointer: bytes) -> None:
    header = bytes.fromhex("000180000001000000000000")
    with pytest.raises(ValueError, match=r"points ahead|cut off"):
        reply(header + pointer + b"\0\x01\0\x01")


@pytest.mark.parametrize("name", ["a..b", "", ".", "x" * 64, "a." * 127 + "aa"])
def test_a_name_that_cannot_be_asked_for_is_told(name: str) -> None:
    with pytest.raises(ValueError, match=r"empty or longer|longer than 253"):
        query(1, name, "A")
