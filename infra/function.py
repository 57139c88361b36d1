"""The one construct for all functions: runtime, layers, role, logs and tracing."""

from collections.abc import Mapping, Sequence

from aws_cdk import Aws, Duration, IgnoreMode, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.deployment import Deployment
from infra.environment import SETTINGS, environment
from infra.handlers import module_of
from infra.layers import ARCHITECTURE, RUNTIME
from infra.log_groups import log_group
from infra.names import Names

TIMEOUTS = {
    "api": 29,
    "scheduler": 30,
    "prober": 90,
    "verifier": 30,
    "alerter": 60,
    "rollup": 60,
    "publisher": 60,
}
MEMORY_MB = {
    "api": 1024,
    # A busy granule is 2,500 requests that are due at once: they take processor time.
    "scheduler": 1024,
    "verifier": 512,
    "alerter": 512,
    "rollup": 512,
    "publisher": 512,
}
# They put messages into a queue that they read themselves: ticks, evaluations, retries, recounts.
WAKING_THEMSELVES = {"scheduler", "verifier", "alerter", "rollup"}


class MeshFunction(Construct):
    """One function with a role of its own, which may do nothing that is not listed.

    Args:
        role: "scheduler", "prober", ...: its code, its settings and its physical name.
        permissions: what it may do beside logging and tracing.
        special: values of settings that only the stack's resources know.
    """

    def __init__(
        self,
        scope: Construct,
        role: str,
        *,
        deployment: Deployment,
        names: Names,
        layers: Sequence[lambda_.ILayerVersion],
        permissions: Sequence[iam.PolicyStatement],
        special: Mapping[str, str],
    ) -> None:
        super().__init__(scope, role.capitalize())
        self.name = role
        physical = names.of(role)
        days = deployment.log_retention_days
        self.logs = log_group(self, "Logs", f"/aws/lambda/{physical}", days)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=physical,
            description=f"SentinelMesh {role}",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler=f"{module_of(role)}.lambda_handler",
            code=_code(role),
            layers=layers,
            role=self._role(physical, permissions),
            timeout=Duration.seconds(TIMEOUTS[role]),
            memory_size=MEMORY_MB.get(role, deployment.prober_memory_mb),
            tracing=lambda_.Tracing.ACTIVE,
            log_group=self.logs,
            # Lambda would take the loop for an accident and stop it after 16 rounds.
            recursive_loop=lambda_.RecursiveLoop.ALLOW if role in WAKING_THEMSELVES else None,
            environment=environment(role, deployment, names, Stack.of(self).region, special),
        )

    def _role(self, physical: str, permissions: Sequence[iam.PolicyStatement]) -> iam.Role:
        """Make its role; role names count for the whole account, so this one says its region."""
        role = iam.Role(
            self,
            "Role",
            role_name=f"{physical}-{Aws.REGION}",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        self.logs.grant_write(role)
        for statement in permissions:
            role.add_to_policy(statement)
        return role


def _code(role: str) -> lambda_.Code:
    """Take the folder of one function and the package around it, nothing else of the project."""
    others = [f"functions/{other}" for other in sorted(SETTINGS) if other != role]
    return lambda_.Code.from_asset(
        ".",
        exclude=["/*", "!/functions", *others, "**/__pycache__"],
        ignore_mode=IgnoreMode.GIT,
    )
