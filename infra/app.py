"""The CDK app: reads the settings of cdk.json and composes the stacks."""

import sys

from aws_cdk import App, Tags

from infra.deployment import BadSetting, Deployment
from infra.home_stack import HomeStack
from infra.layer_build import LayerMissing
from infra.probe_stack import ProbeStack
from infra.review import ReviewFailed, review


def compose(app: App) -> Deployment:
    """Add all stacks to an app."""
    deployment = Deployment.from_context(app.node.try_get_context)
    HomeStack(app, deployment)
    for region in deployment.regions:
        ProbeStack(app, deployment, region=region)
    Tags.of(app).add("application", deployment.name)
    return deployment


def synthesize() -> None:
    """Write all templates; those for AWS are reviewed.

    Raises:
        ReviewFailed: the findings are on the error output already.
    """
    app = App()
    deployment = compose(app)
    if not deployment.local:
        review(app, deployment)
    try:
        app.synth()
    except RuntimeError as problem:
        if "ValidationFailed" in str(problem):
            raise ReviewFailed(
                "Mend the findings above, or accept them in infra/review.py."
            ) from problem
        raise


def main() -> int:
    """Synthesize; one sentence for the person who has to mend something."""
    try:
        synthesize()
    except (BadSetting, LayerMissing, ReviewFailed) as problem:
        print(f"SentinelMesh cannot be deployed like this. {problem}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
