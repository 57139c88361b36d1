"""The layers of a stack's functions: our own common code, and what it depends on."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.deployment import Deployment
from infra.layer_build import APPRISE, DEPENDENCIES

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


def layers(scope: Construct, deployment: Deployment) -> list[lambda_.ILayerVersion]:
    """Build the layers.

    Raises:
        LayerMissing: the dependencies were not built from their present lock.
    """
    common = _layer(
        scope,
        "CommonLayer",
        "The sentinelmesh package: words, rules and contracts of all functions",
        lambda_.Code.from_asset("layers/common", exclude=["**/__pycache__"]),
    )
    # On the emulator the functions run with the project's own interpreter, which has them.
    if deployment.local:
        return [common]
    dependencies = _layer(
        scope,
        "DependencyLayer",
        "Locked Python packages of all functions",
        lambda_.Code.from_asset(str(DEPENDENCIES.built())),
    )
    return [common, dependencies]


def apprise_layer(scope: Construct, deployment: Deployment) -> list[lambda_.ILayerVersion]:
    """Build the layer of channels of kind apprise, if the deployment wants it.

    Raises:
        LayerMissing: it was not built from its present lock.
    """
    if deployment.local or not deployment.apprise:
        return []
    code = lambda_.Code.from_asset(str(APPRISE.built()))
    return [_layer(scope, "AppriseLayer", "Apprise, for channels of that kind", code)]


def _layer(
    scope: Construct, construct: str, description: str, code: lambda_.Code
) -> lambda_.ILayerVersion:
    return lambda_.LayerVersion(
        scope,
        construct,
        description=description,
        code=code,
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
    )
