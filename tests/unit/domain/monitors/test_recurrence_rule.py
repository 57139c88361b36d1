"""Recurrence rules as people and calendars write them, and what is wrong with others."""

from datetime import UTC, datetime

import pytest

from sentinelmesh.domain.monitors.recurrence_rule import (
    InvalidRecurrence,
    RecurrenceRule,
    parse_rule,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY", RecurrenceRule(frequency="DAILY")),
        ("RRULE:FREQ=DAILY;INTERVAL=2", RecurrenceRule(frequency="DAILY", interval=2)),
        ("freq=daily;count=5", RecurrenceRule(frequency="DAILY", count=5)),
        ("INTERVAL=1;FREQ=DAILY;", RecurrenceRule(frequency="DAILY")),
        (
            "FREQ=WEEKLY;WKST=SU;BYDAY=MO,SU",
            RecurrenceRule(frequency="WEEKLY", week_start=6, weekdays=frozenset({(0, 0), (0, 6)})),
        ),
        (
            "FREQ=MONTHLY;BYDAY=+2TU,-1FR",
            RecurrenceRule(frequency="MONTHLY", weekdays=frozenset({(2, 1), (-1, 4)})),
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
            RecurrenceRule(frequency="YEARLY", months=frozenset({2}), month_days=frozenset({-1})),
        ),
        (
            "FREQ=DAILY;UNTIL=20261231",
            RecurrenceRule(frequency="DAILY", until=datetime(2026, 12, 31, 23, 59, 59)),  # noqa: DTZ001 (local)
        ),
        (
            "FREQ=DAILY;UNTIL=20261231T225959Z",
            RecurrenceRule(frequency="DAILY", until=datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)),
        ),
    ],
)
def test_what_calendars_write_is_understood(text: str, expected: RecurrenceRule) -> None:
    assert parse_rule(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "begin with FREQ="),
        ("every day", "begin with FREQ="),
        ("FREQ=SECONDLY", "begin with FREQ="),
        ("FREQ=DAILY\nEXDATE:20260101T000000", "begin with FREQ="),
        ("FREQ=DAILY;BYHOUR=3", "leave BYHOUR"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER is not a part"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ appears twice"),
        ("FREQ=DAILY;INTERVAL=x", "INTERVAL=X is not valid: write a whole number"),
        ("FREQ=DAILY;INTERVAL=0", "0 is out of range"),
        ("FREQ=DAILY;INTERVAL=10001", "out of range"),
        ("FREQ=DAILY;COUNT=-1", "out of range"),
        ("FREQ=DAILY;COUNT=99999999", "whole number"),
        ("FREQ=DAILY;UNTIL=tomorrow", "write it like 20261231"),
        ("FREQ=DAILY;UNTIL=20261331", "UNTIL=20261331 is not valid"),
        ("FREQ=YEARLY;BYMONTH=13", "13 is out of range"),
        ("FREQ=YEARLY;BYMONTH=-1", "-1 is out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "32 is out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=", "whole number"),
        ("FREQ=MONTHLY;BYMONTHDAY=٣", "whole number"),
        ("FREQ=MONTHLY;BYDAY=MONDAY", "weekdays are MO"),
        ("FREQ=MONTHLY;BYDAY=0MO", "0 is out of range"),
        ("FREQ=WEEKLY;BYDAY=2MO", "goes with MONTHLY or YEARLY"),
        ("FREQ=DAILY;BYDAY=-1MO", "goes with MONTHLY or YEARLY"),
    ],
)
def test_what_windows_cannot_follow_is_refused_with_a_sentence(text: str, complaint: str) -> None:
    with pytest.raises(InvalidRecurrence) as refused:
        parse_rule(text)
    assert complaint in str(refused.value)
