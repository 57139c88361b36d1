"""Settings of deployments, with every one that does not matter filled in."""

from typing import Any

from infra.deployment import Deployment
from tests.infra.synthesizing import CONTEXT


def a_deployment(**changes: Any) -> Deployment:
    """Read the settings of cdk.json with some of them changed."""
    return Deployment.from_context({**CONTEXT, **changes}.get)
