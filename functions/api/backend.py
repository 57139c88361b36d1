"""Everything that routes work with; wired once per process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sentinelmesh.checks import CheckQueues
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

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """Repositories, clients, settings and the clock."""

    settings: ApiSettings
    monitors: MonitorsRepository
    results: ResultsRepository
    states: StatesRepository
    incidents: IncidentsRepository
    transitions: TransitionsRepository
    alerts: AlertsRepository
    channels: ChannelsRepository
    tokens: ApiTokensRepository
    heartbeats: HeartbeatsRepository
    idempotency: IdempotencyRepository
    secrets: SecretStore
    queues: CheckQueues
    home_queues: "SQSClient"
    functions: "LambdaClient"
    people: "CognitoIdentityProviderClient"
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
