"""The kind tls: the certificate of any port that speaks TLS, good or bad."""

import asyncio
import ssl
from typing import Any

import pytest

from functions.prober.observation import Observation
from sentinelmesh.domain.monitors.monitor import Assertion
from tests.integration.prober.certificates import (
    DAY,
    HOST,
    NOW,
    Issued,
    authority,
    issued,
    showing,
    trusting,
)
from tests.integration.prober.probing import names, probe
from tests.integration.prober.servers import Conversation, greeting, refusing_handshakes, serving

ROOT = authority("Root")
BETWEEN = authority("Between", ROOT)
TRUST = trusting([ROOT])
GOOD = issued(ROOT)


async def fine(conversation: Conversation) -> None:
    await conversation.answer()


def seen_with(
    tls: ssl.SSLContext,
    host: str = HOST,
    assertions: tuple[Assertion, ...] = (),
    **block: Any,
) -> Observation:
    with serving(fine, tls) as site:
        check = {"kind": "tls", "probe": block, "assertions": assertions}
        return probe(f"{host}:{site.port}", check=check, resolver=names(), trust=TRUST)


def test_a_good_certificate_is_described() -> None:
    seen = seen_with(showing(issued(BETWEEN), BETWEEN))
    assert (seen.outcome, seen.degraded, seen.error) == ("success", False, None)
    assert seen.tls_expires_at == NOW + 30 * DAY
    assert seen.tls_fingerprint is not None
    assert len(seen.tls_fingerprint) == 64
    assert seen.certificate is not None
    assert seen.certificate.subject == HOST
    assert seen.certificate.issuer == "Between"
    assert seen.certificate.names == (HOST,)
    assert seen.certificate.key == "EC P-256"
    assert seen.certificate.protocol == "TLSv1.3"
    assert seen.certificate.chain == ("Between", "Root")
    assert seen.evidence is None
    assert seen.timings is not None
    assert seen.timings.tls_ms is not None


@pytest.mark.parametrize(("days", "degraded"), [(13, True), (15, False)])
def test_a_certificate_that_ends_soon_makes_it_degraded(days: int, *, degraded: bool) -> None:
    ending = issued(ROOT, valid=(NOW - DAY, NOW + days * DAY))
    seen = seen_with(showing(ending))
    assert (seen.outcome, seen.degraded) == ("success", degraded)
    if degraded:
        assert seen.detail is not None
        assert seen.detail.startswith("the certificate ends in 13 days")
    assert seen_with(showing(ending), degraded_below_days=0).degraded is False


def test_the_days_that_are_left_can_be_asserted() -> None:
    least = Assertion(source="certificate_days_left", operator="greater_than", value=31)
    seen = seen_with(showing(GOOD), assertions=(least,))
    assert seen.error == "assertion_failed"
    assert seen.detail == "certificate_days_left should be greater than 31, but is 30.0"


EXPIRED = issued(ROOT, valid=(NOW - 30 * DAY, NOW - DAY))
STRANGE = issued(authority("Stranger"))


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ([EXPIRED], "tls_expired"),
        ([issued(None)], "tls_self_signed"),
        ([issued(ROOT, "other.example")], "tls_hostname_mismatch"),
        ([issued(BETWEEN)], "tls_incomplete_chain"),
        ([STRANGE], "tls_incomplete_chain"),
    ],
    ids=["expired", "self-signed", "wrong-host", "incomplete", "strange"],
)
def test_a_bad_certificate_is_described_as_well(shown: list[Issued], code: str) -> None:
    seen = seen_with(showing(*shown))
    assert (seen.outcome, seen.error) == ("failure", code)
    assert seen.tls_expires_at == shown[0].certificate.not_valid_after_utc
    assert seen.certificate is not None
    assert seen.certificate.protocol == "TLSv1.3"
    assert seen.evidence is not None
    assert seen.evidence.diagnosis is not None
    assert "the certificate is the trouble" in seen.evidence.diagnosis


def test_without_verification_only_the_end_counts() -> None:
    assert seen_with(showing(issued(None)), verify_tls=False).error is None


def test_a_name_of_choice_is_asked_for_and_compared() -> None:
    asked: list[str | None] = []
    tls = showing(GOOD)
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    assert seen_with(tls, "127.0.0.1", server_name=HOST).error is None
    assert asked == [HOST]


def test_an_old_version_is_refused_when_a_newer_one_is_wanted() -> None:
    tls = showing(GOOD)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    assert seen_with(tls).error is None
    with refusing_handshakes(tls) as port:
        check = {"kind": "tls", "probe": {"minimum_version": "1.3"}}
        seen = probe(f"{HOST}:{port}", check=check, resolver=names(), trust=TRUST)
    assert seen.error == "tls_old_protocol"
    assert seen.detail == f"{HOST}: the server speaks no TLS from 1.3 on"


def test_a_port_without_tls_is_no_certificates_fault() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 ready\r\n")
        await writer.drain()

    with greeting(plain) as site:
        seen = probe(f"{HOST}:{site.port}", check={"kind": "tls"}, resolver=names(), trust=TRUST)
    assert seen.error == "tls_error"
    assert seen.evidence is not None
    assert seen.evidence.diagnosis is not None
    assert "not the certificate" in seen.evidence.diagnosis
