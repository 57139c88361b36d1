"""Health, part by part."""

from typing import Literal

from pydantic import Field

from functions.api.schemas.base import Instant, Shown

Condition = Literal["ok", "starting", "degraded", "down"]


class TablesOut(Shown):
    """Whether the tables answer."""

    status: Condition


class WaitingOut(Shown):
    """Messages in the queues of the home region."""

    ticks: int
    evaluations: int
    alert_retries: int
    recounts: int


class QueuesOut(Shown):
    """What waits to be done."""

    status: Condition
    waiting: WaitingOut | None = None
    oldest_due_alert_seconds: int | None = Field(
        None, description="how long the longest waiting alert is overdue; null if none is"
    )


class StreamOut(Shown):
    """How far behind the verifier was, at worst, when it last read the stream of results."""

    status: Condition
    lag_ms: int | None = None
    read_at: Instant | None = None
    distrusted_regions: list[str] = Field(
        default_factory=list,
        description="they fail where all others pass: their failures are abstentions meanwhile",
    )


class MomentOut(Shown):
    """When something happened last."""

    status: Condition
    at: Instant | None = None


class UnreadableOut(Shown):
    """Rows of one kind that are left out."""

    kind: str = Field(description="e.g. `channel`, `maintenance_window`, `monitor`")
    total: int
    ids: list[str] = Field(description="the first twenty")


class RowsOut(Shown):
    """What is stored in a form that this version cannot read, and therefore left out."""

    status: Condition
    unreadable: list[UnreadableOut] = Field(default_factory=list)


class RegionsOut(Shown):
    """Regions in use that have not reported: `starting` while their monitors are new."""

    status: Condition
    waiting_for: list[str] = Field(default_factory=list)


class SightOut(Shown):
    """How many monitors nobody could judge when all were looked at last; `down` if most."""

    status: Condition
    watched: int | None = None
    silent: int | None = Field(None, description="of these, without a verdict for three intervals")
    at: Instant | None = None


class ComponentsOut(Shown):
    """All parts."""

    tables: TablesOut
    queues: QueuesOut
    stream: StreamOut
    last_tick: MomentOut
    last_result: MomentOut
    regions: RegionsOut
    sight: SightOut
    rows: RowsOut


class HealthOut(Shown):
    """Whether all parts do their work."""

    status: Condition
    components: ComponentsOut
