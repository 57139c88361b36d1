"""A client certificate that no probe can show is refused when it is saved."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.integration.api.stage import Stage, api_stage
from tests.integration.prober.certificates import Issued, issued

WANTED = {"name": "Shop", "kind": "http", "target": "https://shop.example/health"}
PLACE = "/http/client_certificate"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with api_stage() as made:
        yield made


def key_of(identity: Issued, password: str | None = None) -> str:
    how = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return identity.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, how).decode()


def showing(certificate: str, key: str) -> dict[str, Any]:
    return {**WANTED, "http": {"client_certificate": {"certificate": certificate, "key": key}}}


OURS, OTHER = issued(None), issued(None)
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
UNUSABLE = {
    "the key of another certificate": (OURS.pem.decode(), key_of(OTHER), "does not belong"),
    "a key with a password": (OURS.pem.decode(), key_of(OURS, "secret"), "has a password"),
    "a key that is none": (
        OURS.pem.decode(),
        "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n",
        "key cannot be read",
    ),
    "a certificate that is none": (f"{BEGIN}\nMA==\n{END}\n", key_of(OURS), "certificate cannot"),
    "half a certificate": (OURS.pem.decode()[:200], key_of(OURS), "certificate cannot be read"),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_certificate_that_cannot_be_shown_is_refused(stage: Stage, case: str) -> None:
    certificate, key, hint = UNUSABLE[case]
    answer = stage.call("POST", "/v1/monitors", showing(certificate, key))
    assert answer.status == 422
    assert hint in answer.errors[PLACE]
    assert key[40:80] not in str(answer.body)
    assert stage.get("/v1/monitors")["items"] == []


def test_a_certificate_with_its_own_key_is_saved_and_its_key_kept(stage: Stage) -> None:
    made = stage.call("POST", "/v1/monitors", showing(OURS.pem.decode(), key_of(OURS)))
    assert made.status == 201, made.errors
    path = f"/v1/monitors/{made.body['id']}"
    assert stage.call("PATCH", path, {"name": "Shop 2"}).status == 200


def test_a_new_certificate_does_not_go_with_the_key_that_was_kept(stage: Stage) -> None:
    made = stage.call("POST", "/v1/monitors", showing(OURS.pem.decode(), key_of(OURS)))
    changed = {"http": {"client_certificate": {"certificate": OTHER.pem.decode(), "key": "***"}}}
    answer = stage.call("PATCH", f"/v1/monitors/{made.body['id']}", changed)
    assert answer.status == 422
    assert "does not belong" in answer.errors[PLACE]
