"""A verifier wired to a mesh in memory, with a clock and faults that tests choose."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import time_machine
from botocore.exceptions import ReadTimeoutError

from functions.verifier.blindness import BlindnessSweep
from functions.verifier.evaluation import Evaluator
from functions.verifier.handler import Verifier
from functions.verifier.heartbeat import HeartbeatStatus
from functions.verifier.recount_orders import Recounts
from functions.verifier.regions import Regions, RegionTrust
from functions.verifier.verification import FollowUps, ReevaluationQueue
from sentinelmesh.checks import CheckQueues
from sentinelmesh.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.domain.incidents.incident import Incident
from sentinelmesh.domain.monitors.monitor import Monitor
from sentinelmesh.domain.probing.result import Result
from sentinelmesh.domain.verification.monitor_state import State, Transition
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import CheckMessage, EvaluationMessage, decode, encode
from sentinelmesh.rebuild_queue import RecountQueue
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository, HeartbeatsRepository
from sentinelmesh.storage.dynamodb.items import from_item, to_item
from sentinelmesh.storage.dynamodb.keys import result_key
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions_writer import Ledger
from tests.support.builders import START
from tests.support.deliveries import queue_record
from tests.support.moto_mesh import HOME, PROBE_REGIONS, MotoMesh, moto_mesh

Record = dict[str, Any]
Fault = Callable[[int, str], None]
DECIDED = ("states", "incidents", "transitions", "alerts")


class Crash(BaseException):
    """The process is gone: nothing of our code may catch this."""


@dataclass
class Stage:
    """A mesh, its verifier, and the AWS calls that it made.

    Args:
        calls: names of the operations, in order.
        after_call: raised from here, an error strikes right after a call took effect.
        away: regions whose check queue is out of reach.
    """

    mesh: MotoMesh
    now: datetime = START
    away: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    before_call: Fault | None = None
    after_call: Fault | None = None
    _sequence: int = 0
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str) -> Any:
        """Return a client whose calls are counted and may fail; one lasts for all processes."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self._make_client(service, region)
        return self._clients[service, region]

    def _make_client(self, service: str, region: str) -> Any:
        made = self.mesh.sqs(region) if service == "sqs" else self.mesh.fresh_dynamodb()
        made.meta.events.register_first("before-call.*.*", self._before)
        made.meta.events.register_last("after-call.*.*", self._after)
        return made

    def _before(self, model: Any, **_details: Any) -> None:
        self.calls.append(model.name)
        if self.before_call:
            self.before_call(len(self.calls), model.name)

    def _after(self, model: Any, **_details: Any) -> None:
        if self.after_call:
            self.after_call(len(self.calls), model.name)

    def clock(self) -> datetime:
        """Tell the time that the test has set."""
        return self.now

    def verifier(self) -> Verifier:
        """Start a fresh process of the verifier."""
        tables, names = self.client("dynamodb", ""), self.mesh.tables
        states = StatesRepository(tables, names["states"])
        sqs, evaluations_url = self.client("sqs", HOME), self.mesh.queue_url("evaluations")
        heartbeats = HeartbeatsRepository(tables, names["directory"])
        evaluator = Evaluator(
            monitors=MonitorsRepository(tables, names["monitors"]),
            states=states,
            results=ResultsRepository(tables, names["results"]),
            incidents=IncidentsRepository(tables, names["incidents"]),
            escalation_policies=EscalationPoliciesRepository(tables, names["directory"]),
            channels=ChannelsRepository(tables, names["directory"]),
            maintenance=MaintenanceRepository(tables, names["directory"]),
            ledger=Ledger(tables, names),
            alerts=AlertsRepository(tables, names["alerts"]),
            regions=Regions(heartbeats, self.clock),
            clock=self.clock,
        )
        queues = CheckQueues(self._check_queue, self.mesh.checks_url)
        follow_ups = FollowUps(
            queues, ReevaluationQueue(sqs, evaluations_url, self.clock), self.clock
        )
        newest = NewestResults(tables, names["results"], evaluator.results)
        blindness = BlindnessSweep(evaluator=evaluator, newest=newest, heartbeats=heartbeats)
        trust = RegionTrust(heartbeats, states, evaluator.monitors, self.clock)
        pulse = HeartbeatStatus(heartbeats, self.clock)
        recounts = Recounts(RecountQueue(sqs, self.mesh.queue_url("recounts")), self.clock)
        comebacks = MessageRetries(sqs, evaluations_url)
        return Verifier(evaluator, states, pulse, comebacks, recounts, follow_ups, blindness, trust)

    def _check_queue(self, region: str) -> Any:
        if region not in self.away:
            return self.client("sqs", region)

        def hang(**_request: Any) -> Any:
            self.calls.append(f"hang@{region}")
            raise ReadTimeoutError(endpoint_url=region)

        return SimpleNamespace(send_message_batch=hang)

    def configure(self, monitor: Monitor, *channels: Channel) -> None:
        """Have a monitor and channels, as the API would write them."""
        MonitorsRepository(self.mesh.dynamodb, self.mesh.tables["monitors"]).create(monitor)
        directory = ChannelsRepository(self.mesh.dynamodb, self.mesh.tables["directory"])
        for channel in channels:
            directory.create(channel)

    def edit(self, monitor: Monitor) -> list[Record]:
        """Store the next revision of a monitor and give the stream's record of it."""
        MonitorsRepository(self.mesh.dynamodb, self.mesh.tables["monitors"]).replace(monitor)
        return [self.record_of_monitor(monitor.id)]

    def delete(self, monitor: Monitor) -> list[Record]:
        """Remove a monitor and give the stream's record of it."""
        MonitorsRepository(self.mesh.dynamodb, self.mesh.tables["monitors"]).delete(monitor.id)
        return [self.record_of_monitor(monitor.id)]

    def acknowledge(self, incident: Incident, by: str) -> None:
        """Have a person take care of an incident."""
        incidents = IncidentsRepository(self.mesh.dynamodb, self.mesh.tables["incidents"])
        incidents.acknowledge(incident, self.now, by)

    def alarms(self) -> int:
        """Count the delayed messages with which the verifier will wake itself."""
        answer = self.mesh.sqs().get_queue_attributes(
            QueueUrl=self.mesh.queue_url("evaluations"),
            AttributeNames=["ApproximateNumberOfMessagesDelayed"],
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessagesDelayed"])

    def alarms_within(self, seconds: float) -> list[str]:
        """Take the messages that wake the verifier within so many seconds; name their monitors."""
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=seconds), tick=False):
            bodies = self.mesh.drain("evaluations")
        return sorted(decode(body, EvaluationMessage).monitor_id for body in bodies)

    def take_alarms(self) -> list[Record]:
        """Take the messages that wake the verifier by now, if a test has the real clock travel."""
        bodies = self.mesh.drain("evaluations")
        return [queue_record(str(place), body) for place, body in enumerate(bodies)]

    def record_of_monitor(self, monitor_id: str) -> Record:
        """Write a record of the stream of monitors, which has keys only."""
        return self._record({"Keys": {"monitor_id": {"S": monitor_id}}})

    def see(self, *results: Result) -> list[Record]:
        """Store results as probers would and give the stream's records of them."""
        repository = ResultsRepository(self.mesh.dynamodb, self.mesh.tables["results"])
        records = []
        for result in results:
            repository.put(result)
            records.append(self.record_of(result))
        return records

    def record_of(self, result: Result) -> Record:
        """Write the stream's record of a result."""
        image = to_item(result, slot_key=result_key(result))
        keys = {name: image[name] for name in ("monitor_id", "slot_key")}
        return self._record({"Keys": keys, "NewImage": image})

    def _record(self, change: dict[str, Any]) -> Record:
        self._sequence += 1
        return {
            "eventSource": "aws:dynamodb",
            "eventName": "INSERT",
            "dynamodb": {
                **change,
                "SequenceNumber": str(1000 + self._sequence),
                "ApproximateCreationDateTime": self.now.timestamp(),
            },
        }

    def deliver(self, records: Sequence[Record]) -> list[str]:
        """Have a fresh process take records; give the sequence number to start again from."""
        response = self.verifier().take_records(records)
        return [each["itemIdentifier"] for each in response["batchItemFailures"]]

    def everything_seen(self) -> list[Record]:
        """Write the records of all results again, as a replayed stream would hand them out."""
        return [self.record_of(from_item(item, Result)) for item in self.mesh.items("results")]

    def wake(self, monitor_id: str) -> None:
        """Have a fresh process take the message of an alarm."""
        assert self.wakes_well(monitor_id)

    def wakes_well(self, monitor_id: str, deadline: Deadline = NO_DEADLINE) -> bool:
        """Have a fresh process take the message of an alarm; say whether it is done with."""
        body = encode(EvaluationMessage(monitor_id=monitor_id))
        response = self.verifier().take_messages([queue_record("1", body)], deadline)
        return response["batchItemFailures"] == []

    def decided(self) -> dict[str, list[dict[str, Any]]]:
        """Return everything that the verifier has written about monitors."""
        return {owner: self.mesh.items(owner) for owner in DECIDED}

    @property
    def states(self) -> dict[str, State]:
        """The states of all monitors."""
        found = [from_item(item, State) for item in self.mesh.items("states")]
        return {each.monitor_id: each for each in found}

    @property
    def incidents(self) -> list[Incident]:
        """All incidents, the oldest first."""
        return [from_item(item, Incident) for item in self.mesh.items("incidents")]

    @property
    def ledger(self) -> list[str]:
        """The ledger as "status rule", in order."""
        rows = [from_item(item, Transition) for item in self.mesh.items("transitions")]
        return [f"{row.to_status} {row.rule}" for row in rows]

    @property
    def alert_keys(self) -> list[str]:
        """Sort keys of all alert rows."""
        return sorted(item["alert_key"]["S"] for item in self.mesh.items("alerts"))

    def asked(self) -> dict[str, list[CheckMessage]]:
        """Take the checks that wait in the queues of all regions."""
        return {
            region: [decode(body, CheckMessage) for body in self.mesh.drain("checks.fifo", region)]
            for region in PROBE_REGIONS
        }


@contextmanager
def a_stage() -> Iterator[Stage]:
    """Have an empty mesh with a verifier for a while."""
    with moto_mesh() as mesh:
        yield Stage(mesh)
