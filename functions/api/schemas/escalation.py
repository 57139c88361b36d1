"""Escalation policies as people write and read them."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from functions.api.schemas.base import Instant, Line, Reference, Shown, Strict
from sentinelmesh.domain.alerts.escalation import MAX_MINUTES, MAX_STEPS


class EscalationStepIn(Strict):
    """Channels that hear of an outage which nobody has acknowledged for so long."""

    after_minutes: int = Field(ge=1, le=MAX_MINUTES, description="since the incident was opened")
    channels: list[Reference] = Field(min_length=1, max_length=10)


def _in_order(steps: list[EscalationStepIn]) -> list[EscalationStepIn]:
    minutes = [step.after_minutes for step in steps]
    if minutes != sorted(set(minutes)):
        raise ValueError("each step comes later than the one before")
    return steps


class EscalationPolicyIn(Strict):
    """Whom to ask next when nobody takes care of an outage."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Shop",
                    "steps": [
                        {"after_minutes": 5, "channels": ["ch_0123456789abcdef"]},
                        {"after_minutes": 20, "channels": ["ch_fedcba9876543210"]},
                    ],
                }
            ]
        }
    )

    name: Line
    steps: Annotated[
        list[EscalationStepIn],
        Field(min_length=1, max_length=MAX_STEPS),
        AfterValidator(_in_order),
    ]


class EscalationStepShown(Shown):
    """One step."""

    after_minutes: int
    channels: list[str]


class EscalationPolicyOut(Shown):
    """An escalation policy."""

    id: str
    name: str
    steps: list[EscalationStepShown]
    revision: int
    created_at: Instant
    updated_at: Instant


class EscalationPolicyPage(Shown):
    """A page of escalation policies."""

    items: list[EscalationPolicyOut]
    next_cursor: str | None
