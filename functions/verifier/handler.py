"""The verifier: alone decides about status, incidents and alert rows.

Trigger: stream of check_results (new results), stream of monitors (edits), queue of evaluations,
a sweep each minute.
Effect: verification probes, one transaction per transition, orders to count late results.
Retries: partial batches; everything it does may be repeated and reordered.
"""

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from functions.verifier.blindness import BlindnessSweep
from functions.verifier.evaluation import Evaluator
from functions.verifier.heartbeat import HeartbeatStatus
from functions.verifier.lost_channels import LostChannels
from functions.verifier.records import Record, ResultSummary, may_change, read_record
from functions.verifier.recount_orders import Recounts
from functions.verifier.regions import Regions, RegionTrust
from functions.verifier.verification import FollowUp, FollowUps, ReevaluationQueue
from sentinelmesh.batch import (
    Response,
    is_queue_event,
    is_stream_event,
    read_each,
    report_failures,
    report_failures_from,
)
from sentinelmesh.checks import CheckQueues
from sentinelmesh.clients import client, queue_client
from sentinelmesh.deadline import NO_DEADLINE, Deadline
from sentinelmesh.domain.probing.slow_probe import Unanswered
from sentinelmesh.domain.verification.early_verification import is_worth_asking
from sentinelmesh.errors import MeshError, UnreadableRow
from sentinelmesh.message_retries import MessageRetries
from sentinelmesh.messages import EvaluationMessage, decode
from sentinelmesh.observability import logger
from sentinelmesh.rebuild_queue import RecountQueue
from sentinelmesh.settings import VerifierSettings
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.repositories import ChannelsRepository, HeartbeatsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions_writer import Ledger
from sentinelmesh.storage.unreadable import UnreadableRows

# By monitor: probes that go without an answer.
Words = Mapping[str, Sequence[Unanswered]]

NOBODY: Words = {}
LANES = 8
# An evaluation begins only if that much is left: for one call of it that hangs, for asking other
# regions, for the messages to the queues at home and for the heartbeat, at worst.
MIN_SECONDS_TO_EVALUATE = 20.0
MAX_SWEPT, MAX_CLOSED = 5_000, 200
# Seconds until an evaluation that failed is tried again, by how often it was tried: soon after
# tables are back, for a quarter of an hour; then as long as its queue says.
PAUSES = {1: 2, 2: 10, **dict.fromkeys(range(3, 51), 20)}
# How long tables may take to answer: an evaluation has to fail before its function is stopped.
TABLE_SECONDS = 2.0
# Looking at all monitors costs: half of what the shortest blindness takes is soon enough.
BLINDNESS_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Verifier:
    """The function with its parts wired."""

    evaluator: Evaluator
    states: StatesRepository
    pulse: HeartbeatStatus
    comebacks: MessageRetries
    recounts: Recounts
    follow_ups: FollowUps
    blindness: BlindnessSweep
    trust: RegionTrust

    def take_records(self, records: Sequence[Record], deadline: Deadline = NO_DEADLINE) -> Response:
        """Evaluate every monitor that a batch of stream records may move.

        A monitor in trouble goes to the queue of evaluations: whatever is wrong with it, or with
        the tables, the stream goes on.
        """
        places: dict[str, list[int]] = defaultdict(list)
        glances: dict[str, list[ResultSummary]] = defaultdict(list)
        edited: set[str] = set()
        for place, (monitor_id, seen) in read_each(records, read_record):
            places[monitor_id].append(place)
            if seen:
                glances[monitor_id].append(seen)
            else:
                edited.add(monitor_id)
        moved, unknown = self._moved(glances)
        left = self._evaluate(moved | edited, deadline) | unknown
        troubled = self.follow_ups.alarm.hand_over(left)
        troubled |= self.recounts.late(each for seen in glances.values() for each in seen)
        troubled |= self.recounts.edited(edited)
        self.pulse.beat(records)
        return report_failures_from(records, {place for each in troubled for place in places[each]})

    def _moved(self, glances: Mapping[str, Sequence[ResultSummary]]) -> tuple[set[str], set[str]]:
        """Return the monitors that their results may move, and those of which it is not known.

        Without their states nothing can be said about the monitors of a batch, nor would their
        evaluation come to anything: the queue has them evaluated once tables are back.
        """
        try:
            states = self.states.get_many(glances)
        except Exception:  # noqa: BLE001 (whatever it is, the stream must not stand still for it)
            logger().exception("states_unread", monitors=len(glances))
            return set(), set(glances)
        return {each for each in glances if may_change(states.get(each), glances[each])}, set()

    def take_messages(
        self, messages: Iterable[Mapping[str, Any]], deadline: Deadline = NO_DEADLINE
    ) -> Response:
        """Evaluate the monitors of a batch of queue messages; a poison message stops alone."""
        wanted: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        words: dict[str, list[Unanswered]] = defaultdict(list)
        due: set[str] = set()
        poison = []
        for message in messages:
            try:
                read = decode(message["body"], EvaluationMessage)
            except MeshError as error:
                logger().error("poison_message", reason=str(error))
                poison.append(message["messageId"])
                continue
            wanted[read.monitor_id].append(message)
            if read.unanswered is None:
                due.add(read.monitor_id)
            else:
                words[read.monitor_id].append(read.unanswered)
        due |= self._worth_asking({name: said for name, said in words.items() if name not in due})
        troubled = [each for name in self._evaluate(due, deadline, words) for each in wanted[name]]
        self.comebacks.hasten(troubled)
        return report_failures([*poison, *(each["messageId"] for each in troubled)])

    def sweep(self, deadline: Deadline = NO_DEADLINE) -> Response:
        """Judge the regions, and evaluate the monitors of open incidents.

        A lost record of a pause must not keep an incident open. It closes what receivers keep open
        that a monitor does not alert any more, and looks every five minutes for monitors that
        nobody can judge.

        Cost: half a read unit; an evaluation, a query and a read for each monitor that is down; see
            also `RegionTrust.judge`.
        """
        begun = self.evaluator.clock()
        self.trust.judge()
        open_ones = self.evaluator.incidents.list_open(MAX_SWEPT)
        left = self._evaluate({each.monitor_id for each in open_ones}, deadline, swept=True)
        self.follow_ups.alarm.hand_over(left)
        if begun.minute % BLINDNESS_MINUTES == 0:
            self.blindness.look()
        newest, is_complete = open_ones[:MAX_CLOSED], len(open_ones) <= MAX_CLOSED
        LostChannels(self.evaluator).close(newest, is_complete=is_complete)
        return report_failures([])

    def _worth_asking(self, words: Words) -> set[str]:
        """Leave out monitors that are known to fail: while they do each of their slots is slow.

        Cost: 1 read unit for each.
        """
        if not words:
            return set()
        try:
            states = self.states.get_many(words)
        except MeshError:
            return set(words)  # Each evaluation finds out for itself.
        return {
            name
            for name, said in words.items()
            if any(is_worth_asking(states.get(name), each) for each in said)
        }

    def _evaluate(
        self,
        monitor_ids: set[str],
        deadline: Deadline,
        words: Words = NOBODY,
        *,
        swept: bool = False,
    ) -> set[str]:
        """Evaluate monitors side by side, then follow up on all; return those that come back."""
        ordered = sorted(monitor_ids)

        def evaluate(monitor_id: str) -> FollowUp | None:
            said = words.get(monitor_id, ())
            return self._evaluate_one(monitor_id, deadline, said, swept=swept)

        if len(ordered) <= 1:
            outcomes = [evaluate(each) for each in ordered]
        else:
            with ThreadPoolExecutor(min(LANES, len(ordered))) as lanes:
                outcomes = list(lanes.map(evaluate, ordered))
        left = {each for each, done in zip(ordered, outcomes, strict=True) if done is None}
        return left | self.follow_ups.carry_out([each for each in outcomes if each is not None])

    def _evaluate_one(
        self, monitor_id: str, deadline: Deadline, unanswered: Sequence[Unanswered], *, swept: bool
    ) -> FollowUp | None:
        """Evaluate one monitor; its trouble is not that of the others in the batch.

        Returns:
            None where it has to be evaluated again: it failed, or there is no time left for it.
        """
        if deadline.seconds_left() < MIN_SECONDS_TO_EVALUATE:
            logger().warning("evaluation_put_off", monitor_id=monitor_id)
            return None
        try:
            return self.evaluator.evaluate(monitor_id, unanswered, swept=swept)
        except UnreadableRow as row:
            # Asking again does not help; the next result or edit does, once it can be read.
            logger().warning("evaluation_impossible", monitor_id=monitor_id, reason=str(row))
            return FollowUp(monitor_id=monitor_id)
        except Exception:  # noqa: BLE001 (whatever it is, only this monitor comes back)
            logger().exception("evaluation_failed", monitor_id=monitor_id)
            return None


@cache
def wire() -> Verifier:
    """Build clients and read settings, once per process."""
    import boto3

    settings = VerifierSettings.from_environment(os.environ)
    make_client = partial(client, boto3.Session())
    home = settings.home_region
    tables = make_client("dynamodb", home, read_seconds=TABLE_SECONDS)
    unreadable = UnreadableRows(tables, settings.directory_table, _now)
    states = StatesRepository(tables, settings.states_table, report=unreadable.note)
    heartbeats = HeartbeatsRepository(tables, settings.directory_table)
    sqs, evaluations_url = queue_client(make_client, home), settings.evaluations_queue_url
    evaluator = Evaluator(
        monitors=MonitorsRepository(tables, settings.monitors_table, report=unreadable.note),
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
        alerts=AlertsRepository(tables, settings.alerts_table),
        regions=Regions(heartbeats, _now),
        clock=_now,
    )
    queues = CheckQueues(partial(queue_client, make_client), settings.checks_queue_url)
    follow_ups = FollowUps(queues, ReevaluationQueue(sqs, evaluations_url, _now), _now)
    comebacks = MessageRetries(sqs, evaluations_url, PAUSES)
    recounts = Recounts(RecountQueue(sqs, settings.recounts_queue_url), _now)
    blindness = BlindnessSweep(
        evaluator=evaluator,
        newest=NewestResults(tables, settings.results_table, evaluator.results),
        heartbeats=heartbeats,
    )
    trust = RegionTrust(heartbeats, states, evaluator.monitors, _now)
    pulse = HeartbeatStatus(heartbeats, _now)
    return Verifier(evaluator, states, pulse, comebacks, recounts, follow_ups, blindness, trust)


def lambda_handler(event: Mapping[str, Any], context: Any) -> Response:
    """Take a batch of any of the three sources, or sweep."""
    deadline = Deadline.of(context, time.monotonic)
    if is_stream_event(event):
        return wire().take_records(event["Records"], deadline)
    if is_queue_event(event):
        return wire().take_messages(event["Records"], deadline)
    return wire().sweep(deadline)


def _now() -> datetime:
    return datetime.now(UTC)
