"""What somebody wants to know at 3 a.m. about many outages of one moment."""

from collections.abc import Sequence

from sentinelmesh.delivery.text_safety import moment
from sentinelmesh.domain.alerts.alert import AlertContent, Group
from sentinelmesh.domain.incidents.common_cause import Member
from sentinelmesh.domain.incidents.incident import OUTAGE, UNKNOWN

# More names than these nobody reads in a message; the others are in the API.
MAX_NAMES = 20
MAX_NAME = 60


def group_facts(
    content: AlertContent, group: Group, *, is_over: bool, lasted: str
) -> list[tuple[str, str]]:
    """List labels and values, most important first; an empty value says nothing."""
    known = {OUTAGE: "Down since", UNKNOWN: "Unknown since"}
    since = "Since" if group.severities else known.get(content.severity, "Since")
    found = [
        ("Common cause", group.cause.sentence if group.cause else "none that the evidence shows"),
        *_list_names(group),
        ("Being checked", f"{group.checking} more" if group.checking else ""),
        (since, moment(content.opened_at)),
        ("Reasons", content.cause_detail),
    ]
    if is_over and content.resolved_at is not None:
        end = _label_of_end(content, group), moment(content.resolved_at)
        return [*found, end, ("Duration", lasted)]
    if 0 < group.lasting < group.total:
        found[1:1] = _list_lasting(content, group)
    return found


def _list_names(group: Group) -> list[tuple[str, str]]:
    """Return the names of all members, apart by severity where that differs."""
    if not group.severities:
        return [
            ("Monitors", _format_names([each.monitor_name for each in group.members], group.total))
        ]
    return [
        (
            severity_word(severity).capitalize(),
            _format_names(_names_of(group.members, severity), count),
        )
        for severity, count in group.severities.items()
    ]


def _list_lasting(content: AlertContent, group: Group) -> list[tuple[str, str]]:
    """Return the names of those that last, apart by severity where that differs."""
    if not group.severities:
        label = "Still unknown" if content.severity == UNKNOWN else "Still down"
        return [(label, _format_names(group.down, group.lasting))]
    left = [each for each in group.members if each.incident_id not in group.over]
    found = ((each, _names_of(left, each)) for each in group.severities)
    return [
        (f"Still {severity_word(severity)}", _format_names(names, len(names)))
        for severity, names in found
        if names
    ]


def _names_of(members: Sequence[Member], severity: str) -> list[str]:
    return [each.monitor_name for each in members if each.severity == severity]


def severity_word(severity: str) -> str:
    """Return what a monitor is while an incident of a severity is open.

    >>> severity_word("outage")
    'down'
    """
    return "down" if severity == OUTAGE else severity


def _label_of_end(content: AlertContent, group: Group) -> str:
    """Return what the moment is called at which the last of them ended."""
    if content.closed_because is not None:
        return "Closed at"
    if group.closed:
        return "Ended at"
    return "Checked again at" if content.severity == UNKNOWN else "Up since"


def _format_names(names: Sequence[str], total: int) -> str:
    """Return the first of many.

    >>> _format_names(["Shop", "Blog"], 7)
    'Shop, Blog and 5 more'
    """
    shown = [_cut(name) for name in names[:MAX_NAMES]]
    more = total - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"
