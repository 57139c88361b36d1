"""Channels: where alerts go."""

import json
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.http.merge_patch import apply_patch, check_match, etag, patch_of
from functions.api.http.pagination import PageQuery, cursor_of, page, paginate
from functions.api.http.parsing import validate
from functions.api.http.problem import Problem, invalid, not_found
from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.base import Empty
from functions.api.schemas.channel import AnswerOut, ChannelIn, ChannelOut, ChannelPage
from functions.api.schemas.incident import AlertPage
from functions.api.services import channel_secrets
from functions.api.services.audit import audit
from functions.api.services.monitor_secrets import forget_secrets
from functions.api.services.open_receivers import require_closed
from functions.api.services.serializers import alert_out, channel_out
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.alerts.alert import AlertKind, Channel
from sentinelmesh.domain.alerts.quiet_hours import QuietHours
from sentinelmesh.domain.incidents.incident import UNKNOWN
from sentinelmesh.errors import AlreadyExists


def find(request: Request) -> Channel:
    """Read the channel that a path names. Cost: 1 read unit.

    Raises:
        Problem: 404.
    """
    channel = request.backend.channels.get(request.path["channel_id"])
    if channel is None:
        raise not_found("channel of this id")
    return channel


def create(request: Request) -> Answer:
    """Add a channel; a signing secret that we make up is shown in this answer only.

    Its secrets are written before it: a crash in between leaves a parameter that nothing refers
    to, where the other order would leave a channel that cannot tell anybody anything.

    Cost: the entry in the audit log, the channel, and one parameter if it has secrets.
    """
    wanted, backend = request.body, request.backend
    options, secrets = channel_secrets.split(wanted, {})
    made_up = channel_secrets.generate_secrets(wanted.kind, secrets)
    secrets = {**secrets, **made_up}
    now = backend.clock()
    blank = Channel(
        id=request.new_id("ch"), name="", kind=wanted.kind, created_at=now, updated_at=now
    )
    _check_fallback(request, wanted, blank)
    channel = _apply(blank, wanted, options, secrets)
    with audit(request, "channel.created", channel.id, (None, 1), fields=request.raw_body):
        if secrets:
            channel = replace(channel, secrets_version=backend.secrets.put(channel.id, secrets))
        try:
            backend.channels.create(channel)
        except AlreadyExists:
            # An earlier try under this Idempotency-Key came as far as this.
            channel, made_up = backend.channels.get(channel.id) or channel, {}
    answer = _render(channel, made_up)
    headers = {**answer.headers, "Location": f"/v1/channels/{channel.id}"}
    return replace(answer, status=HTTPStatus.CREATED, headers=headers)


def read(request: Request) -> Answer:
    """Show a channel."""
    return _render(find(request))


def change(request: Request) -> Answer:
    """Apply a merge patch; *** keeps a secret, null has a new signing secret made up.

    New secrets get a version of their own, to which only the new revision refers: an edit that
    fails or loses a race changes nothing. One that would change nothing makes no revision either.

    Cost: the entry in the audit log and the channel; two requests more if it has secrets.
    """
    backend, before = request.backend, find(request)
    check_match(request, before.revision)
    patch = patch_of(request)
    wanted = validate(ChannelIn, apply_patch(_config(before), patch))
    if wanted.kind != before.kind:
        raise invalid("/kind", "the kind of a channel cannot change; add another channel")
    _check_fallback(request, wanted, before)
    known: dict[str, str] = {}
    if before.secret_fields:
        known = backend.secrets.get(before.id, before.secrets_version)
    options, secrets = channel_secrets.split(wanted, known)
    made_up = channel_secrets.generate_secrets(wanted.kind, secrets)
    secrets = {**secrets, **made_up}
    secrets = channel_secrets.with_previous(wanted.kind, known, secrets, backend.clock())
    after = _apply(before, wanted, options, secrets)
    if secrets == known and after == before:
        return _render(before)
    after = replace(after, revision=before.revision + 1, updated_at=backend.clock())
    revisions = (before.revision, after.revision)
    with audit(request, "channel.changed", after.id, revisions, fields=patch):
        if secrets and secrets != known:
            after = replace(after, secrets_version=backend.secrets.put(after.id, secrets))
        backend.channels.replace(after)
    return _render(after, made_up)


def delete(request: Request) -> Answer:
    """Remove a channel; its pending alerts will not be sent, and say so.

    Raises:
        Problem: 409 while its receiver keeps alerts open that nobody could close afterwards.
    """
    channel = find(request)
    check_match(request, channel.revision)
    require_closed(request.backend, channel)
    with audit(request, "channel.deleted", channel.id, (channel.revision, None)):
        request.backend.channels.delete(channel)
    forget_secrets(request.backend, channel.id)
    return Answer(status=HTTPStatus.NO_CONTENT)


def list_channels(request: Request) -> Answer:
    """Show a page of channels in the order of their ids. Cost: 1 read unit per 4 KB of all."""
    channels = request.backend.channels.list()
    return Answer(body=paginate(request, channels, lambda channel: channel.id, channel_out))


def log(request: Request) -> Answer:
    """Show what a channel was told and what its provider said, newest first."""
    channel, limit = find(request), request.query.limit
    rows = request.backend.alerts.list_of_channel(channel.id, limit, cursor_of(request))
    last = rows[-1][0] if len(rows) == limit else None
    return Answer(body=page(request, [alert_out(row) for _, row in rows], last))


def test(request: Request) -> Answer:
    """Have the alerter send an example, and give the provider's answer word for word."""
    channel = find(request)
    with audit(request, "channel.tested", channel.id):
        answer = _example(request, channel)
    return Answer(body=answer)


def _example(request: Request, channel: Channel) -> Mapping[str, object]:
    backend = request.backend
    try:
        answer = backend.functions.invoke(
            FunctionName=backend.settings.alerter_function,
            Payload=json.dumps({"test_channel": channel.id}).encode(),
        )
        if answer.get("FunctionError"):
            raise Problem(HTTPStatus.BAD_GATEWAY, "The alerter failed; its log says why.")
        said: Mapping[str, object] = json.loads(answer["Payload"].read())
    except (ClientError, BotoCoreError) as error:
        raise Problem(HTTPStatus.BAD_GATEWAY, "The alerter did not answer.") from error
    return said


def _check_fallback(request: Request, wanted: ChannelIn, channel: Channel) -> None:
    """Check that a fallback is another channel that exists."""
    if wanted.fallback in {None, channel.fallback}:
        return
    if wanted.fallback == channel.id or not request.backend.channels.get(wanted.fallback or ""):
        raise invalid("/fallback", "name another channel that exists")


def _apply(
    channel: Channel,
    wanted: ChannelIn,
    options: Mapping[str, object],
    secrets: Mapping[str, str],
) -> Channel:
    return replace(
        channel,
        name=wanted.name,
        options=options,
        secret_fields=tuple(sorted(secrets)),
        events=tuple(AlertKind(event) for event in wanted.events if event != UNKNOWN),
        announces_unknown=UNKNOWN in wanted.events,
        severities=tuple(wanted.severities),
        tags=tuple(wanted.tags),
        quiet_hours=QuietHours(**wanted.quiet_hours.model_dump()) if wanted.quiet_hours else None,
        reminder_minutes=wanted.reminder_minutes,
        fallback=wanted.fallback,
        enabled=wanted.enabled,
    )


def _config(channel: Channel) -> dict[str, object]:
    """Write what a person configured, secrets hidden: the form that a merge patch works on."""
    return {
        "name": channel.name,
        "kind": channel.kind,
        channel.kind: channel_out(channel)[channel.kind],
        "events": channel_out(channel)["events"],
        "severities": list(channel.severities),
        "tags": list(channel.tags),
        "quiet_hours": channel_out(channel)["quiet_hours"],
        "reminder_minutes": channel.reminder_minutes,
        "fallback": channel.fallback,
        "enabled": channel.enabled,
    }


def _render(channel: Channel, made_up: Mapping[str, str] | None = None) -> Answer:
    """Show a channel, and once what was made up for it."""
    shown = channel_out(channel)
    block = {**shown[channel.kind], **(made_up or {})}
    return Answer(
        body={**shown, channel.kind: block},
        replay=shown,
        headers={"ETag": etag(channel.revision)},
    )


ONE = "/v1/channels/<channel_id>"
ROUTES = (
    Route(method="POST", path="/v1/channels", summary="Add a channel", handler=create,
          scope=Scope.WRITE, body=ChannelIn, answers=ChannelOut, status=HTTPStatus.CREATED),
    Route(method="GET", path="/v1/channels", summary="List channels", handler=list_channels,
          scope=Scope.READ, query=PageQuery, answers=ChannelPage),
    Route(method="GET", path=ONE, summary="Show a channel", handler=read,
          scope=Scope.READ, answers=ChannelOut),
    Route(method="PATCH", path=ONE, summary="Change a channel (JSON merge patch)", handler=change,
          scope=Scope.WRITE, body=ChannelIn, answers=ChannelOut, merges=True,
          versioned=True),
    Route(method="DELETE", path=ONE, summary="Delete a channel", handler=delete,
          scope=Scope.WRITE, status=HTTPStatus.NO_CONTENT, versioned=True),
    Route(method="GET", path=f"{ONE}/alerts", summary="What the channel was told", handler=log,
          scope=Scope.READ, query=PageQuery, answers=AlertPage),
    Route(method="POST", path=f"{ONE}/test", summary="Send an example", handler=test,
          scope=Scope.WRITE, body=Empty, answers=AnswerOut),
)  # fmt: skip
