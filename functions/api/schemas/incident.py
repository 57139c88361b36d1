"""Incidents as people read them, and what they write beside them."""

from typing import Annotated, Literal

from pydantic import Field

from functions.api.http.pagination import PageQuery
from functions.api.schemas.base import Form, Instant, Reference, Shown, Strict
from functions.api.schemas.monitor_shown import TransitionOut
from sentinelmesh.domain.alerts.alert import AlertKind, AlertState
from sentinelmesh.domain.incidents.common_cause import CauseKind
from sentinelmesh.domain.incidents.incident import IncidentState

MAX_NOTE = 2000


class IncidentsQuery(PageQuery):
    """Which incidents."""

    status: Literal["open", "resolved"] | None = None
    monitor_id: Reference | None = None


class NoteOut(Shown):
    """What a person wrote."""

    at: Instant
    by: str
    text: str


class FlipOut(Shown):
    """A change between down and up within an incident."""

    at: Instant
    up: bool


class IncidentOut(Shown):
    """One outage."""

    id: str
    monitor_id: str
    monitor_name: str
    target: str
    state: IncidentState
    severity: str = Field(
        description="outage, regional, degraded, or unknown while no region could check it"
    )
    opened_at: Instant
    confirmed_at: Instant
    detection_delay_ms: int
    cause: str
    cause_detail: str
    regions: list[str]
    resolved_at: Instant | None
    duration_seconds: int | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    notes: list[NoteOut]
    flapping: bool = Field(description="it goes up and down; open until it is stable")
    flips: list[FlipOut] = Field(description="when it went up and down in this incident")


class IncidentPage(Shown):
    """A page of incidents, newest first."""

    items: list[IncidentOut]
    next_cursor: str | None


class AlertOut(Shown):
    """An outbox row: who is to be told, how far that is, what the provider said."""

    incident_id: str
    monitor_id: str
    channel_id: str
    channel_kind: str
    transition: AlertKind
    state: AlertState
    created_at: Instant
    due_at: Instant
    attempts: int
    uncertain_attempts: int
    claimed_at: Instant | None
    sent_at: Instant | None
    answer: str | None
    combined: bool
    finished: bool
    number: int
    unless_acknowledged: bool
    instead_of: str | None
    group: str | None = Field(description="the group of incidents in whose message it is told")
    parent: str | None = Field(
        description="the monitor that it depends on, and for whose sake it is not told yet"
    )


class AlertPage(Shown):
    """The outbox rows of an incident."""

    items: list[AlertOut]
    next_cursor: str | None


class DecisionEvent(TransitionOut):
    """A decision of the timeline."""

    what: Literal["decision"]


class AlertEvent(AlertOut):
    """An alert of the timeline; `at` is when it was sent, or else when it was decided."""

    what: Literal["alert"]
    at: Instant


class NoteEvent(NoteOut):
    """A note of the timeline."""

    what: Literal["note"]


class AcknowledgedEvent(Shown):
    """Somebody took care."""

    what: Literal["acknowledged"]
    at: Instant
    by: str


Event = Annotated[
    DecisionEvent | AlertEvent | NoteEvent | AcknowledgedEvent, Field(discriminator="what")
]


class CauseOut(Shown):
    """What nearly all incidents of a group have in common."""

    kind: CauseKind
    value: str
    shared_by: int
    members: int
    sentence: str


class GroupedIncident(Shown):
    """One of the incidents that were told in one message."""

    id: str
    monitor_id: str
    monitor_name: str


class GroupOut(Shown):
    """The incidents that were told in one message, as they stood then."""

    id: str
    total: int
    cause: CauseOut | None
    incidents: list[GroupedIncident] = Field(description="this one among them; the first 100")


class IncidentDetail(IncidentOut):
    """One outage with its timeline: decisions, alerts and notes in the order of time."""

    group: GroupOut | None = Field(
        description="the group that a channel was told of first, if it was told among others"
    )
    timeline: list[Event]


class IncidentExplained(Shown):
    """Why an incident was opened and closed, step by step."""

    incident_id: str
    decisions: list[TransitionOut] = Field(description="oldest first, the suspicion included")
    text: str = Field(description="the same as plain text, for a terminal or a ticket")


class AcknowledgeIn(Strict):
    """Of what somebody takes care."""

    group: bool = Field(
        default=False, description="of everything that lasts and was told in the same message too"
    )


class NoteIn(Strict):
    """What somebody wants to remember."""

    text: Annotated[
        str,
        Field(min_length=1, max_length=MAX_NOTE),
        Form(r"[^\x00-\x20\x7f]", "write something to see"),
    ]
