"""The API: owns what people configure; never probes and never decides status.

Trigger: API Gateway, every method and path.
Effect: writes monitors, channels and tokens; orders probes on demand; reads everything.
Retries: none by AWS; writes take an Idempotency-Key and are carried out once.
"""

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from functions.api.app import App
from functions.api.auth.authentication import issuer_of, jwks_url
from functions.api.auth.jwks import SigningKeys, fetch_json
from functions.api.auth.user_pool import People
from functions.api.backend import Backend
from functions.api.routes.table import all_routes
from sentinelmesh.checks import CheckQueues
from sentinelmesh.clients import client, queue_client
from sentinelmesh.history import History
from sentinelmesh.secrets import SecretStore
from sentinelmesh.settings import ApiSettings
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.counts import Counts
from sentinelmesh.storage.directory.audit import AuditRepository
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.idempotency import IdempotencyRepository
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.news import NewsRepository, RequestsRepository
from sentinelmesh.storage.directory.paused_addresses import PausedAddressesRepository
from sentinelmesh.storage.directory.pings import PingsRepository
from sentinelmesh.storage.directory.repositories import (
    ApiTokensRepository,
    ChannelsRepository,
    HeartbeatsRepository,
)
from sentinelmesh.storage.directory.sign_outs import SignOutsRepository
from sentinelmesh.storage.directory.status_pages import StatusPagesRepository
from sentinelmesh.storage.directory.subscriptions import SubscriptionsRepository
from sentinelmesh.storage.grouping_windows import GatheringsRepository
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.result_search import ResultSearch
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.rollups import RollupsRepository
from sentinelmesh.storage.samples import Samples
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions import TransitionsRepository
from sentinelmesh.storage.unreadable import UnreadableRows
from sentinelmesh.storage.vote_history import PastVotes


@cache
def wire() -> App:
    """Build clients and read settings, once per process."""
    import boto3

    return App(make_backend(boto3.Session(), os.environ), all_routes())


def make_backend(session: Any, environment: Mapping[str, str]) -> Backend:
    """Read settings and put the parts together."""
    settings = ApiSettings.from_environment(environment)
    issuer = issuer_of(settings.home_region, settings.user_pool_id)
    keys_at = jwks_url(issuer, environment.get("AWS_ENDPOINT_URL"))
    return backend_over(
        lambda service, region, **more: client(session, service, region, **more),
        settings,
        lambda: fetch_json(keys_at),
    )


def backend_over(
    client_for: Callable[..., Any],
    settings: ApiSettings,
    fetch_keys: Callable[[], Mapping[str, Any]],
) -> Backend:
    """Put the parts together.

    Args:
        client_for: makes the client of a service in a region.
        fetch_keys: gives the user pool's public keys.
    """
    home = settings.home_region

    def later(service: str, **more: Any) -> Any:
        return Lazy(lambda: client_for(service, home, **more))

    return Backend(
        settings=settings,
        **_tables(client_for("dynamodb", home), settings),
        past=PastVotes(lambda: client_for("dynamodb", home), settings.results_table),
        secrets=SecretStore(later("ssm"), settings.secrets_prefix),
        queues=CheckQueues(partial(queue_client, client_for), settings.checks_queue_url),
        home_queues=later("sqs"),
        functions=later("lambda", read_seconds=25, tries=1),
        people=People(later("cognito-idp"), settings.user_pool_id, settings.user_pool_client_id),
        keys=SigningKeys(fetch_keys),
        clock=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )


def _tables(tables: Any, settings: ApiSettings) -> dict[str, Any]:
    """Build the repositories; all of them share one client."""
    directory = settings.directory_table
    results = ResultsRepository(tables, settings.results_table)
    incidents = IncidentsRepository(tables, settings.incidents_table)
    maintenance = MaintenanceRepository(tables, directory)
    counted = {
        "monitors": settings.monitors_table,
        "states": settings.states_table,
        "incidents": settings.incidents_table,
        "alerts": settings.alerts_table,
    }
    return {
        "monitors": MonitorsRepository(tables, settings.monitors_table, settings.shards),
        "results": results,
        "search": ResultSearch(tables, settings.results_table),
        "newest": NewestResults(tables, settings.results_table, results),
        "samples": Samples(tables, settings.results_table, results),
        "states": StatesRepository(tables, settings.states_table),
        "incidents": incidents,
        "transitions": TransitionsRepository(tables, settings.transitions_table),
        "alerts": AlertsRepository(tables, settings.alerts_table),
        "gatherings": GatheringsRepository(tables, settings.alerts_table),
        "counts": Counts(tables, counted),
        "channels": ChannelsRepository(tables, directory),
        "paused_addresses": PausedAddressesRepository(tables, directory),
        "escalation_policies": EscalationPoliciesRepository(tables, directory),
        "maintenance": maintenance,
        "history": History(
            rollups=RollupsRepository(tables, settings.rollups_table),
            results=results,
            incidents=incidents,
            windows=maintenance.list,
            kept=timedelta(days=settings.retention_days),
        ),
        "status_pages": StatusPagesRepository(tables, directory),
        "news": NewsRepository(tables, directory),
        "subscriptions": SubscriptionsRepository(tables, directory),
        "requests": RequestsRepository(tables, directory),
        "tokens": ApiTokensRepository(tables, directory),
        "sign_outs": SignOutsRepository(tables, directory),
        "audit": AuditRepository(tables, directory),
        "heartbeats": HeartbeatsRepository(tables, directory),
        "pings": PingsRepository(tables, directory),
        "idempotency": IdempotencyRepository(tables, directory),
        "unreadable": UnreadableRows(tables, directory, lambda: datetime.now(UTC)),
    }


def lambda_handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one request."""
    return wire().answer(event)


class Lazy:
    """Stands for a client until somebody asks for anything of it; making one takes 20 ms."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._made = cache(make)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made(), name)
