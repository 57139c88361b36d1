"""The environment variables of the functions: each gets exactly those that its settings name."""

from collections.abc import Mapping

from infra.deployment import Deployment
from infra.names import (
    ALERT_RETRIES,
    CHECKS,
    EVALUATIONS,
    RECOUNTS,
    RESULTS_SPOOL,
    TABLES,
    TICKS,
    Names,
)
from sentinelmesh.settings import (
    AlerterSettings,
    ApiSettings,
    ProberSettings,
    PublisherSettings,
    RollupSettings,
    SchedulerSettings,
    Settings,
    VerifierSettings,
)

SETTINGS: Mapping[str, type[Settings]] = {
    "api": ApiSettings,
    "scheduler": SchedulerSettings,
    "prober": ProberSettings,
    "verifier": VerifierSettings,
    "alerter": AlerterSettings,
    "rollup": RollupSettings,
    "publisher": PublisherSettings,
}
# Lambda sets these itself and refuses to have them set.
SET_BY_LAMBDA = {"AWS_REGION"}
# Hosts that always answer: when none does, the region is in trouble, not the target.
CONTROL_TARGETS = ("checkip.amazonaws.com:443", "sts.amazonaws.com:443")


def environment(
    role: str, deployment: Deployment, names: Names, region: str, special: Mapping[str, str]
) -> dict[str, str]:
    """Return the environment variables of a function.

    Args:
        special: values that only the stack's resources know, such as generated ids.

    Raises:
        KeyError: its settings name a variable that nobody here knows.
    """
    known = {**_known(deployment, names, region), **special}
    wanted = [name for name in SETTINGS[role].variables() if name not in SET_BY_LAMBDA]
    return {name: known[name] for name in wanted} | {"POWERTOOLS_SERVICE_NAME": role}


def _known(deployment: Deployment, names: Names, region: str) -> dict[str, str]:
    """List the values of all settings that follow from the deployment alone."""
    return {
        "MESH_NAME": names.prefix,
        "HOME_REGION": deployment.home_region,
        "PUBLIC_URL": deployment.public_url,
        "LOG_LEVEL": "INFO",
        **{f"{owner.upper()}_TABLE": names.table(owner) for owner in TABLES},
        "CHECKS_QUEUE_URL": names.queue_url(CHECKS, "{region}"),
        "TICKS_QUEUE_URL": names.queue_url(TICKS),
        "EVALUATIONS_QUEUE_URL": names.queue_url(EVALUATIONS),
        "RECOUNTS_QUEUE_URL": names.queue_url(RECOUNTS),
        "ALERT_RETRIES_QUEUE_URL": names.queue_url(ALERT_RETRIES),
        "SPOOL_QUEUE_URL": names.queue_url(RESULTS_SPOOL, region),
        "ALERTER_FUNCTION": names.of("alerter"),
        "REGIONS": ",".join(deployment.regions),
        "SHARDS": str(deployment.shards),
        "RETENTION_DAYS": str(deployment.retention_days),
        "MAIL_FROM": deployment.mail_from,
        "PROVIDERS_URL": deployment.providers_url,
        "STORM_HOLD_SECONDS": str(deployment.storm_hold_seconds),
        "SECRETS_PREFIX": names.secrets_prefix,
        "ALLOW_PRIVATE_TARGETS": str(deployment.allow_private_targets).lower(),
        "CONTROL_TARGETS": "" if deployment.local else ",".join(CONTROL_TARGETS),
        "OTHER_RESOLVERS": ",".join(deployment.other_resolvers),
    }
