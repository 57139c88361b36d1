"""Everything that routes work with; wired once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.api.auth.jwks import SigningKeys
from functions.api.auth.user_pool import People
from sentinelmesh.checks import CheckQueues
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
from sentinelmesh.storage.samples import Samples
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions import TransitionsRepository
from sentinelmesh.storage.unreadable import UnreadableRows
from sentinelmesh.storage.vote_history import PastVotes

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Repositories, clients, settings and the clock."""

    settings: ApiSettings
    monitors: MonitorsRepository
    results: ResultsRepository
    search: ResultSearch
    past: PastVotes
    newest: NewestResults
    samples: Samples
    states: StatesRepository
    incidents: IncidentsRepository
    transitions: TransitionsRepository
    alerts: AlertsRepository
    gatherings: GatheringsRepository
    counts: Counts
    channels: ChannelsRepository
    paused_addresses: PausedAddressesRepository
    escalation_policies: EscalationPoliciesRepository
    maintenance: MaintenanceRepository
    history: History
    status_pages: StatusPagesRepository
    news: NewsRepository
    subscriptions: SubscriptionsRepository
    requests: RequestsRepository
    tokens: ApiTokensRepository
    sign_outs: SignOutsRepository
    audit: AuditRepository
    heartbeats: HeartbeatsRepository
    pings: PingsRepository
    idempotency: IdempotencyRepository
    unreadable: UnreadableRows
    secrets: SecretStore
    queues: CheckQueues
    home_queues: "SQSClient"
    functions: "LambdaClient"
    people: People
    keys: SigningKeys
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
