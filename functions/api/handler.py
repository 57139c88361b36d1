"""The API: owns what people configure; never probes and never decides status.

Trigger: API Gateway, every method and path.
Effect: writes monitors, channels and tokens; orders probes on demand; reads everything.
Retries: none by AWS; writes take an Idempotency-Key and are carried out once.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from functions.api.app import App
from functions.api.backend import Backend
from functions.api.routes.table import all_routes
from sentinelmesh.checks import CheckQueues
from sentinelmesh.clients import client
from sentinelmesh.secrets import SecretStore
from sentinelmesh.settings import ApiSettings
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.directory import (
    ApiTokensRepository,
    ChannelsRepository,
    HeartbeatsRepository,
)
from sentinelmesh.storage.idempotency import IdempotencyRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions import TransitionsRepository


@cache
def wire() -> App:
    """Make clients and read settings, once per process."""
    import boto3

    return App(make_backend(boto3.Session(), os.environ), all_routes())


def make_backend(session: Any, environment: Mapping[str, str]) -> Backend:
    """Put the parts together."""
    settings = ApiSettings.from_environment(environment)
    home = settings.home_region
    tables = client(session, "dynamodb", home)
    directory = settings.directory_table
    return Backend(
        settings=settings,
        monitors=MonitorsRepository(tables, settings.monitors_table, settings.shards),
        results=ResultsRepository(tables, settings.results_table),
        states=StatesRepository(tables, settings.states_table),
        incidents=IncidentsRepository(tables, settings.incidents_table),
        transitions=TransitionsRepository(tables, settings.transitions_table),
        alerts=AlertsRepository(tables, settings.alerts_table),
        channels=ChannelsRepository(tables, directory),
        tokens=ApiTokensRepository(tables, directory),
        heartbeats=HeartbeatsRepository(tables, directory),
        idempotency=IdempotencyRepository(tables, directory),
        secrets=SecretStore(client(session, "ssm", home), settings.secrets_prefix),
        queues=CheckQueues(
            lambda region: client(session, "sqs", region), settings.checks_queue_url
        ),
        home_queues=client(session, "sqs", home),
        functions=client(session, "lambda", home, read_seconds=25, tries=1),
        people=client(session, "cognito-idp", home),
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one request."""
    return wire().answer(event, context)
