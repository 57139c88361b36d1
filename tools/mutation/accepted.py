"""The mutants that may live, each with its reason."""

import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("accepted.toml")


def accepted() -> dict[str, str]:
    """Return the reason of each accepted mutant by its name."""
    reasons = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return {name: reason for reason, names in reasons.items() for name in names}
