"""The environment variables of each function; the infrastructure takes their names from here."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, Self

from sentinelmesh.errors import InvalidSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What every function is told.

    A field is read from the variable of its name in upper case; the field's type says how.

    Args:
        public_url: base URL of dashboard and API; empty when the deployment does not know it.
    """

    mesh_name: str
    home_region: str
    public_url: str = ""
    log_level: str = "INFO"

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """Names of the environment variables that this function reads."""
        return tuple(each.name.upper() for each in fields(cls))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises:
            InvalidSetting: a variable is missing or unusable; the text names it.
        """
        values = {
            each.name: _read(each, environment[each.name.upper()])
            for each in fields(cls)
            if each.name.upper() in environment
        }
        missing = [
            each.name.upper()
            for each in fields(cls)
            if each.name not in values and each.default is MISSING
        ]
        if missing:
            raise InvalidSetting(f"set the environment variables {', '.join(missing)}")
        return cls(**values)


def _read(described: "Field[Any]", written: str) -> Any:
    """Turn the text of a variable into the type of its field."""
    if described.type in (int, "int"):
        least = 0 if described.default == 0 else 1
        if not written.isdecimal() or int(written) < least:
            raise InvalidSetting(
                f"{described.name.upper()} must be a whole number from {least}, not {written!r}"
            )
        return int(written)
    if described.type in (bool, "bool"):
        if written not in ("true", "false"):
            raise InvalidSetting(f"{described.name.upper()} must be true or false")
        return written == "true"
    if described.type in (str, "str"):
        return written
    return tuple(part.strip() for part in written.split(",") if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerSettings(Settings):
    """What the scheduler is told; checks_queue_url contains the placeholder {region}."""

    monitors_table: str
    directory_table: str
    ticks_queue_url: str
    checks_queue_url: str
    regions: tuple[str, ...]
    shards: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ProberSettings(Settings):
    """What a prober is told; checks_queue_url contains the placeholder {region}.

    Args:
        aws_region: the region it probes from; Lambda sets the variable itself.
        control_targets: host:port pairs that always answer; none of them reachable means that
            the region, not the target, is in trouble.
        other_resolvers: addresses of name servers to ask about a name that is not resolved.
    """

    results_table: str
    directory_table: str
    checks_queue_url: str
    spool_queue_url: str
    evaluations_queue_url: str
    secrets_prefix: str
    aws_region: str
    retention_days: int = 30
    allow_private_targets: bool = False
    control_targets: tuple[str, ...] = field(default=())
    other_resolvers: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierSettings(Settings):
    """What the verifier is told; checks_queue_url contains the placeholder {region}."""

    monitors_table: str
    results_table: str
    states_table: str
    incidents_table: str
    transitions_table: str
    alerts_table: str
    directory_table: str
    checks_queue_url: str
    evaluations_queue_url: str
    recounts_queue_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupSettings(Settings):
    """What the counting of rollups is told."""

    monitors_table: str
    results_table: str
    incidents_table: str
    rollups_table: str
    directory_table: str
    recounts_queue_url: str
    shards: int = 1
    retention_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AlerterSettings(Settings):
    """What the alerter is told.

    Args:
        mail_from: the sender of mails; empty means that mail channels cannot send.
        providers_url: where the local mesh plays PagerDuty, Telegram and the like; empty on AWS.
        storm_hold_seconds: how long what has begun waits for others that begin with it, to be told
            in one message; 0 tells everything alone.
    """

    alerts_table: str
    incidents_table: str
    monitors_table: str
    states_table: str
    directory_table: str
    alert_retries_queue_url: str
    secrets_prefix: str
    mail_from: str = ""
    providers_url: str = ""
    allow_private_targets: bool = False
    storm_hold_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherSettings(Settings):
    """What the publisher is told.

    Args:
        pages_bucket: where the files of status pages go.
        mail_from: the sender of mails; empty means that readers cannot subscribe.
    """

    monitors_table: str
    results_table: str
    states_table: str
    incidents_table: str
    rollups_table: str
    directory_table: str
    pages_bucket: str
    mail_from: str = ""
    retention_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings(Settings):
    """What the API is told; checks_queue_url contains the placeholder {region}.

    Args:
        mail_from: the sender of mails; empty means that readers of status pages cannot subscribe.
    """

    monitors_table: str
    results_table: str
    states_table: str
    incidents_table: str
    transitions_table: str
    alerts_table: str
    rollups_table: str
    directory_table: str
    checks_queue_url: str
    ticks_queue_url: str
    evaluations_queue_url: str
    alert_retries_queue_url: str
    recounts_queue_url: str
    alerter_function: str
    user_pool_id: str
    user_pool_client_id: str
    secrets_prefix: str
    regions: tuple[str, ...]
    mail_from: str = ""
    shards: int = 1
    retention_days: int = 30
    allow_private_targets: bool = False
