"""What somebody wants to know at 3 a.m. about many outages of one moment."""

from collections.abc import Sequence

from functions.alerter.wording import moment
from sentinelmesh.domain.alert import AlertContent, Group
from sentinelmesh.domain.incident import OUTAGE, UNKNOWN

# More names than these nobody reads in a message; the others are in the API.
MOST_NAMES = 20
LONGEST_NAME = 60


def group_facts(
    content: AlertContent, group: Group, *, is_over: bool, lasted: str
) -> list[tuple[str, str]]:
    """List labels and values, most important first; an empty value says nothing."""
    since = {OUTAGE: "Down since", UNKNOWN: "Unknown since"}.get(content.severity, "Since")
    names = [each.monitor_name for each in group.members]
    found = [
        ("Common cause", group.cause.sentence if group.cause else "none that the evidence shows"),
        ("Monitors", _named(names, group.total)),
        ("Being checked", f"{group.checking} more" if group.checking else ""),
        (since, moment(content.opened_at)),
        ("Reasons", content.cause_detail),
    ]
    if is_over and content.resolved_at is not None:
        end = _label_of_end(content, group), moment(content.resolved_at)
        return [*found, end, ("Duration", lasted)]
    if 0 < group.lasting < group.total:
        found.insert(
            1,
            (
                "Still unknown" if content.severity == UNKNOWN else "Still down",
                _named(group.down, group.lasting),
            ),
        )
    return found


def _label_of_end(content: AlertContent, group: Group) -> str:
    """Return what the moment is called at which the last of them ended."""
    if content.closed_because is not None:
        return "Closed at"
    if group.closed:
        return "Ended at"
    return "Checked again at" if content.severity == UNKNOWN else "Up since"


def _named(names: Sequence[str], total: int) -> str:
    """Name the first of many.

    >>> _named(["Shop", "Blog"], 7)
    'Shop, Blog and 5 more'
    """
    shown = [_cut(name) for name in names[:MOST_NAMES]]
    more = total - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
