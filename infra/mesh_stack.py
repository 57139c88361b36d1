"""What every stack of a mesh has: names, layers, alarms, and how queues and functions are made."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import messaging
from infra.deployment import Deployment
from infra.function import MeshFunction
from infra.layers import layers
from infra.names import Names
from infra.observability import Alarms


class MeshStack(Stack):
    """A stack in one region; everything made here is watched by an alarm.

    Args:
        part: what of the mesh it is; the end of its name.
        topic: name of the topic of its alarms.
    """

    def __init__(
        self,
        scope: Construct,
        part: str,
        deployment: Deployment,
        *,
        region: str,
        topic: str,
        description: str,
    ) -> None:
        names = Names(deployment.name, deployment.home_region)
        super().__init__(
            scope,
            names.of(part),
            stack_name=names.of(part),
            env={"region": region},
            description=f"SentinelMesh: {description}",
            termination_protection=not deployment.local,
        )
        self.deployment = deployment
        self.names = names
        self.layers = layers(self, deployment)
        self.alarms = Alarms(self, deployment, names, topic)
        self.functions: list[MeshFunction] = []

    def make_function(
        self,
        role: str,
        permissions: Sequence[iam.PolicyStatement],
        special: Mapping[str, str] | None = None,
        more_layers: Sequence[lambda_.ILayerVersion] = (),
    ) -> MeshFunction:
        """Build a function with its alarms."""
        made = MeshFunction(
            self,
            role,
            deployment=self.deployment,
            names=self.names,
            layers=[*self.layers, *more_layers],
            permissions=permissions,
            special=special or {},
        )
        self.alarms.on_trouble(made)
        self.functions.append(made)
        return made

    def make_queue(
        self, name: str, *, reader: str, keep: Duration, tries: int = messaging.MAX_TRIES
    ) -> sqs.Queue:
        """Build a queue with its dead letters and their alarm."""
        base, dot, kind = name.partition(messaging.FIFO)
        dead = self.make_dead_letters(f"{base}-dlq{dot}{kind}")
        return messaging.queue(
            self, self.names, name, reader=reader, keep=keep, tries=tries, dead=dead
        )

    def make_dead_letters(self, name: str) -> sqs.Queue:
        """Build a queue for what failed for good, with its alarm."""
        dead = messaging.dead_letters(self, self.names, name)
        self.alarms.on_dead_letters(dead, name.removesuffix(messaging.FIFO))
        return dead
