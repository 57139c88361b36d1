"""AWS clients as the functions need them: impatient, with few retries of their own."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from sentinelmesh.conflicts import retry_conflict

if TYPE_CHECKING:
    import boto3

CONNECT_SECONDS = 2
READ_SECONDS = 5
TRIES = 3
# A call holds its connection: as many as lanes that send to one region, see checks.py.
POOL = 32
# A queue answers within a fraction of a second from anywhere on Earth: one that does not is away.
QUEUE_CONNECT_SECONDS = 1
QUEUE_READ_SECONDS = 1.5
T = TypeVar("T")


def once(make: Callable[[], T]) -> Callable[[], T]:
    """Return a function that makes something at its first call and returns it ever after.

    Several threads may call it at once; boto3's sessions, which make clients, are not safe to share
    between threads.

    >>> first = once(list)
    >>> first() is first()
    True
    """
    making = Lock()
    made: list[T] = []

    def get() -> T:
        with making:
            if not made:
                made.append(make())
            return made[0]

    return get


def client(
    session: "boto3.Session",
    service: str,
    region: str,
    *,
    tries: int = TRIES,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
) -> Any:
    """Build a client that gives up before the function does.

    Boto3's own default of 60 s would outlast every function of ours, and a call that outlives its
    function is a crash instead of an error. Writes that meet a transaction are repeated at once.
    """
    from botocore.config import Config

    settings = Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"total_max_attempts": tries, "mode": "standard"},
        max_pool_connections=POOL,
    )
    made: Any = session.client(service, region_name=region, config=settings)  # type: ignore[call-overload]
    if service == "dynamodb":
        made.meta.events.register("needs-retry.dynamodb", retry_conflict)
    return made


def queue_client(make_client: Callable[..., Any], region: str) -> Any:
    """Build a client for the queues of a region that tries once and gives up soon.

    Whoever sends knows best whether to repeat a call, and when a region counts as away.

    Args:
        make_client: `client` for a session.
    """
    return make_client(
        "sqs",
        region,
        tries=1,
        connect_seconds=QUEUE_CONNECT_SECONDS,
        read_seconds=QUEUE_READ_SECONDS,
    )
