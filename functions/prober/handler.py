"""The prober: makes one attempt and records a fact.

Trigger: the FIFO queue of checks of its region; the spool of results of its region.
Effect: one conditional put per check; a word to the verifier where an answer is long in coming.
While slow targets keep it waiting it receives further checks from their queue itself.
Retries: a check whose result is recorded already is done; only failed messages come back.
"""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Any

from functions.prober.batch import Prober
from functions.prober.check_queue import CheckQueue
from functions.prober.control_targets import ControlTargets
from functions.prober.dns.resolvers import Elsewhere
from functions.prober.net.connector import MAX_LOOKUPS, Connector
from functions.prober.previous_results import PastResults
from functions.prober.probes.context import ProbeContext, user_agent
from functions.prober.probes.registry import PROBES
from functions.prober.result_recorder import Recorder
from functions.prober.slow_probe_notice import EarlyWord
from functions.prober.tls.contexts import system_trust
from sentinelmesh import __version__
from sentinelmesh.batch import Response
from sentinelmesh.clients import client, once
from sentinelmesh.deadline import Deadline
from sentinelmesh.secrets import SecretStore
from sentinelmesh.settings import ProberSettings
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.pings import PingsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.target_guard import RES_OPTIONS, TargetGuard, runtime_api

# A result and a word about each check of a full batch; more of them seldom end at once.
WRITERS = 20
# A slow home must leave time for the spool, within what a check may take altogether.
STORE_TRIES = 2
STORE_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Process:
    """What lives as long as the process: the prober and its event loop."""

    prober: Prober
    loop: asyncio.AbstractEventLoop


@cache
def wire() -> Process:
    """Build clients and read settings, once per process."""
    import boto3

    settings = ProberSettings.from_environment(os.environ)
    os.environ.setdefault("RES_OPTIONS", RES_OPTIONS)
    session = boto3.Session()

    def aws(service: str, region: str) -> Any:
        return client(session, service, region, tries=STORE_TRIES, read_seconds=STORE_SECONDS)

    threads = ThreadPoolExecutor(MAX_LOOKUPS)
    tables = aws("dynamodb", settings.home_region)
    results = ResultsRepository(tables, settings.results_table, settings.retention_days)
    queues = once(lambda: aws("sqs", settings.aws_region))
    prober = Prober(
        region=settings.aws_region,
        probes=PROBES,
        context=ProbeContext(
            connector=Connector(_guard(settings), threads),
            trust=system_trust(),
            secrets=SecretStore(aws("ssm", settings.home_region), settings.secrets_prefix),
            threads=threads,
            user_agent=user_agent(__version__, settings.aws_region, settings.public_url),
            elsewhere=Elsewhere(settings.other_resolvers),
            pings=PingsRepository(tables, settings.directory_table),
            past=PastResults(results, threads),
            maintenance=MaintenanceRepository(tables, settings.directory_table),
        ),
        control=ControlTargets(
            settings.control_targets, Connector(TargetGuard(allow_private=True), threads)
        ),
        recorder=Recorder(
            results,
            queues,
            settings.spool_queue_url,
        ),
        early=EarlyWord(
            once(lambda: aws("sqs", settings.home_region)), settings.evaluations_queue_url
        ),
        queue=CheckQueue(
            queues, settings.checks_queue_url.replace("{region}", settings.aws_region)
        ),
        writers=ThreadPoolExecutor(WRITERS),
        clock=_now,
        rng=Random(),  # noqa: S311 (jitter guards nothing)
    )
    return Process(prober, asyncio.new_event_loop())


def _guard(settings: ProberSettings) -> TargetGuard:
    return TargetGuard(
        allow_private=settings.allow_private_targets,
        forbidden=runtime_api(os.environ.get("AWS_LAMBDA_RUNTIME_API")),
    )


def lambda_handler(event: Mapping[str, Any], context: Any) -> Response:
    """Take a batch of checks or of spooled results."""
    process = wire()
    messages = event["Records"]
    if messages[0]["eventSourceARN"].endswith("results-spool"):
        return process.prober.take_spooled(messages)
    seconds_left = Deadline.of(context).seconds_left()
    return process.loop.run_until_complete(process.prober.take_checks(messages, seconds_left))


def _now() -> datetime:
    return datetime.now(UTC)
