"""The kind dns: each type of record, each fault with its own reason, and hostile name servers."""

import socket
from typing import Any

import dns.flags
import dns.message
import pytest

from functions.prober.dns.resolvers import Elsewhere, own_resolver
from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.target_guard import HostNotFound
from tests.integration.prober.name_servers import HERE, Answering, answering, knowing
from tests.integration.prober.probing import names, probe

ZONE = {
    ("shop.example", "A"): ["1.2.3.4", "5.6.7.8"],
    ("shop.example", "AAAA"): ["2001:db8::1"],
    ("shop.example", "MX"): ["10 Mail.shop.example."],
    ("shop.example", "NS"): ["ns1.shop.example.", "ns2.shop.example."],
    ("shop.example", "TXT"): ['"v=spf1 " "-all"'],
    ("shop.example", "CAA"): ['0 issue "authority.example"'],
    ("shop.example", "SOA"): ["ns1.shop.example. admin.shop.example. 7 3600 600 86400 60"],
    ("www.shop.example", "CNAME"): ["shop.example."],
}


def asked(
    answers: Answering,
    target: str = "shop.example",
    by_tcp: Answering | None = None,
    check: dict[str, Any] | None = None,
    **block: Any,
) -> Observation:
    with answering(answers, by_tcp) as server:
        fields = {"kind": "dns", "probe": {"resolver": server.place, **block}, **(check or {})}
        return probe(target, check=fields)


@pytest.mark.parametrize(
    ("record", "target", "expected"),
    [
        ("A", "shop.example", ["5.6.7.8"]),
        ("A", "SHOP.example.", ["1.2.3.4", "5.6.7.8"]),
        ("AAAA", "shop.example", ["2001:DB8:0::1"]),
        ("MX", "shop.example", ["10 mail.SHOP.example."]),
        ("NS", "shop.example", ["ns2.shop.example"]),
        ("TXT", "shop.example", ["v=spf1 -all"]),
        ("CAA", "shop.example", ['0 issue "authority.example"']),
        ("SOA", "shop.example", ["ns1.shop.example admin.shop.example 7 3600 600 86400 60"]),
        ("CNAME", "www.shop.example", ["shop.example"]),
    ],
)
def test_every_type_of_record_can_be_expected(
    record: str, target: str, expected: list[str]
) -> None:
    seen = asked(knowing(ZONE), target, record=record, expected=expected)
    assert (seen.outcome, seen.error, seen.detail) == ("success", None, None)
    assert seen.remote_address == HERE
    assert seen.timings is not None
    assert seen.timings.dns_ms is not None


def test_a_missing_record_says_what_was_expected_and_what_came() -> None:
    seen = asked(knowing(ZONE), expected=["9.9.9.9"])
    assert (seen.outcome, seen.error) == ("failure", "dns_mismatch")
    assert seen.detail == "expected 9.9.9.9; came 1.2.3.4, 5.6.7.8"
    assert seen.evidence is not None
    assert seen.evidence.records == ("1.2.3.4", "5.6.7.8")


def test_exactly_these_records_means_no_others() -> None:
    assert asked(knowing(ZONE), expected=["5.6.7.8", "1.2.3.4"], exact=True).error is None
    seen = asked(knowing(ZONE), expected=["1.2.3.4"], exact=True)
    assert (seen.error, seen.detail) == (
        "dns_mismatch",
        "expected only 1.2.3.4; came 1.2.3.4, 5.6.7.8",
    )


@pytest.mark.parametrize(
    ("code", "target", "error"),
    [
        ("NXDOMAIN", "none.example", "dns_nxdomain"),
        ("SERVFAIL", "none.example", "dns_error"),
        ("REFUSED", "none.example", "dns_error"),
        ("NXDOMAIN", "www.shop.example", "dns_no_records"),
    ],
)
def test_each_way_of_having_no_answer_has_its_own_reason(
    code: str, target: str, error: str
) -> None:
    seen = asked(knowing(ZONE, code), target)
    assert (seen.outcome, seen.error) == ("failure", error)
    assert seen.detail is not None
    assert seen.detail.startswith(target)


def test_a_silent_name_server_is_asked_again_and_then_a_timeout() -> None:
    with answering(lambda _packet: []) as server:
        check = {"kind": "dns", "probe": {"resolver": server.place}, "timeout_ms": 1500}
        seen = probe("shop.example", check=check)
        assert server.asked == ["udp", "udp"]
    assert (seen.outcome, seen.error) == ("failure", "dns_timeout")


def test_a_place_without_a_name_server_is_told_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HERE, 0))
        port = taken.getsockname()[1]
    check = {"kind": "dns", "probe": {"resolver": f"{HERE}:{port}"}}
    assert probe("shop.example", check=check).error == "connect_refused"


def test_an_answer_that_is_cut_comes_whole_by_tcp() -> None:
    def cut(packet: bytes) -> list[bytes]:
        made = dns.message.make_response(dns.message.from_wire(packet))
        made.flags |= dns.flags.TC
        return [made.to_wire()]

    texts = [f'"{count:0200}"' for count in range(50)]
    whole = knowing({("shop.example", "TXT"): texts})
    assert asked(cut, by_tcp=whole, record="TXT", expected=["0" * 199 + "7"]).error is None


def deceiving(packet: bytes) -> list[bytes]:
    """Send forged answers before the true one: to another question, with another number."""
    forged = knowing({("shop.example", "A"): ["6.6.6.6"]})(packet)[0]
    other = dns.message.make_response(
        dns.message.make_query("evil.example", "A", id=int.from_bytes(packet[:2], "big"))
    ).to_wire()
    wrong_number = bytes([forged[0] ^ 1]) + forged[1:]
    return [b"", b"\0" * 12, wrong_number, other, forged[:20], *knowing(ZONE)(packet)]


def test_what_answers_another_question_is_not_believed() -> None:
    assert asked(deceiving, expected=["1.2.3.4"]).error is None


def test_a_name_server_that_sends_nonsense_is_no_name_server() -> None:
    def cut(packet: bytes) -> list[bytes]:
        made = dns.message.make_response(dns.message.from_wire(packet))
        made.flags |= dns.flags.TC
        return [made.to_wire()]

    seen = asked(cut, by_tcp=lambda _packet: [b"\xff" * 100])
    assert seen.error == "protocol_error"
    seen = asked(cut, by_tcp=lambda _packet: [])
    assert seen.error == "read_error"


def test_a_name_server_of_choice_passes_the_same_guard_as_any_target() -> None:
    for resolver in (HERE, "[::1]", "inner.example", "169.254.169.254:53"):
        seen = probe(
            "shop.example",
            check={"kind": "dns", "probe": {"resolver": resolver}},
            allow_private=False,
            resolver=names(inner="10.0.0.1"),
        )
        assert (seen.outcome, seen.error) == ("failure", "target_forbidden"), resolver


def test_records_can_be_asserted() -> None:
    holds = Assertion(source="records", operator="matches", value=r"^1\.2\.")
    fails = Assertion(source="records", operator="not_contains", value="5.6.7.8")
    assert asked(knowing(ZONE), check={"assertions": (holds,)}).error is None
    seen = asked(knowing(ZONE), check={"assertions": (fails,)})
    assert seen.error == "assertion_failed"
    assert seen.detail == "records should not contain '5.6.7.8', but is '1.2.3.4', '5.6.7.8'"


@pytest.mark.parametrize("target", ["a..b", "x" * 64 + ".example", "a." * 130 + "example"])
def test_a_name_that_cannot_be_asked_for_is_the_monitors_fault(target: str) -> None:
    seen = asked(knowing(ZONE), target)
    assert (seen.outcome, seen.error) == ("unknown", "request_invalid")


def nowhere(_host: str, _port: int) -> list[str]:
    raise HostNotFound("shop.example has no address", is_temporary=False)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        (
            knowing({("shop.example", "A"): ["1.2.3.4"]}),
            "knows the name as 1.2.3.4: the resolver of this region",
        ),
        (knowing({}), "no such record either: the domain's records are the trouble"),
        (knowing({}, "SERVFAIL"), "answers SERVFAIL: the domain's own name servers"),
        (lambda _packet: [], "Other resolvers do not answer either"),
    ],
)
def test_a_name_that_is_not_resolved_is_looked_up_elsewhere(answers: Answering, told: str) -> None:
    with answering(answers) as server:
        elsewhere = Elsewhere([HERE], port=server.port)
        seen = probe("http://shop.example/", resolver=nowhere, elsewhere=elsewhere)
    assert seen.error == "dns_nxdomain"
    assert seen.evidence is not None
    assert seen.evidence.diagnosis is not None
    assert told in seen.evidence.diagnosis


def test_the_machines_own_name_server_is_the_first_that_it_names(tmp_path: Any) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(
        "search x\n# no\nnameserver nonsense\nnameserver 10.0.0.2\nnameserver 1.1.1.1\n"
    )
    assert own_resolver(path) == ("10.0.0.2", 53)
