"""One probe region: its queue of checks, its prober and its spool for when home is away."""

from aws_cdk import Duration
from constructs import Construct

from infra import permissions
from infra.deployment import Deployment
from infra.mesh_stack import MeshStack
from infra.names import CHECKS, RESULTS_SPOOL
from infra.sources import read_queue

# The emulator's probers share one machine.
LOCAL_CONCURRENCY = 4
SPOOL_CONCURRENCY = 2
# The second try comes when the check has expired and only records that gap; a third has no use.
CHECK_TRIES = 2
# A spooled result waits for home as long as it takes: soon at first, then every nine minutes.
SPOOL_TRIES = 600


class ProbeStack(MeshStack):
    """What a region needs to probe."""

    def __init__(self, scope: Construct, deployment: Deployment, *, region: str) -> None:
        super().__init__(
            scope,
            f"probe-{region}",
            deployment,
            region=region,
            topic="probe-platform-alarms",
            description=f"prober of {region}",
        )
        prober = self.make_function("prober", permissions.prober(self.names, region))
        checks = self.make_queue(
            CHECKS, reader="prober", keep=Duration.minutes(20), tries=CHECK_TRIES
        )
        spool = self.make_queue(
            RESULTS_SPOOL, reader="prober", keep=Duration.days(4), tries=SPOOL_TRIES
        )
        concurrency = LOCAL_CONCURRENCY if deployment.local else deployment.prober_concurrency
        read_queue(prober, checks, most_concurrent=concurrency)
        read_queue(prober, spool, most_concurrent=SPOOL_CONCURRENCY)
        self.alarms.on_waiting_checks(checks)
        self.alarms.on_blindness(prober)
