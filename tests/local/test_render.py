"""The readable live log."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from local.log.follow import LiveLog
from local.log.render import render, safe


def _line(message: str, **fields: Any) -> str | None:
    record = {
        "function": "sentinelmesh-x",
        "region": "eu-west-1",
        "line": json.dumps({"level": "INFO", "message": message, **fields}),
    }
    return render(record, "20:00:00", colour=False)


@pytest.mark.parametrize(
    ("message", "fields", "expected"),
    [
        (
            "tick_planned",
            {"tick_at": "2026-01-01T00:00:00Z", "messages": 12},
            "20:00:00  tick      2026-01-01T00:00:00Z: 12 granules planned",
        ),
        (
            "checks_probed",
            {
                "region": "us-east-1",
                "success": 9,
                "failure": 1,
                "unknown": 0,
                "lateness_ms_max": 40,
            },
            "20:00:00  checks    us-east-1: 9 ok, 1 failing, at most 40 ms late",
        ),
        (
            "check_failed",
            {
                "region": "us-east-1",
                "monitor_name": "Shop",
                "purpose": "scheduled",
                "error": "status_mismatch",
                "detail": "got 503",
            },
            "20:00:00  failing   Shop from us-east-1 (scheduled): status_mismatch, got 503",
        ),
        (
            "verification_requested",
            {"monitor_name": "Shop", "regions": ["eu-west-1", "ap-southeast-1"]},
            "20:00:00  verify    Shop: asking eu-west-1, ap-southeast-1",
        ),
        (
            "verification_requested",
            {"monitor_name": "Shop", "purpose": "first_look", "regions": ["eu-west-1"]},
            "20:00:00  checks    Shop: first look from eu-west-1",
        ),
        (
            "transition",
            {
                "monitor_name": "Shop",
                "from_status": "verifying",
                "to_status": "down",
                "sentence": "3 of 3 regions saw it fail.",
            },
            "20:00:00  DOWN      Shop: verifying -> down. 3 of 3 regions saw it fail.",
        ),
        (
            "alert_sent",
            {
                "monitor_name": "Shop",
                "transition": "opened",
                "channel_kind": "slack",
                "channel_id": "ch_1",
                "answer": "200",
            },
            "20:00:00  alert     Shop: opened to slack ch_1 (200)",
        ),
    ],
)
def test_each_event_becomes_one_line(message: str, fields: dict[str, Any], expected: str) -> None:
    assert _line(message, **fields) == expected


def test_a_granule_without_due_monitors_is_not_worth_a_line() -> None:
    assert _line("checks_dispatched", granule_at="x", due=0, sent=0, failed=0) is None
    assert _line("checks_dispatched", granule_at="x", due=2, sent=2, failed=0) is not None


def test_metrics_and_small_talk_are_left_out() -> None:
    assert _line("anything else") is None
    assert _line("x", _aws={"Timestamp": 1}) is None


def test_warnings_and_errors_of_functions_are_shown_with_their_cause() -> None:
    shown = _line("boom", level="ERROR", exception_name="KeyError", exception="a\nKeyError: 'x'\n")
    assert shown is not None
    assert "error     sentinelmesh-x (eu-west-1): boom (KeyError · KeyError: 'x')" in shown


def test_a_failed_invocation_is_shown_by_its_last_line() -> None:
    record = {"function": "f", "region": "r", "error": "Traceback ...\n  here\nValueError: no\n"}
    assert render(record, "t", colour=False) == "t  ERROR     f (r): ValueError: no"


def test_what_is_no_json_is_shown_as_it_is() -> None:
    record = {"function": "f", "region": "r", "line": "plain words"}
    assert render(record, "t", colour=False) == "t  output    f (r): plain words"


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\r\n20:00:00  alert", "\u202e", "\x9b31m", "\x07"])
def test_targets_cannot_move_the_cursor_or_forge_a_line(hostile: str) -> None:
    shown = _line("check_failed", monitor_name=f"Shop{hostile}", detail=hostile)
    assert shown is not None
    assert shown.isprintable()


def test_long_texts_are_cut() -> None:
    assert len(safe("x" * 10_000)) < 500


def test_colours_are_for_terminals_only() -> None:
    record = {"function": "f", "region": "r", "error": "x"}
    assert "\x1b[31m" in (render(record, "t", colour=True) or "")
    assert "\x1b" not in (render(record, "t", colour=False) or "")


def test_the_follower_prints_complete_lines_that_are_new(tmp_path: Path) -> None:
    path = tmp_path / "functions.jsonl"
    path.write_text(json.dumps({"function": "f", "region": "r", "line": "old"}) + "\n")
    printed = io.StringIO()
    log = LiveLog(path, raw=False, stream=printed)
    whole = json.dumps({"function": "f", "region": "r", "line": "new"})
    with path.open("a") as appended:
        appended.write(whole[:10])
    log.print_news()
    assert printed.getvalue() == ""
    with path.open("a") as appended:
        appended.write(whole[10:] + "\n")
    log.print_news()
    assert printed.getvalue().endswith("f (r): new\n")
    assert "old" not in printed.getvalue()


def test_raw_lines_put_the_functions_own_fields_on_top(tmp_path: Path) -> None:
    path = tmp_path / "functions.jsonl"
    printed = io.StringIO()
    log = LiveLog(path, raw=True, stream=printed)
    inner = json.dumps({"message": "tick_planned", "messages": 3})
    path.write_text(json.dumps({"function": "f", "region": "r", "line": inner}) + "\n")
    log.print_news()
    assert json.loads(printed.getvalue()) == {
        "function": "f",
        "region": "r",
        "message": "tick_planned",
        "messages": 3,
    }
