"""Mail that came back: whose address is not written to any more, and why."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedAddress:
    """An address that gets no mail until somebody resumes it.

    Args:
        reason: "bounce" or "complaint"; `detail` has the words of the other side.
    """

    id: str
    address: str
    reason: str
    detail: str
    paused_at: datetime
    incident_id: str | None = None
    channel_id: str | None = None


def address_id(address: str) -> str:
    """Return an address; capitals make no other one.

    >>> address_id("Ops@Shop.example") == address_id("ops@shop.example")
    True
    """
    return f"adr_{hashlib.sha256(address.lower().encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What SES says about a mail that did not arrive, or was not wanted.

    Args:
        refused: addresses that will never take one, with the words of the other side.
        transition, channel_id: which alert the mail was, by its tags; empty for mail that was none.
    """

    reason: str
    refused: Mapping[str, str]
    incident_id: str = ""
    transition: str = ""
    channel_id: str = ""


def read_bounce(event: Mapping[str, Any]) -> Returned | None:
    """Read an event of SES; None when it tells of nothing that has to be done.

    A transient bounce (a full mailbox) pauses nobody, but this mail did not arrive.

    Source: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """
    kind = event.get("eventType")
    tags = event.get("mail", {}).get("tags", {})
    named = {
        "incident_id": _first(tags.get("incident")),
        "transition": _first(tags.get("transition")),
        "channel_id": _first(tags.get("channel")),
    }
    if kind == "Bounce":
        bounce = event["bounce"]
        is_final = bounce.get("bounceType") == "Permanent"
        refused = {
            each["emailAddress"]: each.get("diagnosticCode") or str(bounce.get("bounceSubType"))
            for each in bounce.get("bouncedRecipients", ())
            if is_final
        }
        return Returned(reason="bounce", refused=refused, **named)
    if kind == "Complaint":
        complaint = event["complaint"]
        words = str(complaint.get("complaintFeedbackType") or "complaint")
        refused = {
            each["emailAddress"]: words for each in complaint.get("complainedRecipients", ())
        }
        return Returned(reason="complaint", refused=refused, **named)
    if kind == "Reject":
        return Returned(reason="reject", refused={}, **named)
    return None


def _first(values: Any) -> str:
    return str(values[0]) if isinstance(values, list) and values else ""
