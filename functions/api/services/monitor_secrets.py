"""Secrets of a monitor's block: taken out of what is stored and shown, put back when kept."""

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.backend import Backend
from functions.api.http.problem import invalid
from functions.api.schemas.web import HIDDEN, is_secret_header
from sentinelmesh.observability import logger

HEADER = "headers."
# Fields of blocks that are secret whatever is in them, with the object that each stands in.
LEAVES = (("auth", "password"), ("auth", "token"), ("client_certificate", "key"))
# Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
MAX_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A block and its secrets.

    Args:
        block: without them.
        secrets: by the names of their fields, e.g. "headers.Authorization", "auth.password".
        keeps: some are those that were kept before, and not written anew.
    """

    block: dict[str, Any]
    secrets: dict[str, str]
    keeps: bool


def split(kind: str, block: dict[str, Any], known: Mapping[str, str]) -> Split:
    """Take the secrets out of a block; a value of *** keeps what is known.

    Raises:
        Problem: 422, there is nothing to keep, or it is more than the store takes.
    """
    known = {name.lower(): value for name, value in known.items()}
    block, written = _extract(block)
    secrets, keeps = {}, False
    for field, value in written.items():
        place = f"/{kind}/{field.replace('.', '/', 1)}"
        if value != HIDDEN:
            secrets[field] = value
        elif field.lower() in known:
            secrets[field] = known[field.lower()]
            keeps = True
        else:
            raise invalid(place, "there is no value to keep yet; give one")
    if len(json.dumps(secrets)) > MAX_BYTES:
        largest = max(secrets, key=lambda name: len(secrets[name]))
        place = f"/{kind}/{largest.split('.', 1)[0]}"
        raise invalid(place, f"secret values together have at most {MAX_BYTES} bytes")
    return Split(block=block, secrets=secrets, keeps=keeps)


def _extract(block: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a block without its secrets, and these."""
    block = deepcopy(block)
    secrets = {}
    headers = block.get("headers") or {}
    for name in [name for name in headers if is_secret_header(name)]:
        secrets[HEADER + name] = headers.pop(name)
    for outer, inner in LEAVES:
        if inner in (block.get(outer) or {}):
            secrets[f"{outer}.{inner}"] = block[outer].pop(inner)
    return block, secrets


def mask(block: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Show that there are secrets, and nothing of their values.

    >>> mask({"auth": {"kind": "bearer"}}, ["headers.Cookie", "auth.token"])
    {'auth': {'kind': 'bearer', 'token': '***'}, 'headers': {'Cookie': '***'}}
    """
    complete = deepcopy(dict(block))
    for field in fields:
        outer, inner = field.split(".", 1)
        complete[outer] = {**(complete.get(outer) or {}), inner: HIDDEN}
    return complete


def align_headers(
    patch: Mapping[str, Any], kind: str, block: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Write a patch as the monitor has it: headers differ in case only by accident.

    Credentials of another kind replace those that were there, instead of mixing with them.

    >>> align_headers({"http": {"headers": {"accept": None}}}, "http", {"headers": {"Accept": "x"}})
    {'http': {'headers': {'Accept': None}}}
    """
    changed = patch.get(kind)
    if not isinstance(changed, Mapping):
        return patch
    changed = {**changed}
    given, auth = changed.get("headers"), changed.get("auth")
    if isinstance(given, Mapping):
        known = {name.lower(): name for name in block.get("headers") or {}}
        written = {known.get(name.lower(), name): value for name, value in given.items()}
        if len(written) == len(given):  # or else a header is there twice: the checks will say so
            changed["headers"] = written
    before = block.get("auth")
    if isinstance(auth, Mapping) and before and auth.get("kind", before["kind"]) != before["kind"]:
        changed["auth"] = {**dict.fromkeys(before), **auth}
    return {**patch, kind: changed}


def forget_secrets(backend: Backend, owner_id: str) -> None:
    """Delete the parameter of a monitor or channel that is gone, if it has one.

    Where that fails, an encrypted parameter is left that nothing refers to; the log names it.
    """
    try:
        backend.secrets.delete(owner_id)
    except (BotoCoreError, ClientError):
        logger().exception("secrets_left", owner_id=owner_id)
