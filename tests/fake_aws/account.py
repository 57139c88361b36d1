"""One AWS account in memory: tables, queues, parameters, functions and what calls them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fake_aws.dynamodb import FakeDynamoDb
from tests.fake_aws.event_sources import QueueSource, Rule
from tests.fake_aws.functions import Function, Lambdas, Process
from tests.fake_aws.hub import Hub
from tests.fake_aws.queues import Message, Queue
from tests.fake_aws.sqs import FakeSqs
from tests.fake_aws.streams import LIFELIKE_BATCH, StreamSource
from tests.fake_aws.tables import Table
from tests.simulation.faults import Fate
from tests.support.moto_mesh import HOME, PROBE_REGIONS, TABLES, table_name

NAME = "sentinelmesh"
TIMEOUTS = {
    "api": 29,
    "scheduler": 30,
    "prober": 90,
    "verifier": 30,
    "alerter": 60,
    "rollup": 60,
}
HOME_QUEUES = {
    "ticks": "scheduler",
    "evaluations": "verifier",
    "recounts": "rollup",
    "alert-retries": "alerter",
}
VERIFIER_LANES = 4
# A mesh has the first few of these.
REGIONS = (*PROBE_REGIONS, "eu-central-1", "sa-east-1", "af-south-1", "ca-central-1")
# As infra/ has them; tests/infra/test_queues.py holds the two together.
MAX_TRIES = 5
MAX_KEPT = timedelta(days=4)
KEPT = {"ticks": timedelta(minutes=20), "checks.fifo": timedelta(minutes=20)}
TRIES = {"checks.fifo": 2, "evaluations": 100, "recounts": 12, "results-spool": 600}
Make = Callable[[Process], tuple[Function, Callable[[], None]]]


class ParameterNotFound(Exception):
    """SSM knows no such parameter."""


@dataclass
class FakeSsm:
    """The calls of boto3's SSM client that the secret store makes."""

    parameters: dict[str, list[str]]
    around: Callable[[str, Callable[[], Any]], Any]

    class exceptions:  # noqa: N801 (boto3's name)
        """Where boto3 keeps its errors."""

        ParameterNotFound = ParameterNotFound

    def get_parameter(self, Name: str, **_how: Any) -> Any:  # noqa: N803
        name, _, version = Name.partition(":")

        def get() -> Any:
            versions = self.parameters.get(name, [])
            place = int(version) if version else len(versions)
            if not 1 <= place <= len(versions):
                raise ParameterNotFound
            return {"Parameter": {"Value": versions[place - 1], "Version": place}}

        return self.around("GetParameter", get)

    def put_parameter(self, Name: str, Value: str, **_how: Any) -> Any:  # noqa: N803
        def put() -> Any:
            versions = self.parameters.setdefault(Name, [])
            versions.append(Value)
            return {"Version": len(versions)}

        return self.around("PutParameter", put)

    def delete_parameter(self, Name: str) -> Any:  # noqa: N803
        def delete() -> None:
            if self.parameters.pop(Name, None) is None:
                raise ParameterNotFound

        return self.around("DeleteParameter", delete)


@dataclass
class Cloud:
    """The account.

    Args:
        make: gives the handler of a fresh process of one of our functions.
        is_lifelike: boto3 tries again by itself, streams hand out a hundred records at once,
            several processes of the verifier take turns, and now and then Lambda has no room.
        cut: connections that do not work for now, as "from>to" by region; "*" is everybody.
    """

    hub: Hub
    fate: Fate
    make: Make
    tell: Callable[[str], None]
    regions: tuple[str, ...] = PROBE_REGIONS
    is_lifelike: bool = False
    cut: set[str] = field(default_factory=set)
    parameters: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = {
            table_name(owner): Table(
                (partition, sort) if sort else (partition,),
                indexes,
            )
            for owner, (partition, sort, indexes) in TABLES.items()
        }
        self.lambdas = Lambdas(self.hub, self.make, TIMEOUTS, self.tell)
        self.queues: dict[str, dict[str, Queue]] = {
            region: {} for region in dict.fromkeys((HOME, *self.regions))
        }
        self.sources: list[QueueSource] = []
        self.streams = self._streams()
        for name, function in HOME_QUEUES.items():
            self._queue(HOME, name, function)
        for region in self.regions:
            for name in ("checks.fifo", "results-spool"):
                self._queue(region, name, f"prober@{region}")
        self.rules = [
            Rule(self.hub, self.fate, self.lambdas, "scheduler"),
            Rule(self.hub, self.fate, self.lambdas, "alerter", {"sweep": True}),
            Rule(self.hub, self.fate, self.lambdas, "verifier", {"sweep": True}),
            Rule(self.hub, self.fate, self.lambdas, "rollup", every=10, at=6),
        ]

    def be_lifelike(self) -> None:
        """Have the limits that AWS really has, instead of such as find mistakes sooner."""
        self.is_lifelike = True
        self.lambdas.spread = {"verifier": VERIFIER_LANES}
        self.lambdas.is_full = self.fate.is_full
        for stream in self.streams.values():
            stream.batch = LIFELIKE_BATCH

    def table(self, owner: str) -> Table:
        """Return a table by what the code calls it."""
        return self.tables[table_name(owner)]

    def _streams(self) -> dict[str, StreamSource]:
        parts = (self.hub, self.fate, self.lambdas)
        return {
            "results": StreamSource(
                *parts, "verifier", self.table("results"), "INSERT", lanes=VERIFIER_LANES
            ),
            "monitors": StreamSource(*parts, "verifier", self.table("monitors"), with_image=False),
            "alerts": StreamSource(*parts, "alerter", self.table("alerts"), "INSERT"),
            "transitions": StreamSource(*parts, "rollup", self.table("transitions"), "INSERT"),
        }

    def _queue(self, region: str, name: str, function: str) -> None:
        full, fifo = f"{NAME}-{name}", name.endswith(".fifo")
        queue = Queue(
            full,
            fifo=fifo,
            visibility=timedelta(seconds=6 * TIMEOUTS[function.split("@", maxsplit=1)[0]]),
            retention=KEPT.get(name, MAX_KEPT),
            most_receives=TRIES.get(name, MAX_TRIES),
            dead=Queue(f"{full}-dlq", fifo=fifo),
        )
        self.queues[region][full] = queue
        arn = f"arn:aws:sqs:{region}:123456789012:{full}"
        source = QueueSource(self.hub, self.fate, self.lambdas, queue, arn, function)
        if name == "evaluations":
            source.on_late = self._note_late
        self.sources.append(source)

    def _note_late(self, message: Message) -> None:
        """A monitor whose evaluation comes late may find rounds that are too late to count."""
        found = re.search(r"mon_\w+", message.body)
        if found:
            self.streams["results"].note_slow(found.group(), message.due_at)

    def _around(self, start: str, end: str, tries: int) -> Callable[[str, Callable[[], Any]], Any]:
        """Carry out calls from a region to a service, unless the way is cut."""

        def is_cut() -> bool:
            return bool({f"{start}>{end}", f"*>{end}"} & self.cut)

        def around(name: str, call: Callable[[], Any]) -> Any:
            return self.fate.around(name, call, is_cut=is_cut, tries=tries)

        return around

    def client(self, service: str, region: str, caller: str, tries: int = 1) -> Any:
        """Build a client for a function that runs in the caller's region."""
        if service == "dynamodb":
            around = self._around(caller, "tables", tries)
            return FakeDynamoDb(self.tables, self.hub.clock, around, self._caught_up)
        if service == "sqs":
            around = self._around(caller, f"queues@{region}", tries)
            return FakeSqs(self.queues[region], self.hub.clock, around, self.fate.partial)
        if service == "ssm":
            return FakeSsm(self.parameters, self._around(caller, "tables", tries))
        return None

    def _caught_up(self) -> datetime:
        """Return how far an eventually consistent read has come: nearly always nearly to now."""
        behind = 2.0 if self.fate.happens("stale_read") else 0.02
        return self.hub.now - timedelta(seconds=self.fate.chance.uniform(0, behind))

    def start(self) -> None:
        """Let the clock tick."""
        for rule in self.rules:
            rule.start()

    def oldest(self) -> datetime:
        """Return since when the oldest message or record waits; now if there is none."""
        queues = [queue for each in self.queues.values() for queue in each.values()]
        sent = [message.sent_at for queue in queues for message in queue.messages]
        written = [each for stream in self.streams.values() for each in stream.waiting_since()]
        return min([*sent, *written, self.hub.now])


def is_being_counted(cloud: Cloud, now: datetime) -> bool:
    """Return whether somebody has taken an order to count and not yet carried it out."""
    return any(
        each.receives and each.visible_at > now and '"monitor_id"' in each.body
        for each in cloud.queues[HOME][f"{NAME}-recounts"].messages
    )


class FakeSession:
    """Stands in for `boto3.Session` while a function is wired."""

    def __init__(self, cloud: Cloud, caller: str) -> None:
        self._cloud = cloud
        self._caller = caller

    def client(self, service: str, region_name: str, config: Any = None, **_more: Any) -> Any:
        """Build a client, with as many tries as its settings say where lives are lifelike."""
        retries = (config and config.retries) or {}
        tries = retries.get("total_max_attempts", 1) if self._cloud.is_lifelike else 1
        return self._cloud.client(service, region_name, self._caller, tries)


def environment(
    region: str, hold_seconds: int = 0, regions: tuple[str, ...] = PROBE_REGIONS
) -> dict[str, str]:
    """Return the variables of all functions, as the infrastructure sets them."""
    tables = {f"{owner.upper()}_TABLE": table_name(owner) for owner in TABLES}
    queues = {
        f"{name.upper().replace('-', '_')}_QUEUE_URL": f"https://sqs.{HOME}/1/{NAME}-{name}"
        for name in HOME_QUEUES
    }
    return {
        **tables,
        **queues,
        "MESH_NAME": NAME,
        "HOME_REGION": HOME,
        "AWS_REGION": region,
        "PUBLIC_URL": "https://mesh.example",
        "CHECKS_QUEUE_URL": f"https://sqs.{{region}}/1/{NAME}-checks.fifo",
        "SPOOL_QUEUE_URL": f"https://sqs.{region}/1/{NAME}-results-spool",
        "SECRETS_PREFIX": f"/{NAME}/secrets",
        "REGIONS": ",".join(regions),
        "MAIL_FROM": "alerts@mesh.example",
        "ALERTER_FUNCTION": f"{NAME}-alerter",
        "USER_POOL_ID": "pool",
        "USER_POOL_CLIENT_ID": "client",
        "CONTROL_TARGETS": "control.example:443",
        "STORM_HOLD_SECONDS": str(hold_seconds),
    }
