"""The verifier: alone decides about status, incidents and alert rows.

Trigger: stream of check_results (new results), stream of monitors (edits), queue of evaluations,
a sweep each minute.
Effect: verification probes, one transaction per transition, orders to count late results.
Retries: partial batches; everything it does may be repeated and reordered.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.verifier.evaluation import Evaluator
from functions.verifier.pulse import Pulse
from functions.verifier.records import Glance, Record, glance, may_change, monitor_of
from functions.verifier.recounts import Recounts
from functions.verifier.regions import Regions
from functions.verifier.verification import Alarm
from sentinelmesh.batch import Response, failed, failed_from, is_queue_event, is_stream_event
from sentinelmesh.checks import CheckQueues
from sentinelmesh.clients import client
from sentinelmesh.comebacks import Comebacks
from sentinelmesh.errors import MeshError
from sentinelmesh.messages import EvaluationMessage, decode
from sentinelmesh.observability import logger
from sentinelmesh.settings import VerifierSettings
from sentinelmesh.storage.directory import ChannelsRepository, HeartbeatsRepository
from sentinelmesh.storage.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.ledger import Ledger
from sentinelmesh.storage.maintenance import MaintenanceRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.states import StatesRepository

LANES = 8
MOST_SWEPT = 200


@dataclass(frozen=True, slots=True)
class Verifier:
    """The function with its parts wired."""

    evaluator: Evaluator
    states: StatesRepository
    pulse: Pulse
    comebacks: Comebacks
    recounts: Recounts

    def take_records(self, records: Sequence[Record]) -> Response:
        """Evaluate every monitor that a batch of stream records may move.

        A monitor in trouble goes to the queue of evaluations: whatever is wrong with it, the
        stream goes on.
        """
        places: dict[str, list[int]] = defaultdict(list)
        glances: dict[str, list[Glance]] = defaultdict(list)
        edited: set[str] = set()
        for place, record in enumerate(records):
            seen = glance(record)
            monitor_id = seen.monitor_id if seen else monitor_of(record)
            places[monitor_id].append(place)
            if seen:
                glances[monitor_id].append(seen)
            else:
                edited.add(monitor_id)
        self.evaluator.regions.see(each for seen in glances.values() for each in seen)
        states = self.states.get_many(glances)
        moved = [each for each in glances if may_change(states.get(each), glances[each])]
        troubled = self.evaluator.alarm.hand_over(self._evaluate({*moved, *edited}))
        troubled |= self.recounts.late(each for seen in glances.values() for each in seen)
        troubled |= self.recounts.edited(edited)
        self.pulse.beat(records, self.evaluator.regions.distrusted)
        return failed_from(records, {place for each in troubled for place in places[each]})

    def take_messages(self, messages: Iterable[Mapping[str, Any]]) -> Response:
        """Evaluate the monitors of a batch of queue messages; a poison message stops alone."""
        wanted: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        poison = []
        for message in messages:
            try:
                monitor_id = decode(message["body"], EvaluationMessage).monitor_id
            except MeshError as error:
                logger().error("poison_message", reason=str(error))
                poison.append(message["messageId"])
                continue
            wanted[monitor_id].append(message)
        troubled = [each for name in self._evaluate(set(wanted)) for each in wanted[name]]
        self.comebacks.hasten(troubled)
        return failed([*poison, *(each["messageId"] for each in troubled)])

    def sweep(self) -> Response:
        """Evaluate the monitors of open incidents: a lost record of a pause must not keep one open.

        Cost: half a read unit, and an evaluation for each monitor that is down.
        """
        open_ones = self.evaluator.incidents.list_page(MOST_SWEPT, only_open=True)
        self._evaluate({incident.monitor_id for incident in open_ones})
        return failed([])

    def _evaluate(self, monitor_ids: set[str]) -> set[str]:
        """Evaluate monitors side by side; give those that have to come back."""
        ordered = sorted(monitor_ids)
        if len(ordered) <= 1:
            return {each for each in ordered if not self._succeeds(each)}
        with ThreadPoolExecutor(min(LANES, len(ordered))) as lanes:
            outcomes = list(lanes.map(self._succeeds, ordered))
        return {each for each, well in zip(ordered, outcomes, strict=True) if not well}

    def _succeeds(self, monitor_id: str) -> bool:
        """Evaluate one monitor; its trouble is not that of the others in the batch."""
        try:
            self.evaluator.evaluate(monitor_id)
        except Exception:  # noqa: BLE001 (whatever it is, only this monitor comes back)
            logger().exception("evaluation_failed", monitor_id=monitor_id)
            return False
        return True


@cache
def wire() -> Verifier:
    """Make clients and read settings, once per process."""
    import boto3

    settings = VerifierSettings.from_environment(os.environ)
    session = boto3.Session()
    home = settings.home_region
    tables = client(session, "dynamodb", home)
    states = StatesRepository(tables, settings.states_table)
    heartbeats = HeartbeatsRepository(tables, settings.directory_table)
    sqs, evaluations_url = client(session, "sqs", home), settings.evaluations_queue_url
    evaluator = Evaluator(
        monitors=MonitorsRepository(tables, settings.monitors_table),
        states=states,
        results=ResultsRepository(tables, settings.results_table),
        incidents=IncidentsRepository(tables, settings.incidents_table),
        channels=ChannelsRepository(tables, settings.directory_table),
        escalation_policies=EscalationPoliciesRepository(tables, settings.directory_table),
        maintenance=MaintenanceRepository(tables, settings.directory_table),
        ledger=Ledger(
            tables,
            {
                "monitors": settings.monitors_table,
                "states": settings.states_table,
                "incidents": settings.incidents_table,
                "transitions": settings.transitions_table,
                "alerts": settings.alerts_table,
            },
        ),
        queues=CheckQueues(
            lambda region: client(session, "sqs", region), settings.checks_queue_url
        ),
        regions=Regions(_now),
        alarm=Alarm(sqs, evaluations_url, _now),
        clock=_now,
    )
    comebacks = Comebacks(sqs, evaluations_url)
    recounts = Recounts(sqs, settings.recounts_queue_url, _now)
    return Verifier(evaluator, states, Pulse(heartbeats, _now), comebacks, recounts)


def lambda_handler(event: Mapping[str, Any], _context: object) -> Response:
    """Take a batch of any of the three sources, or sweep."""
    if is_stream_event(event):
        return wire().take_records(event["Records"])
    if is_queue_event(event):
        return wire().take_messages(event["Records"])
    return wire().sweep()


def _now() -> datetime:
    return datetime.now(UTC)
