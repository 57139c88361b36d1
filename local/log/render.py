"""Turns a function's log record into one line for a person; pure.

What targets send is hostile: control characters are written out, so that no page can move a cursor.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

RED, GREEN, YELLOW, BLUE, DIM, PLAIN = "31", "32", "33", "34", "2", ""
MAX_TEXT = 400


@dataclass(frozen=True)
class Line:
    """A word for the kind of event, its colour, and the rest."""

    word: str
    colour: str
    text: str


Describe = Callable[[Mapping[str, Any]], Line | None]


def render(record: Mapping[str, str], clock: str, *, colour: bool) -> str | None:
    """Render one record of the function log; None when a person need not see it.

    Args:
        record: ``function``, ``region`` and either ``line`` or ``error``.
        clock: the time to print in front.
        colour: whether the terminal understands colours.
    """
    line = describe(record)
    if line is None:
        return None
    word = f"{line.word:<9}"
    if colour and line.colour:
        word = f"\x1b[{line.colour}m{word}\x1b[0m"
    return f"{clock}  {word} {safe(line.text)}"


def describe(record: Mapping[str, str]) -> Line | None:
    """Choose what to say about one record."""
    if "error" in record:
        return Line("ERROR", RED, f"{_where(record)}: {_last_of(record['error'])}")
    try:
        content = json.loads(record.get("line", ""))
    except ValueError:
        text = record.get("line", "")
        return Line("output", DIM, f"{_where(record)}: {text}") if text.strip() else None
    if not isinstance(content, dict) or "_aws" in content:
        return None
    event = str(content.get("message", ""))
    if event in EVENTS:
        return EVENTS[event](content)
    return _of_level(record, content)


def _of_level(record: Mapping[str, str], content: Mapping[str, Any]) -> Line | None:
    level = str(content.get("level", "")).upper()
    if level not in {"WARNING", "ERROR", "CRITICAL"}:
        return None
    reason = content.get("exception_name") or content.get("error") or ""
    cause = _last_of(str(content.get("exception", "")))
    details = " · ".join(text for text in (str(reason), cause) if text)
    text = f"{_where(record)}: {content.get('message')}" + (f" ({details})" if details else "")
    return Line(level.lower(), YELLOW if level == "WARNING" else RED, text)


def safe(text: str) -> str:
    r"""Write control and formatting characters out, and cut what is too long.

    >>> safe("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    cut = text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "..."
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in cut
    )


def _where(record: Mapping[str, str]) -> str:
    return f"{record.get('function', '?')} ({record.get('region', '?')})"


def _last_of(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _tick(content: Mapping[str, Any]) -> Line:
    return Line(
        "tick", DIM, f"{content.get('tick_at')}: {content.get('messages')} granules planned"
    )


def _dispatched(content: Mapping[str, Any]) -> Line | None:
    due, failed = content.get("due", 0), content.get("failed", 0)
    if not due:
        return None
    text = f"{content.get('granule_at')}: {due} due, {content.get('sent')} sent"
    return Line("dispatch", RED if failed else DIM, text + (f", {failed} failed" if failed else ""))


def _probed(content: Mapping[str, Any]) -> Line:
    failures, unknown = content.get("failure", 0), content.get("unknown", 0)
    parts = [f"{content.get('success', 0)} ok"]
    parts += [f"{failures} failing"] if failures else []
    parts += [f"{unknown} unknown"] if unknown else []
    late = f"at most {content.get('lateness_ms_max')} ms late"
    text = f"{content.get('region')}: {', '.join(parts)}, {late}"
    return Line("checks", YELLOW if failures or unknown else GREEN, text)


def _failed(content: Mapping[str, Any]) -> Line:
    reason = content.get("error") or content.get("outcome")
    text = (
        f"{_name(content)} from {content.get('region')} ({content.get('purpose')}): {reason}, "
        f"{content.get('detail') or 'no detail'}"
    )
    return Line("failing", RED, text)


def _verification(content: Mapping[str, Any]) -> Line:
    regions = content.get("regions") or []
    asked = ", ".join(map(str, regions)) if isinstance(regions, list) else str(regions)
    if content.get("purpose") == "first_look":
        return Line("checks", DIM, f"{_name(content)}: first look from {asked}")
    return Line("verify", YELLOW, f"{_name(content)}: asking {asked}")


def _transition(content: Mapping[str, Any]) -> Line:
    to = str(content.get("to_status", ""))
    colour = {"down": RED, "up": GREEN}.get(to, YELLOW)
    text = (
        f"{_name(content)}: {content.get('from_status')} -> {to}. {content.get('sentence') or ''}"
    )
    return Line(to.upper() or "verdict", colour, text)


def _alert(word: str, colour: str) -> Describe:
    def line(content: Mapping[str, Any]) -> Line:
        text = f"{_name(content)}: {content.get('transition')} to {content.get('channel_kind')}"
        answer = content.get("answer")
        return Line(
            word, colour, f"{text} {content.get('channel_id')}" + (f" ({answer})" if answer else "")
        )

    return line


def _name(content: Mapping[str, Any]) -> str:
    return str(content.get("monitor_name") or content.get("monitor_id") or "?")


EVENTS: Mapping[str, Describe] = {
    "tick_planned": _tick,
    "checks_dispatched": _dispatched,
    "checks_probed": _probed,
    "check_failed": _failed,
    "verification_requested": _verification,
    "transition": _transition,
    "alert_sent": _alert("alert", BLUE),
    "alert_retry": _alert("retry", YELLOW),
    "alert_dead": _alert("dead", RED),
    "alert_suppressed": _alert("held back", DIM),
}
