"""What policies allow: as much of IAM's logic as our roles use, and a refusal of all else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Keys = Mapping[str, Any]


@dataclass(frozen=True)
class Statement:
    """One allowing statement of a policy."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]

    def allows(self, call: "Call") -> bool:
        """Return whether the statement allows a call."""
        return (
            call.action in self.actions
            and any(fnmatchcase(call.resource, each) for each in self.resources)
            and all(
                _holds(operator, wanted, call.keys) for operator, wanted in self.conditions.items()
            )
        )


@dataclass(frozen=True)
class Call:
    """One thing that a function does at AWS.

    Args:
        keys: IAM's condition keys of the call, e.g. "dynamodb:LeadingKeys".
    """

    action: str
    resource: str
    keys: Keys = field(default_factory=dict, compare=False)


def statements(document: Mapping[str, Any]) -> Iterator[Statement]:
    """Read a policy; one that denies or excludes is beyond this reader."""
    for each in _listed(document["Statement"]):
        assert each["Effect"] == "Allow", each
        assert not {"NotAction", "NotResource"} & set(each), each
        yield Statement(
            tuple(_listed(each["Action"])),
            tuple(_listed(each["Resource"])),
            each.get("Condition", {}),
        )


def is_allowed(call: Call, by: Sequence[Statement]) -> bool:
    """Return whether any statement allows a call."""
    return any(each.allows(call) for each in by)


def _holds(operator: str, wanted: Mapping[str, Any], keys: Keys) -> bool:
    if operator == "StringEquals":
        return all(keys.get(name) in _listed(values) for name, values in wanted.items())
    comparisons = {
        "ForAllValues:StringEquals": lambda came, pattern: came == pattern,
        "ForAllValues:StringLike": fnmatchcase,
    }
    is_like = comparisons[operator]
    return all(
        any(is_like(each, pattern) for pattern in _listed(given))
        for name, given in wanted.items()
        for each in keys.get(name, ())
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
