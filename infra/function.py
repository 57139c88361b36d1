"""The one construct for all functions: runtime, layers, role, logs, tracing and alarms."""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration, IgnoreMode, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.deployment import Deployment
from infra.names import Names
from sentinelmesh.settings import (
    AlerterSettings,
    ApiSettings,
    ProberSettings,
    SchedulerSettings,
    Settings,
    VerifierSettings,
)

SETTINGS: Mapping[str, type[Settings]] = {
    "api": ApiSettings,
    "scheduler": SchedulerSettings,
    "prober": ProberSettings,
    "verifier": VerifierSettings,
    "alerter": AlerterSettings,
}
TIMEOUTS = {"api": 29, "scheduler": 30, "prober": 45, "verifier": 30, "alerter": 60}
MEMORY_MB = {"api": 1024, "scheduler": 512, "verifier": 512, "alerter": 512}
# Lambda sets these itself and refuses to have them set.
SET_BY_LAMBDA = {"AWS_REGION"}


class Layers:
    """The layers of a stack: our own common code, and what it depends on."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        runtime = [lambda_.Runtime.PYTHON_3_13]
        architectures = [lambda_.Architecture.ARM_64]
        common = lambda_.LayerVersion(
            scope,
            "CommonLayer",
            description="The sentinelmesh package: words, rules and contracts of all functions",
            code=lambda_.Code.from_asset("layers/common", exclude=["**/__pycache__"]),
            compatible_runtimes=runtime,
            compatible_architectures=architectures,
        )
        self.all: list[lambda_.ILayerVersion] = [common]
        # On the emulator the functions run with the project's own interpreter, which has them.
        if not deployment.local:
            from infra.layer_build import built_layer

            dependencies = lambda_.LayerVersion(
                scope,
                "DependencyLayer",
                description="Locked Python packages of all functions",
                code=lambda_.Code.from_asset(str(built_layer())),
                compatible_runtimes=runtime,
                compatible_architectures=architectures,
            )
            self.all.append(dependencies)


class MeshFunction(Construct):
    """One function with a role of its own, which may do nothing that is not listed.

    Args:
        role_name: "scheduler", "prober", ...: its folder, its settings and its physical name.
        environment: values of the settings that differ between functions.
        permissions: what it may do beside logging and tracing.
    """

    def __init__(
        self,
        scope: Construct,
        role_name: str,
        *,
        deployment: Deployment,
        names: Names,
        layers: Layers,
        environment: Mapping[str, str],
        permissions: Sequence[iam.PolicyStatement],
    ) -> None:
        super().__init__(scope, role_name.capitalize())
        self.name = role_name
        self.timeout = Duration.seconds(TIMEOUTS[role_name])
        physical = names.of(role_name)
        log_group = self._log_group(physical, deployment)
        role = iam.Role(
            self,
            "Role",
            role_name=f"{physical}-{Aws.REGION}",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        for statement in permissions:
            role.add_to_policy(statement)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=physical,
            description=f"SentinelMesh {role_name}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"functions.{role_name}.handler.lambda_handler",
            code=_code(role_name),
            layers=layers.all,
            role=role,
            timeout=self.timeout,
            memory_size=MEMORY_MB.get(role_name, deployment.prober_memory_mb),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            environment=_environment(role_name, deployment, names, environment),
        )

    def _log_group(self, physical: str, deployment: Deployment) -> logs.LogGroup:
        return logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/lambda/{physical}",
            retention=_log_retention(deployment.log_retention_days),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def allow_recursion(self) -> None:
        """Let it wake itself through a queue; Lambda would stop the loop after 16 rounds."""
        function = self.function.node.default_child
        if isinstance(function, lambda_.CfnFunction):
            function.add_property_override("RecursiveLoop", "Allow")


def _code(name: str) -> lambda_.Code:
    """Take the folder of one function and the package around it, nothing else of the project."""
    others = [f"functions/{other}" for other in SETTINGS if other != name]
    return lambda_.Code.from_asset(
        ".",
        exclude=["/*", "!/functions", *others, "**/__pycache__"],
        ignore_mode=IgnoreMode.GIT,
    )


def _environment(
    name: str, deployment: Deployment, names: Names, special: Mapping[str, str]
) -> dict[str, str]:
    """Put together exactly the variables that the function's settings name."""
    values = {
        "MESH_NAME": names.prefix,
        "HOME_REGION": deployment.home_region,
        "PUBLIC_URL": deployment.public_url,
        "LOG_LEVEL": "INFO",
        **special,
    }
    wanted = set(SETTINGS[name].variables()) - SET_BY_LAMBDA
    if wanted != set(values):
        raise ValueError(f"{name}: environment and settings differ in {wanted ^ set(values)}")
    return {**values, "POWERTOOLS_SERVICE_NAME": name}


def _log_retention(days: int) -> logs.RetentionDays:
    """Give the shortest retention that CloudWatch offers and that is long enough."""
    # Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs (PutRetentionPolicy)
    offered = {
        1: "ONE_DAY", 3: "THREE_DAYS", 5: "FIVE_DAYS", 7: "ONE_WEEK", 14: "TWO_WEEKS",
        30: "ONE_MONTH", 60: "TWO_MONTHS", 90: "THREE_MONTHS", 180: "SIX_MONTHS", 365: "ONE_YEAR",
    }  # fmt: skip
    chosen = next((name for least, name in offered.items() if days <= least), "TEN_YEARS")
    return logs.RetentionDays[chosen]
