"""One logger for all functions: JSON lines whose message is the name of an event."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


@cache
def logger() -> "Logger":
    """Return the process's logger; made at first use, for its import costs 50 ms."""
    from aws_lambda_powertools import Logger

    return Logger(utc=True, log_uncaught_exceptions=True)
