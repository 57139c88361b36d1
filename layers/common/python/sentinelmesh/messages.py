"""Contracts between the functions: frozen, self-contained, each with its schema version.

A reader takes every version up to its own (new fields have defaults) and refuses newer ones,
so that old messages met by new code work and the other way round stops loudly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from sentinelmesh.domain.monitors.monitor import Assertion
from sentinelmesh.domain.probing.result import Purpose
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.errors import UnreadableMessage

SCHEMA_VERSION = 1
# Of a monitor in its granule: interval in seconds, and id.
Place = tuple[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TickMessage:
    """Plan one granule of one shard; scheduler to itself, delayed until the granule begins.

    Args:
        after: the monitors up to this place have their checks; None means that none has.
    """

    granule_at: datetime
    shard: int
    after: Place | None = None
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckMessage:
    """Build one probe; scheduler, verifier or API to the prober of one region.

    Args:
        slot: the round it belongs to.
        scheduled_at: when the probe is due; lateness counts from here.
        expires_at: when the answer is worthless; it is then recorded as unknown, not made.
        probe: the options of the kind, without secrets.
        secret_fields: names of the secrets to be fetched for `monitor_id`; empty means none.
        secrets_version: the version of them that this revision means; None means the newest.
        patience_ms: how long the probe may go without an answer before the verifier is told, at
            least; None means that it never is.
        tags: of a heartbeat's monitor, for maintenance windows that cover it by them.
    """

    monitor_id: str
    monitor_name: str
    revision: int
    slot: datetime
    scheduled_at: datetime
    expires_at: datetime
    region: str
    purpose: Purpose
    kind: str
    target: str
    timeout_ms: int
    probe: Mapping[str, Any] = field(default_factory=dict)
    secret_fields: tuple[str, ...] = ()
    secrets_version: int | None = None
    assertions: tuple[Assertion, ...] = ()
    degraded_after_ms: int | None = None
    patience_ms: int | None = None
    tags: tuple[str, ...] = ()
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationMessage:
    """Decide about one monitor again; verifier to itself, delayed until a deadline.

    Args:
        unanswered: from a prober: one of its probes has had no answer for long.
    """

    monitor_id: str
    unanswered: Unanswered | None = None
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMessage:
    """Look at one alert row again; alerter to itself, delayed until it is due."""

    incident_id: str
    alert_key: str
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementMessage:
    """Tell those who want to know that somebody takes care; API to alerter."""

    incident_id: str
    acknowledged_by: str
    schema_version: int = SCHEMA_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountMessage:
    """Bring the rollups of one monitor up to date.

    Args:
        until: count what is new up to here: earlier slots have their results, as far as anybody
            knows; None means that only what was counted already is counted again.
        since: what was counted from here on is out of date; None means that nothing is.
        before: what is out of date ends here; None means that everything since then is.
        incident_id: in place of `since`: what was counted from its beginning on is out of date.
    """

    monitor_id: str
    until: datetime | None = None
    since: datetime | None = None
    before: datetime | None = None
    incident_id: str | None = None
    schema_version: int = SCHEMA_VERSION


Message = (
    TickMessage
    | CheckMessage
    | EvaluationMessage
    | AlertMessage
    | AcknowledgementMessage
    | RecountMessage
)
M = TypeVar(
    "M",
    TickMessage,
    CheckMessage,
    EvaluationMessage,
    AlertMessage,
    AcknowledgementMessage,
    RecountMessage,
)


def encode(message: Message) -> str:
    """Write a message as JSON."""
    return msgspec.json.encode(message).decode()


def decode(body: str | bytes, expected: type[M]) -> M:
    """Read a message.

    Raises:
        UnreadableMessage: not JSON, not of this shape, or written by newer code than ours.
    """
    try:
        message = msgspec.json.decode(body, type=expected)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise UnreadableMessage(f"not a {expected.__name__}: {error}") from error
    if message.schema_version > SCHEMA_VERSION:
        raise UnreadableMessage(
            f"{expected.__name__} has schema version {message.schema_version}, "
            f"this code reads up to {SCHEMA_VERSION}: deploy the newer code here too"
        )
    return message
