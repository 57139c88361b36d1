"""Who we say we are: passwords, tokens and client certificates, sent to nobody else."""

import base64
import ssl
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from functions.prober.observation import Observation
from functions.prober.tls.contexts import MAX_SPECIAL, Wish
from tests.integration.prober.certificates import (
    HOST,
    Issued,
    authority,
    issued,
    showing,
    trusting,
)
from tests.integration.prober.probing import KeptSecrets, get, names
from tests.integration.prober.servers import Conversation, refusing_handshakes, serving

PASSWORD = "pa ss:wörd-canary"
BASIC = {"auth": {"kind": "basic", "username": "ann"}}
BEARER = {"auth": {"kind": "bearer"}}
ROOT = authority("Root")
CLIENTS = authority("Clients")
OURS = issued(CLIENTS, "prober.example")


def key_of(one: Issued) -> str:
    return one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def seen_with(target: str, block: dict[str, Any], secrets: dict[str, str], **rest: Any) -> Any:
    check = {"secret_fields": tuple(secrets), "probe": block}
    return get(target, options=block, secrets=KeptSecrets({"mon_1": secrets}), check=check, **rest)


async def fine(conversation: Conversation) -> None:
    await conversation.answer()


@pytest.mark.parametrize(
    ("block", "secrets", "sent"),
    [
        (
            BASIC,
            {"auth.password": PASSWORD},
            "Basic " + base64.b64encode(f"ann:{PASSWORD}".encode()).decode(),
        ),
        (BEARER, {"auth.token": "token-canary"}, "Bearer token-canary"),
        (
            {**BEARER, "headers": {"Authorization": "shown"}},
            {"auth.token": "token-canary"},
            "Bearer token-canary",
        ),
    ],
)
def test_credentials_are_sent_as_the_standards_say(
    block: dict[str, Any], secrets: dict[str, str], sent: str
) -> None:
    with serving(fine) as site:
        seen = seen_with(site.url(), block, secrets)
    assert seen.error is None
    assert site.asked[0].header("authorization") == sent


@pytest.mark.parametrize(
    ("block", "secrets"),
    [(BASIC, {"auth.password": PASSWORD}), (BEARER, {"auth.token": "token-canary"})],
)
def test_a_target_that_repeats_credentials_shows_them_to_nobody(
    block: dict[str, Any], secrets: dict[str, str]
) -> None:
    async def repeat(conversation: Conversation) -> None:
        header = conversation.asked.header("authorization") or ""
        decoded = base64.b64decode(header.split()[-1] + "==", validate=False)
        body = f"you sent {header} ".encode() + decoded
        await conversation.answer(403, body, [("Server", header), ("Location", header)])

    with serving(repeat) as site:
        seen = seen_with(site.url(), block, secrets)
    assert seen.error == "status_mismatch"
    assert seen.body_sample is not None
    assert seen.evidence is not None
    whole = f"{seen}"
    assert "canary" not in whole
    assert base64.b64encode(f"ann:{PASSWORD}".encode()).decode() not in whole
    assert "you sent" in whole


def test_credentials_do_not_follow_a_redirect_to_somebody_else() -> None:
    with serving(fine) as other:

        async def lead_away(conversation: Conversation) -> None:
            await conversation.redirect(other.url())

        with serving(lead_away) as site:
            seen = seen_with(site.url(), BASIC, {"auth.password": PASSWORD})
    assert seen.error is None
    assert other.asked[0].header("authorization") is None


def demanding(names_of: list[str] | None = None) -> ssl.SSLContext:
    """Build a server that wants a certificate of ours."""
    tls = showing(issued(ROOT))
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(cadata=CLIENTS.pem.decode())
    if names_of is not None:
        tls.sni_callback = lambda _socket, name, _context: names_of.append(name)
    return tls


def mutual(target: str, secrets: dict[str, str], **rest: Any) -> Observation:
    block = {"client_certificate": {"certificate": OURS.pem.decode()}}
    seen: Observation = seen_with(
        target, block, secrets, resolver=names(), trust=trusting([ROOT]), **rest
    )
    return seen


def test_a_client_certificate_opens_a_server_that_wants_one() -> None:
    with serving(fine, demanding()) as site:
        seen = mutual(site.url(host=HOST), {"client_certificate.key": key_of(OURS)})
    assert (seen.outcome, seen.error) == ("success", None)


def test_a_key_of_another_certificate_is_the_monitors_fault_and_stays_secret() -> None:
    other = key_of(issued(CLIENTS))
    with serving(fine, demanding()) as site:
        seen = mutual(site.url(host=HOST), {"client_certificate.key": other})
    assert (seen.outcome, seen.error) == ("unknown", "request_invalid")
    assert seen.detail == "the client certificate: the key does not belong to the certificate"


def test_a_client_certificate_is_not_shown_to_whom_a_redirect_leads() -> None:
    with refusing_handshakes(demanding()) as port:

        async def lead_away(conversation: Conversation) -> None:
            await conversation.redirect(f"https://{HOST}:{port}/")

        with serving(lead_away, demanding()) as site:
            seen = mutual(site.url(host=HOST), {"client_certificate.key": key_of(OURS)})
    assert seen.error == "tls_error"


def test_a_name_of_choice_is_asked_for_and_compared() -> None:
    asked: list[str] = []
    tls = showing(issued(ROOT))
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    with serving(fine, tls) as site:
        options = {"server_name": HOST}
        seen = get(site.url(), trust=trusting([ROOT]), options=options)
        wrong = get(site.url(), trust=trusting([ROOT]), options={"server_name": "other.example"})
    assert (seen.error, wrong.error) == (None, "tls_hostname_mismatch")
    assert asked[:2] == [HOST, "other.example"]


def test_few_contexts_for_special_wishes_are_kept() -> None:
    trust = trusting([ROOT])
    wishes = [Wish(applications=(f"p{count}",)) for count in range(MAX_SPECIAL + 1)]
    made = [trust.make(wish) for wish in wishes]
    assert trust.ready(wishes[0]) is None
    assert trust.ready(wishes[-1]) is made[-1]
    assert trust.make(Wish(applications=("p1",), server_name=HOST)) is made[1]
