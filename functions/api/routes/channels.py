"""Channels: where alerts go."""

import base64
import json
import secrets as random_secrets
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from functions.api.identifiers import new_id
from functions.api.merging import check_match, etag, merged, patch_of
from functions.api.paging import PageQuery, decode, page
from functions.api.parsing import validated
from functions.api.presenting import channel_out
from functions.api.problems import Problem, invalid, not_found
from functions.api.route import Answer, Request, Route
from functions.api.schemas.base import Empty
from functions.api.schemas.channel import (
    AnswerOut,
    ChannelIn,
    ChannelOut,
    ChannelPage,
    ChannelPatch,
)
from functions.api.schemas.kinds import HIDDEN
from sentinelmesh.domain.access import Scope
from sentinelmesh.domain.alert import AlertKind, Channel

# Which fields of each kind's block are secret.
SECRET_FIELDS: Mapping[str, tuple[str, ...]] = {
    "email": (),
    "slack": ("webhook_url",),
    "webhook": ("url", "secret"),
}
SECRET_BYTES = 32


def find(request: Request) -> Channel:
    """Read the channel that a path names.

    Raises:
        Problem: 404.
    """
    channel = request.backend.channels.get(request.path["channel_id"])
    if channel is None:
        raise not_found("channel of this id")
    return channel


def create(request: Request) -> Answer:
    """Add a channel; a signing secret that we make up is shown in this answer only."""
    wanted: ChannelIn = request.body
    options, secrets = _split(wanted, {})
    made_up = None
    if wanted.kind == "webhook" and "secret" not in secrets:
        made_up = "whsec_" + base64.b64encode(random_secrets.token_bytes(SECRET_BYTES)).decode()
        secrets["secret"] = made_up
    now = request.backend.clock()
    channel = Channel(
        id=new_id("ch"),
        name=wanted.name,
        kind=wanted.kind,
        created_at=now,
        updated_at=now,
        options=options,
        secret_fields=tuple(sorted(secrets)),
        events=tuple(AlertKind(event) for event in wanted.events),
        enabled=wanted.enabled,
    )
    if secrets:
        request.backend.secrets.put(channel.id, secrets)
    request.backend.channels.create(channel)
    shown = channel_out(channel)
    if made_up:
        shown["webhook"]["secret"] = made_up
    return Answer(body=shown, status=HTTPStatus.CREATED, headers={"ETag": etag(1)})


def read(request: Request) -> Answer:
    """Show a channel."""
    return _shown(find(request))


def change(request: Request) -> Answer:
    """Apply a merge patch; *** keeps a secret."""
    backend, before = request.backend, find(request)
    check_match(request, before.revision)
    written = {
        "name": before.name,
        "kind": before.kind,
        before.kind: channel_out(before)[before.kind],
        "events": list(before.events),
        "enabled": before.enabled,
    }
    wanted = validated(ChannelIn, merged(written, patch_of(request)))
    if wanted.kind != before.kind:
        raise invalid("/kind", "the kind of a channel cannot change; add another channel")
    known = backend.secrets.get(before.id) if before.secret_fields else {}
    options, secrets = _split(wanted, known)
    if secrets != dict(known):
        backend.secrets.put(before.id, secrets)
    after = replace(
        before,
        name=wanted.name,
        options=options,
        secret_fields=tuple(sorted(secrets)),
        events=tuple(AlertKind(event) for event in wanted.events),
        enabled=wanted.enabled,
        revision=before.revision + 1,
        updated_at=backend.clock(),
    )
    backend.channels.replace(after)
    return _shown(after)


def delete(request: Request) -> Answer:
    """Remove a channel; what it has not yet been told stays untold, visibly."""
    channel = find(request)
    check_match(request, channel.revision)
    request.backend.channels.delete(channel.id)
    if channel.secret_fields:
        request.backend.secrets.delete(channel.id)
    return Answer(status=HTTPStatus.NO_CONTENT)


def list_channels(request: Request) -> Answer:
    """Show a page of channels in the order of their ids."""
    query: PageQuery = request.query
    after = decode(query.cursor) or ""
    channels = sorted(request.backend.channels.list(), key=lambda channel: channel.id)
    left = [channel for channel in channels if channel.id > after]
    shown = left[: query.limit]
    last = shown[-1].id if len(left) > len(shown) else None
    return Answer(body=page([channel_out(channel) for channel in shown], last))


def test(request: Request) -> Answer:
    """Have the alerter send an example, and give the provider's answer word for word."""
    channel = find(request)
    backend = request.backend
    answer = backend.functions.invoke(
        FunctionName=backend.settings.alerter_function,
        Payload=json.dumps({"test_channel": channel.id}).encode(),
    )
    if answer.get("FunctionError"):
        raise Problem(HTTPStatus.BAD_GATEWAY, "The alerter failed while sending; its log says why.")
    return Answer(body=json.loads(answer["Payload"].read()))


def _split(wanted: ChannelIn, known: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Take the secrets out of a channel's block.

    Raises:
        Problem: 422, the block is missing, or another kind's is there.
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
        value = options.pop(field, HIDDEN if field in known else None)
        if value == HIDDEN and field not in known:
            raise invalid(f"/{wanted.kind}/{field}", "there is no value to keep yet; give one")
        if value is not None:
            secrets[field] = known[field] if value == HIDDEN else value
    return options, secrets


def _shown(channel: Channel) -> Answer:
    return Answer(body=channel_out(channel), headers={"ETag": etag(channel.revision)})


ONE = "/v1/channels/<channel_id>"
ROUTES = (
    Route(method="POST", path="/v1/channels", summary="Add a channel", handler=create,
          scope=Scope.WRITE, body=ChannelIn, answers=ChannelOut, status=HTTPStatus.CREATED),
    Route(method="GET", path="/v1/channels", summary="List channels", handler=list_channels,
          scope=Scope.READ, query=PageQuery, answers=ChannelPage),
    Route(method="GET", path=ONE, summary="Show a channel", handler=read,
          scope=Scope.READ, answers=ChannelOut),
    Route(method="PATCH", path=ONE, summary="Change a channel (JSON merge patch)", handler=change,
          scope=Scope.WRITE, body=ChannelPatch, answers=ChannelOut, merges=True),
    Route(method="DELETE", path=ONE, summary="Delete a channel", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT),
    Route(method="POST", path=f"{ONE}/test", summary="Send an example", handler=test,
          scope=Scope.WRITE, body=Empty, answers=AnswerOut),
)  # fmt: skip
