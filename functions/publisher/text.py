"""Text for readers: hostile characters out, instants and durations as people write them."""

from datetime import UTC, date, datetime, timedelta
from html import escape

from sentinelmesh.delivery.text_safety import one_line
from sentinelmesh.domain.values import instant
from sentinelmesh.domain.values.humanize import format_duration

# XML has no place for them, not even escaped. Source: XML 1.0, 2.2
NO_CHARACTERS = str.maketrans("", "", "\ufffe\uffff")


def line(written: str) -> str:
    """Return one line that can be put anywhere but into markup."""
    return one_line(written).translate(NO_CHARACTERS)


def lines(written: str) -> list[str]:
    r"""Return the lines of a text, each harmless.

    >>> lines("We look.\r\n\u202eNow.")
    ['We look.', 'Now.']
    """
    return [line(each) for each in written.splitlines()]


def paragraphs(written: str) -> str:
    r"""Write a text as markup: an empty line begins a paragraph, others are kept.

    >>> paragraphs("A <b>\nB\n\nC")
    '<p>A &lt;b&gt;<br>B</p><p>C</p>'
    """
    blocks: list[list[str]] = [[]]
    for each in lines(written):
        if each:
            blocks[-1].append(escape(each))
        else:
            blocks.append([])
    return "".join(f"<p>{'<br>'.join(block)}</p>" for block in blocks if block)


def day(on: date) -> str:
    """Write a day.

    >>> day(date(2026, 1, 2))
    '2 Jan 2026'
    """
    return f"{on.day} {on:%b %Y}"


def moment(at: datetime) -> str:
    """Write an instant, to the minute.

    >>> moment(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    '2 Jan 2026, 03:04 UTC'
    """
    utc = at.astimezone(UTC)
    return f"{day(utc.date())}, {utc:%H:%M} UTC"


def time_tag(at: datetime) -> str:
    """Write an instant as markup that programs can read."""
    return f'<time datetime="{instant.text(at)}">{moment(at)}</time>'


def lasting(length: timedelta) -> str:
    """Write a duration."""
    return format_duration(length)


def percent(share: float) -> str:
    """Write a percentage, as exact as it is known.

    >>> percent(99.98), percent(100.0)
    ('99.98 %', '100 %')
    """
    return f"{share:.3f}".rstrip("0").rstrip(".") + " %"
