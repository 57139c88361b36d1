"""One probe region: its queue of checks, its prober and its spool for when home is away."""

from aws_cdk import Duration, Stack
from constructs import Construct

from infra import permissions
from infra.deployment import Deployment
from infra.function import TIMEOUTS, Layers, MeshFunction
from infra.messaging import checks_queue, dead_letters, queue
from infra.names import Names
from infra.observability import Alarms
from infra.sources import read_queue

# Hosts that always answer: when none does, the region is in trouble, not the target.
CONTROL_TARGETS = ("checkip.amazonaws.com:443", "sts.amazonaws.com:443")
SPOOL_CONCURRENCY = 2


class ProbeStack(Stack):
    """What a region needs to probe."""

    def __init__(self, scope: Construct, deployment: Deployment, *, region: str) -> None:
        names = Names(deployment.name, deployment.home_region)
        super().__init__(
            scope,
            names.of(f"probe-{region}"),
            stack_name=names.of(f"probe-{region}"),
            env={"region": region},
            description=f"SentinelMesh: prober of {region}",
        )
        prober_alarms = Alarms(self, deployment, Names(names.of("probe"), deployment.home_region))
        visibility = Duration.seconds(6 * TIMEOUTS["prober"])
        dead_checks = dead_letters(self, "ChecksDlq", names, "checks-dlq", fifo=True)
        checks = checks_queue(self, names, visibility=visibility, dead=dead_checks)
        dead_results = dead_letters(self, "ResultsSpoolDlq", names, "results-spool-dlq")
        spool = queue(
            self,
            "ResultsSpool",
            names,
            "results-spool",
            visibility=visibility,
            retention=Duration.days(4),
            dead=dead_results,
        )
        prober = MeshFunction(
            self,
            "prober",
            deployment=deployment,
            names=names,
            layers=Layers(self, deployment),
            environment={
                "RESULTS_TABLE": names.table("results"),
                "SPOOL_QUEUE_URL": names.queue_url("results-spool", region),
                "SECRETS_PREFIX": names.secrets_prefix,
                "RETENTION_DAYS": str(deployment.retention_days),
                "ALLOW_PRIVATE_TARGETS": str(deployment.allow_private_targets).lower(),
                "CONTROL_TARGETS": "" if deployment.local else ",".join(CONTROL_TARGETS),
            },
            permissions=permissions.prober(names, region),
        )
        concurrency = 4 if deployment.local else deployment.prober_concurrency
        read_queue(prober.function, checks, most_concurrent=concurrency)
        read_queue(prober.function, spool, most_concurrent=SPOOL_CONCURRENCY)
        prober_alarms.on_errors(prober.function, "prober")
        prober_alarms.on_dead_letters(dead_checks, "checks-dlq")
        prober_alarms.on_dead_letters(dead_results, "results-spool-dlq")
