"""Certificates and handshakes: each fault has a reason of its own."""

import asyncio
import ssl
import warnings
from datetime import datetime
from typing import Any

import pytest

from functions.prober.observation import Observation
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
from tests.integration.prober.probing import KeptSecrets, get, names
from tests.integration.prober.servers import Conversation, greeting, refusing_handshakes, serving

ROOT = authority("Root")
BETWEEN = authority("Between", ROOT)
STRANGER = authority("Stranger")
TRUST = trusting([ROOT])
GOOD = issued(ROOT)


async def fine(conversation: Conversation) -> None:
    await conversation.answer()


def seen_with(tls: ssl.SSLContext, host: str = HOST, **rest: Any) -> Observation:
    """Probe a server that is fine but for its TLS."""
    with serving(fine, tls) as site:
        return get(site.url(host=host), resolver=names(), trust=TRUST, **rest)


def test_a_good_certificate_is_accepted_and_its_end_noted() -> None:
    seen = seen_with(showing(GOOD))
    assert (seen.outcome, seen.error, seen.status_code) == ("success", None, 200)
    assert seen.tls_expires_at == NOW + 30 * DAY
    assert seen.timings is not None
    assert seen.timings.tls_ms is not None


def test_a_chain_over_an_authority_in_between_is_accepted() -> None:
    assert seen_with(showing(issued(BETWEEN), BETWEEN)).error is None


@pytest.mark.parametrize("host", [HOST + ".", "SHOP.example"])
def test_other_spellings_of_a_name_are_the_same_name(host: str) -> None:
    assert seen_with(showing(GOOD), host).error is None


EXPIRED = issued(ROOT, valid=(NOW - 30 * DAY, NOW - DAY))
FUTURE = issued(ROOT, valid=(NOW + DAY, NOW + 30 * DAY))
FOREIGN = issued(ROOT, "other.example")
OWN = issued(None)
BELOW = issued(BETWEEN)
STRANGE = issued(STRANGER)


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ([EXPIRED], "tls_expired"),
        ([FUTURE], "tls_not_yet_valid"),
        ([FOREIGN], "tls_hostname_mismatch"),
        ([OWN], "tls_self_signed"),
        ([BELOW], "tls_incomplete_chain"),
        ([STRANGE, STRANGER], "tls_untrusted"),
        ([issued(STRANGER, points_to_issuer=False)], "tls_untrusted"),
        ([issued(authority("Below", STRANGER)), STRANGER], "tls_untrusted"),
    ],
    ids=[
        "expired",
        "future",
        "wrong-host",
        "self-signed",
        "incomplete",
        "untrusted",
        "private",
        "broken",
    ],
)
def test_each_fault_of_a_certificate_has_its_own_reason(shown: list[Issued], code: str) -> None:
    seen = seen_with(showing(*shown))
    assert (seen.outcome, seen.error) == ("failure", code)
    assert seen.status_code is None
    assert seen.detail is not None
    assert seen.detail.startswith(HOST)
    expected: datetime = shown[0].certificate.not_valid_after_utc
    assert seen.tls_expires_at == expected, "the end is read even so"


@pytest.mark.parametrize(
    "shown",
    [[EXPIRED], [FOREIGN], [OWN], [BELOW], [STRANGE]],
    ids=["expired", "foreign", "own", "below", "strange"],
)
def test_a_monitor_that_does_not_verify_accepts_any_certificate(shown: list[Issued]) -> None:
    seen = seen_with(showing(*shown), options={"verify_tls": False})
    assert (seen.outcome, seen.error) == ("success", None)
    assert seen.tls_expires_at == shown[0].certificate.not_valid_after_utc


def test_an_address_as_host_is_compared_with_the_certificate_too() -> None:
    assert seen_with(showing(GOOD), "127.0.0.1").error == "tls_hostname_mismatch"


def test_no_request_leaves_before_the_certificate_is_trusted() -> None:
    secrets = KeptSecrets({"mon_1": {"headers.authorization": "Bearer canary"}})
    with serving(fine, showing(STRANGE)) as site:
        check = {"secret_fields": ("headers.authorization",)}
        get(site.url(host=HOST), resolver=names(), trust=TRUST, secrets=secrets, check=check)
    assert site.asked == []


def test_a_server_that_speaks_only_old_versions_is_told_apart() -> None:
    old = showing(GOOD)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with refusing_handshakes(old) as port:
        seen = get(f"https://{HOST}:{port}/", resolver=names(), trust=TRUST)
    assert (seen.outcome, seen.error) == ("failure", "tls_old_protocol")


def test_a_server_without_tls_at_its_port_is_told_apart() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad\r\n\r\n")
        await writer.drain()

    with greeting(plain) as site:
        seen = get(f"https://{HOST}:{site.port}/", resolver=names(), trust=TRUST)
    assert seen.error == "tls_error"
    assert seen.detail == f"{HOST}: the server does not speak TLS at this port"


def test_a_handshake_that_is_cut_off_is_an_error_of_tls() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    with greeting(hang_up) as site:
        seen = get(f"https://{HOST}:{site.port}/", resolver=names(), trust=TRUST)
    assert (seen.outcome, seen.error) == ("failure", "tls_error")


def test_a_server_that_wants_a_certificate_of_ours_is_an_error_of_tls() -> None:
    mutual = showing(GOOD)
    mutual.verify_mode = ssl.CERT_REQUIRED
    mutual.load_verify_locations(cadata=ROOT.pem.decode())
    with refusing_handshakes(mutual) as port:
        seen = get(f"https://{HOST}:{port}/", resolver=names(), trust=TRUST)
    assert (seen.outcome, seen.error) == ("failure", "tls_error")
    assert seen.detail is not None
    assert "certificate required" in seen.detail


def test_headers_do_not_survive_the_way_from_tls_to_plain() -> None:
    with serving(fine) as plain:

        async def downgrade(conversation: Conversation) -> None:
            await conversation.redirect(f"http://{HOST}:{plain.port}/")

        with serving(downgrade, showing(GOOD)) as site:
            seen = get(
                site.url(host=HOST),
                resolver=names(),
                trust=TRUST,
                options={"headers": {"X-Team": "canary"}},
            )
    assert seen.error is None
    assert site.asked[0].header("x-team") == "canary"
    assert plain.asked[0].header("x-team") is None
    assert seen.tls_expires_at is not None
