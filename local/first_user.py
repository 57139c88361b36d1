"""The first user's login and API token: made once, kept with the state, checked at each start."""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from local.embedded_aws import EmbeddedAws
from local.errors import StepFailed
from local.state_folder import read_json, write_private_json

EMAIL = "admin@sentinelmesh.example"
TIMEOUT_SECONDS = 40.0


@dataclass(frozen=True)
class Login:
    """What a person and a program need to use the mesh."""

    email: str
    password: str
    api_token: str


async def ensure_login(aws: EmbeddedAws, url: str, path: Path) -> Login:
    """Return the login of this state folder, making user and token where they are missing."""
    kept = read_json(path)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=TIMEOUT_SECONDS) as client:
        token = kept.get("api_token", "")
        if token and await _is_accepted(client, token):
            return Login(kept["email"], kept["password"], token)
        password = kept.get("password") or new_password()
        aws.ensure_user(aws.variables("api")["USER_POOL_ID"], EMAIL, password)
        login = Login(EMAIL, password, await _new_token(client, password))
    write_private_json(path, asdict(login))
    return login


def new_password() -> str:
    """Build a random password with every kind of character that a pool's policy may ask for."""
    return f"{secrets.token_urlsafe(12)}-aA1"


async def _is_accepted(client: httpx.AsyncClient, token: str) -> bool:
    answer = await client.get("/v1/monitors?limit=1", headers=bearer(token))
    return answer.status_code == httpx.codes.OK


async def _new_token(client: httpx.AsyncClient, password: str) -> str:
    session = await client.post("/v1/session", json={"email": EMAIL, "password": password})
    _expect(session, httpx.codes.OK, httpx.codes.CREATED)
    wanted = {"name": "local mesh", "scope": "admin"}
    access = bearer(session.json()["access_token"])
    token = await client.post("/v1/api-tokens", json=wanted, headers=access)
    _expect(token, httpx.codes.OK, httpx.codes.CREATED)
    return str(token.json()["token"])


def bearer(token: str) -> dict[str, str]:
    """Build the header that carries a token."""
    return {"authorization": f"Bearer {token}"}


def _expect(answer: httpx.Response, *statuses: int) -> None:
    if answer.status_code not in statuses:
        raise StepFailed(
            f"{answer.request.method} {answer.request.url.path} answered "
            f"{answer.status_code}: {answer.text[:300]}"
        )
