"""What the launcher must know of the deployed mesh; regions and name come from cdk.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The emulator takes a twelve-digit access key for the account.
ACCOUNT = "000000000000"


@dataclass(frozen=True)
class MeshFacts:
    """Name and regions of the mesh."""

    name: str
    home_region: str
    regions: tuple[str, ...]

    @property
    def all_regions(self) -> tuple[str, ...]:
        """Home first, then the probe regions that are not home."""
        others = tuple(region for region in self.regions if region != self.home_region)
        return (self.home_region, *others)


def read_facts(root: Path) -> MeshFacts:
    """Read them from the context in cdk.json."""
    return facts_of(json.loads((root / "cdk.json").read_text())["context"])


def facts_of(context: Mapping[str, Any]) -> MeshFacts:
    """Take them out of a CDK context."""
    return MeshFacts(
        name=context.get("name", "sentinelmesh"),
        home_region=context["home_region"],
        regions=tuple(context["regions"]),
    )
