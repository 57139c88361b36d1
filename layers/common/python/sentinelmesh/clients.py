"""AWS clients as the functions need them: impatient, with few retries of their own."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3

CONNECT_SECONDS = 2
READ_SECONDS = 5
TRIES = 3
POOL = 32


def client(
    session: "boto3.Session",
    service: str,
    region: str,
    *,
    tries: int = TRIES,
    read_seconds: float = READ_SECONDS,
) -> Any:
    """Make a client that gives up before the function does.

    Boto3's own default of 60 s would outlast every function of ours, and a call that outlives its
    function is a crash instead of an error.
    """
    from botocore.config import Config

    settings = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": tries, "mode": "standard"},
        max_pool_connections=POOL,
    )
    return session.client(service, region_name=region, config=settings)  # type: ignore[call-overload]
