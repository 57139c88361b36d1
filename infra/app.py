"""The CDK app: reads the settings of cdk.json and composes the stacks.

`python -m infra.app regions` prints the regions that a deployment touches, home first.
"""

import json
import sys
from pathlib import Path

from aws_cdk import App, Tags

from infra.deployment import BadSetting, Deployment
from infra.home_stack import HomeStack
from infra.layer_build import LayerMissing
from infra.probe_stack import ProbeStack


def compose(app: App) -> Deployment:
    """Add all stacks to an app."""
    deployment = Deployment.from_context(app.node.try_get_context)
    HomeStack(app, deployment, region=deployment.home_region)
    for region in deployment.regions:
        ProbeStack(app, deployment, region=region)
    Tags.of(app).add("application", deployment.name)
    return deployment


def main() -> int:
    """Synthesize, or list the regions."""
    if sys.argv[1:] == ["regions"]:
        context = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"]
        deployment = Deployment.from_context(context.get)
        print("\n".join(dict.fromkeys([deployment.home_region, *deployment.regions])))  # noqa: T201
        return 0
    app = App()
    try:
        compose(app)
    except (BadSetting, LayerMissing) as problem:
        print(f"SentinelMesh cannot be deployed like this. {problem}", file=sys.stderr)  # noqa: T201
        return 1
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
