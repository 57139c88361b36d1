"""The prober: makes one attempt and records a fact.

Trigger: the FIFO queue of checks of its region; the spool of results of its region.
Effect: one conditional put per check; nothing else is ever written.
Retries: a check whose result is recorded already is done; only failed messages come back.
"""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.prober.batch import Prober
from functions.prober.context import ProbeContext, user_agent
from functions.prober.control import ControlTargets
from functions.prober.http_client import lenient_context, make_client, trusting_context
from functions.prober.network import Connector
from functions.prober.probes import PROBES
from functions.prober.recording import Recorder
from sentinelmesh import __version__
from sentinelmesh.batch import Response
from sentinelmesh.clients import client
from sentinelmesh.secrets import SecretStore
from sentinelmesh.settings import ProberSettings
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.target_guard import TargetGuard, runtime_api

WRITERS = 10


@dataclass(frozen=True, slots=True)
class Process:
    """What lives as long as the process: the prober and the loop that its clients belong to."""

    prober: Prober
    loop: asyncio.AbstractEventLoop


@cache
def wire() -> Process:
    """Make clients and read settings, once per process."""
    import boto3

    settings = ProberSettings.from_environment(os.environ)
    session = boto3.Session()
    guard = TargetGuard(
        allow_private=settings.allow_private_targets,
        forbidden=runtime_api(os.environ.get("AWS_LAMBDA_RUNTIME_API")),
    )
    connector = Connector(guard)
    tables = client(session, "dynamodb", settings.home_region)
    context = ProbeContext(
        connector=connector,
        secrets=SecretStore(client(session, "ssm", settings.home_region), settings.secrets_prefix),
        user_agent=user_agent(__version__, settings.aws_region, settings.public_url),
        trusting=make_client(connector, trusting_context()),
        lenient=make_client(connector, lenient_context()),
    )
    prober = Prober(
        region=settings.aws_region,
        probes=PROBES,
        context=context,
        control=ControlTargets(settings.control_targets),
        recorder=Recorder(
            ResultsRepository(tables, settings.results_table, settings.retention_days),
            client(session, "sqs", settings.aws_region),
            settings.spool_queue_url,
        ),
        writers=ThreadPoolExecutor(WRITERS),
        clock=_now,
    )
    return Process(prober, asyncio.new_event_loop())


def lambda_handler(event: Mapping[str, Any], _context: object) -> Response:
    """Take a batch of checks or of spooled results."""
    process = wire()
    messages = event["Records"]
    if messages[0]["eventSourceARN"].endswith("results-spool"):
        return process.prober.take_spooled(messages)
    return process.loop.run_until_complete(process.prober.take_checks(messages))


def _now() -> datetime:
    return datetime.now(UTC)
