"""Every key pattern of every table, in one place."""

from datetime import datetime

from sentinelmesh.domain.probing.result import Purpose, Result
from sentinelmesh.domain.values.instant import text

# Partition keys of the indexes that list all items of a table.
ALL_MONITORS = "monitor"
ALL_INCIDENTS = "incident"
OPEN = "open"
UNFINISHED = "unfinished"
SUSPECTED = "suspected"

# Kinds in the directory table.
CHANNEL = "channel"
PAUSED_ADDRESS = "paused_address"
ESCALATION_POLICY = "escalation_policy"
API_TOKEN = "api_token"  # noqa: S105 (the name of a kind, not a secret)
HEARTBEAT = "heartbeat"
IDEMPOTENCY = "idempotency"
AUDIT = "audit"
SIGN_OUT = "sign_out"
MAINTENANCE_WINDOW = "maintenance_window"
STATUS_PAGE = "status_page"
OPT_IN = "opt_in"
SUBSCRIBING = "subscribing"
UNREADABLE_ROW = "unreadable_row"

# Partitions of alert rows that are still to be created begin so.
BATCHES_PREFIX = "batch#"


def slot_key(slot: datetime, region: str, purpose: Purpose, revision: int) -> str:
    """Return a result's key in its monitor: by slot; unique by region, purpose, revision."""
    return f"{text(slot)}#{region}#{purpose}#{revision}"


def result_key(result: Result) -> str:
    """Return the place of a result within its monitor."""
    return slot_key(result.slot, result.region, result.purpose, result.revision)


def from_slot(slot: datetime) -> str:
    """Return the smallest key of this slot: the lower bound of a range over slots."""
    return text(slot)


def after_slot(slot: datetime) -> str:
    """Return a key behind every result of this slot: the upper bound of a range over slots."""
    return f"{text(slot)}#~"


def ping_key(ping_id: str) -> str:
    """Return the partition of the directory that a heartbeat has for itself."""
    return f"ping#{ping_id}"


def last_sent_key(monitor_id: str) -> str:
    """Return the partition of the alerts table that remembers what was sent last for a monitor."""
    return f"last#{monitor_id}"


def gathering_key(place: str) -> str:
    """Return the partition of the alerts table that says what gathers in a place."""
    return f"storm#{place}"


def batches_key(incident_id: str) -> str:
    """Return the partition of the alerts table that holds alert rows still to be created."""
    return f"{BATCHES_PREFIX}{incident_id}"


def members_key(group: str) -> str:
    """Return the partition of the alerts table that lists the members of a group."""
    return f"members#{group}"


def news_key(page_id: str) -> str:
    """Return the partition of the directory that holds the news of a status page."""
    return f"news#{page_id}"


def subscribers_key(page_id: str) -> str:
    """Return the partition of the directory that holds those who want mail of a status page."""
    return f"subscriber#{page_id}"
