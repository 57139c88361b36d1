"""Access tokens of the user pool: what makes them valid, each part taken away in turn."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.api.auth import jwks
from sentinelmesh.errors import KeysUnavailable
from tests.integration.api.people import Signer
from tests.integration.api.stage import Answer, Stage, api_stage

POOL = Signer()
STRANGER = Signer()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One mesh for all tokens: they change nothing."""
    with api_stage() as made:
        made.key_set = POOL.key_set
        made.now = datetime.now(UTC)
        yield made


def read(stage: Stage, token: str) -> Answer:
    return stage.call("GET", "/v1/monitors", token=token)


def test_a_token_of_the_pool_opens_what_its_groups_give(stage: Stage) -> None:
    assert read(stage, POOL.token(stage)).status == 200
    editor = POOL.token(stage)
    assert stage.call("POST", "/v1/monitors", {}, token=editor).status == 422
    assert stage.call("GET", "/v1/users", token=editor).status == 403
    for groups in ([], ["viewer"], ["strangers"]):
        viewer = POOL.token(stage, groups=groups)
        assert read(stage, viewer).status == 200
        assert stage.call("POST", "/v1/monitors", {}, token=viewer).status == 403
    nobody = POOL.token(stage, without="cognito:groups")
    assert stage.call("POST", "/v1/monitors", {}, token=nobody).status == 403


Forge = Callable[[Stage], str]


def hmac_with_public_key(stage: Stage) -> str:
    """Sign with the public key as if it were a shared secret (algorithm confusion)."""
    public = POOL.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT","kid":"key-1"}')
    body = POOL.token(stage).split(".")[1].encode()
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    signature = jwt.utils.base64url_encode(mac.sign(head + b"." + body, public))
    return (head + b"." + body + b"." + signature).decode()


def with_other_claims(stage: Stage) -> str:
    """Keep the signature and exchange what it signs."""
    head, _, signature = POOL.token(stage).split(".")
    claims = POOL.token(stage, groups=["admin"]).split(".")[1]
    return f"{head}.{claims}.{signature}"


def unsigned(stage: Stage) -> str:
    head = jwt.utils.base64url_encode(b'{"alg":"none","kid":"key-1"}').decode()
    return f"{head}.{POOL.token(stage).split('.')[1]}."


NOW = int(time.time())
FORGERIES: dict[str, Forge] = {
    "another issuer": lambda stage: POOL.token(stage, iss="https://cognito-idp.eu-west-1.x/pool"),
    "another pool": lambda stage: POOL.token(
        stage, iss="https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"
    ),
    "expired": lambda stage: POOL.token(stage, exp=NOW - 5),
    "not yet valid": lambda stage: POOL.token(stage, iat=NOW + 3600),
    "an id token": lambda stage: POOL.token(
        stage, token_use="id", aud=stage.settings.user_pool_client_id
    ),
    "another client": lambda stage: POOL.token(stage, client_id="other"),
    "an unknown key": lambda stage: POOL.token(stage, headers={"kid": "key-9"}),
    "no key": lambda stage: POOL.token(stage, headers={"kid": None}),
    "an odd key": lambda stage: POOL.token(stage, headers={"kid": "../../etc/passwd"}),
    "another signature": lambda stage: POOL.token(stage, key=STRANGER.key),
    "another algorithm": lambda stage: POOL.token(stage, algorithm="RS512"),
    "a shared secret": lambda stage: POOL.token(stage, key="x" * 64, algorithm="HS256"),
    "the public key as a secret": hmac_with_public_key,
    "no signature": unsigned,
    "other claims under the signature": with_other_claims,
    "cut off": lambda stage: POOL.token(stage)[:-20],
    "without parts": lambda stage: POOL.token(stage).replace(".", ""),
    "rubbish": lambda _stage: "ä.ö.ü",
    "dots": lambda _stage: "...",
    **{
        f"without {name}": lambda stage, name=name: POOL.token(stage, without=name)  # type: ignore[misc]
        for name in ("iss", "exp", "iat", "token_use", "client_id", "username")
    },
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_token_that_is_not_whole_is_refused_without_a_hint(stage: Stage, forgery: str) -> None:
    answer = read(stage, FORGERIES[forgery](stage))
    assert answer.status == 401, answer
    assert answer.body["detail"] == read(stage, "smk_none").body["detail"]


def test_who_was_signed_out_needs_a_new_token(stage: Stage) -> None:
    # In the past: a token that is issued a second from now is refused for that alone.
    signed_out_at = stage.now - timedelta(minutes=1)
    issued = int(signed_out_at.timestamp())
    old = POOL.token(stage, username="person-2", iat=issued)
    assert read(stage, old).status == 200
    stage.backend.sign_outs.put("person-2", signed_out_at)
    assert read(stage, old).status == 401
    assert read(stage, POOL.token(stage, username="person-2", iat=issued + 1)).status == 200
    assert read(stage, POOL.token(stage, username="person-3", iat=issued)).status == 200


class Pool:
    """A user pool that counts how often its keys are fetched."""

    def __init__(self) -> None:
        self.fetched = 0
        self.answer: Callable[[], Any] = POOL.key_set
        self.time = 1000.0
        self.keys = jwks.SigningKeys(self._fetch, lambda: self.time)

    def _fetch(self) -> Any:
        self.fetched += 1
        return self.answer()


def away() -> Any:
    raise TimeoutError


def test_keys_are_fetched_once_an_hour() -> None:
    pool = Pool()
    for passed in (0, 10, 3500):
        pool.time += passed
        assert pool.keys.find("key-1") is not None
    assert pool.fetched == 1
    pool.time += 100
    assert pool.keys.find("key-1") is not None
    assert pool.fetched == 2


def test_made_up_names_of_keys_cause_no_flood_of_fetches() -> None:
    pool = Pool()
    assert [pool.keys.find(f"made-up-{number}") for number in range(50)] == [None] * 50
    assert pool.fetched == 1


def test_a_new_key_is_found_within_a_minute() -> None:
    pool = Pool()
    assert pool.keys.find("key-2") is None
    pool.answer = Signer(key_id="key-2").key_set
    pool.time += 61
    assert pool.keys.find("key-2") is not None
    assert pool.keys.find("key-1") is None


def test_known_keys_are_used_while_the_pool_is_away() -> None:
    pool = Pool()
    assert pool.keys.find("key-1") is not None
    pool.answer = away
    pool.time += 10_000
    assert pool.keys.find("key-1") is not None
    with pytest.raises(KeysUnavailable):
        pool.keys.find("key-2")


@pytest.mark.parametrize("answer", [away, dict, lambda: {"keys": [{"kid": "a"}]}])
def test_a_pool_without_usable_keys_is_an_outage_and_no_refusal(
    answer: Callable[[], Any],
) -> None:
    """A 401 would sign everybody out."""
    pool = Pool()
    pool.answer = answer
    with pytest.raises(KeysUnavailable):
        pool.keys.find("key-1")


def test_keys_that_cannot_be_fetched_are_a_503(stage: Stage) -> None:
    pool = Pool()
    pool.answer = away
    fresh = Stage(stage.mesh, now=stage.now, key_set=away)
    assert read(fresh, POOL.token(fresh)).status == 503
