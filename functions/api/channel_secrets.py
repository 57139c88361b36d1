"""The secret fields of channels: taken out of what is stored and shown, put back when kept."""

import base64
import secrets as chance
from collections.abc import Mapping
from typing import Any

from functions.api.problems import invalid
from functions.api.schemas.channel import ChannelIn
from functions.api.schemas.kinds import HIDDEN

# Which fields of each kind's block are secret.
SECRET_FIELDS: Mapping[str, tuple[str, ...]] = {
    "email": (),
    "slack": ("webhook_url",),
    "webhook": ("url", "secret"),
}
SECRET_BYTES = 32


def split(wanted: ChannelIn, known: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Take the secrets out of a channel's block.

    Raises:
        Problem: 422, the block is missing, another kind's is there, or there is nothing to keep.
    """
    for kind in SECRET_FIELDS:
        if kind != wanted.kind and getattr(wanted, kind) is not None:
            raise invalid(f"/{kind}", f"this channel is of kind {wanted.kind}")
    block = getattr(wanted, wanted.kind)
    if block is None:
        raise invalid(f"/{wanted.kind}", f"a channel of kind {wanted.kind} needs this block")
    options = block.model_dump(exclude_none=True)
    secrets: dict[str, str] = {}
    for field in SECRET_FIELDS[wanted.kind]:
        value = options.pop(field, None)
        if value == HIDDEN and field not in known:
            raise invalid(f"/{wanted.kind}/{field}", "there is no value to keep yet; give one")
        if value is not None:
            secrets[field] = known[field] if value == HIDDEN else value
    return options, secrets


def made_up(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """Make up the signing secret of a webhook that came without one."""
    if kind != "webhook" or "secret" in given:
        return {}
    return {"secret": "whsec_" + base64.b64encode(chance.token_bytes(SECRET_BYTES)).decode()}
