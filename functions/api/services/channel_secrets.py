"""The secret fields of channels: taken out of what is stored and shown, put back when kept."""

import base64
import secrets as chance
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.api.http.problem import invalid
from functions.api.schemas.channel import ChannelIn
from functions.api.schemas.channel_kinds import CHANNEL_KINDS
from functions.api.schemas.web import HIDDEN
from sentinelmesh.domain.values import instant

SECRET_BYTES = 32


def split(wanted: ChannelIn, known: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Take the secrets out of a channel's block.

    Raises:
        Problem: 422, the block is missing, another kind's is there, or there is nothing to keep.
    """
    for kind in CHANNEL_KINDS:
        if kind != wanted.kind and getattr(wanted, kind) is not None:
            raise invalid(f"/{kind}", f"this channel is of kind {wanted.kind}")
    block = getattr(wanted, wanted.kind)
    if block is None:
        raise invalid(f"/{wanted.kind}", f"a channel of kind {wanted.kind} needs this block")
    options = block.model_dump(exclude_none=True)
    secrets: dict[str, str] = {}
    for field in CHANNEL_KINDS[wanted.kind].secret_fields:
        value = options.pop(field, None)
        if value == HIDDEN and field not in known:
            raise invalid(f"/{wanted.kind}/{field}", "there is no value to keep yet; give one")
        if value is not None:
            secrets[field] = known[field] if value == HIDDEN else value
    return options, secrets


def with_previous(
    kind: str, known: Mapping[str, str], secrets: Mapping[str, str], now: datetime
) -> dict[str, str]:
    """Keep the signing secret that is replaced: for a day messages are signed with both.

    So a receiver can be given the new one without a message that it cannot verify.
    """
    before = known.get("secret")
    if kind != "webhook" or before is None:
        return dict(secrets)
    if before != secrets.get("secret"):
        return {**secrets, "previous_secret": before, "replaced_at": instant.text(now)}
    kept = {name: known[name] for name in ("previous_secret", "replaced_at") if name in known}
    return {**secrets, **kept}


def generate_secrets(kind: str, given: Mapping[str, str]) -> dict[str, str]:
    """Make up the signing secret of a webhook that came without one."""
    if kind != "webhook" or "secret" in given:
        return {}
    return {"secret": "whsec_" + base64.b64encode(chance.token_bytes(SECRET_BYTES)).decode()}
