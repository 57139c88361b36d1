"""Headers whose values are secret: taken out of what is stored and shown, put back when kept."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.api.problems import invalid
from functions.api.schemas.kinds import HIDDEN, is_secret_header

FIELD = "headers."
# Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A block and its secrets.

    Args:
        block: without the secret headers.
        secrets: by the names of their fields, e.g. "headers.Authorization".
        keeps: some are those that were kept before, and not written anew.
    """

    block: dict[str, Any]
    secrets: dict[str, str]
    keeps: bool


def split(block: dict[str, Any], known: Mapping[str, str]) -> Split:
    """Take the secret headers out of a block; a value of *** keeps what is known.

    Raises:
        Problem: 422, there is nothing to keep, or it is more than the store takes.
    """
    known = {name.lower(): value for name, value in known.items()}
    shown, secrets, keeps = {}, {}, False
    for name, value in (block.get("headers") or {}).items():
        field = FIELD + name
        if not is_secret_header(name):
            shown[name] = value
        elif value != HIDDEN:
            secrets[field] = value
        elif field.lower() in known:
            secrets[field] = known[field.lower()]
            keeps = True
        else:
            raise invalid(f"/http/headers/{name}", "there is no value to keep yet; give one")
    if len(json.dumps(secrets)) > MOST_BYTES:
        raise invalid("/http/headers", f"secret values together have at most {MOST_BYTES} bytes")
    if "headers" in block:
        block = {**block, "headers": shown}
    return Split(block=block, secrets=secrets, keeps=keeps)


def hidden(fields: Iterable[str]) -> dict[str, str]:
    """Show that there are secret headers, and nothing of their values.

    >>> hidden(["headers.Cookie"])
    {'Cookie': '***'}
    """
    return {name.removeprefix(FIELD): HIDDEN for name in fields if name.startswith(FIELD)}


def aligned(patch: Mapping[str, Any], headers: Iterable[str]) -> Mapping[str, Any]:
    """Write the headers of a patch as the monitor has them: names differ in case only by accident.

    >>> aligned({"http": {"headers": {"accept": None}}}, ["Accept"])
    {'http': {'headers': {'Accept': None}}}
    """
    block = patch.get("http")
    given = block.get("headers") if isinstance(block, Mapping) else None
    if not isinstance(block, Mapping) or not isinstance(given, Mapping):
        return patch
    known = {name.lower(): name for name in headers}
    written = {known.get(name.lower(), name): value for name, value in given.items()}
    if len(written) < len(given):
        return patch  # one header twice: the checks will say so
    return {**patch, "http": {**block, "headers": written}}
