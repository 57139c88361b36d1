"""The mails that the local SES took, in the words of the interface."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def listed(messages: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Translate the emulator's list of messages, newest last.

    Args:
        messages: what ``/_ministack/ses/messages`` answers: message lists by account.
    """
    taken = [mail for mails in messages.get("messages", {}).values() for mail in mails]
    taken.sort(key=lambda mail: float(mail["Timestamp"]))
    return [
        {
            "to": [*mail.get("To", []), *mail.get("CC", []), *mail.get("BCC", [])],
            "subject": mail.get("Subject") or "",
            "text": mail.get("BodyText") or "",
            "html": mail.get("BodyHtml") or "",
            "sent_at": _instant(float(mail["Timestamp"])),
            "from": mail.get("Source") or "",
        }
        for mail in taken
    ]


def _instant(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
