"""Mends the emulated SQS: lost updates between threads, and one FIFO batch at a time."""

import asyncio
import functools
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from local.emulator.private_names import PrivateModule

LOOK_EVERY_SECONDS = 0.05
DEFAULT_CONCURRENCY = 5
# A batch in flight is a process here, not a rented machine.
MAX_CONCURRENCY = 6


def install(modules: Mapping[str, PrivateModule]) -> None:
    """Serialise all access to queues and let FIFO sources run several batches."""
    _lock_queues(modules["sqs"])
    _widen_fifo(modules["lambda_svc"])


def _lock_queues(sqs: PrivateModule) -> None:
    # The poller of event sources rebuilds a queue's list in its own thread while the server's
    # thread appends to it: without a common lock a message sent at that moment is gone.
    lock = threading.RLock()
    sqs["_queues_lock"] = lock
    handlers = sqs["_HANDLERS"]
    for action, handler in list(handlers.items()):
        if not asyncio.iscoroutinefunction(handler):
            handlers[action] = under(lock, handler)
    for name in ("_expire_retained", "_dlq_sweep", "_collect_msgs"):
        sqs[name] = under(lock, sqs[name])


def under(lock: AbstractContextManager[Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Run a function under a lock."""

    @functools.wraps(function)
    def locked(*arguments: Any, **options: Any) -> Any:
        with lock:
            return function(*arguments, **options)

    return locked


def _widen_fifo(lambda_svc: PrivateModule) -> None:
    reserved_of = lambda_svc["_reserved_concurrency"]

    def concurrency(
        source: Mapping[str, Any], function: Any, config: Any, _queue: Any = None
    ) -> int:
        return allowed_batches(source, reserved_of(function, config))

    lambda_svc["_sqs_esm_concurrency"] = concurrency


def allowed_batches(source: Mapping[str, Any], reserved: int | None) -> int:
    """Return how many batches of an event source may run at once.

    FIFO too: the emulator keeps a group that is in flight out of other batches, so order within
    a group holds without running one batch at a time.
    """
    scaling = source.get("ScalingConfig") or {}
    wanted = int(scaling.get("MaximumConcurrency") or DEFAULT_CONCURRENCY)
    limit = min(wanted, MAX_CONCURRENCY)
    return limit if reserved is None else min(limit, reserved)


async def wake_for_delayed(modules: Mapping[str, PrivateModule]) -> None:
    """Wake the poller when a delayed message becomes visible: stock looks once a second."""
    queues, wake = modules["sqs"]["_queues"], modules["concurrency"]["esm_wake"]
    looked_at = time.time()
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        now = time.time()
        if has_ripened(dict(queues.all_items()), looked_at, now):
            wake.set()
        looked_at = now


def has_ripened(queues: Mapping[Any, Mapping[str, Any]], since: float, now: float) -> bool:
    """Return whether any message became visible in the half-open span ``(since, now]``."""
    return any(
        since < message.get("visible_at", 0) <= now
        for queue in queues.values()
        for message in list(queue["messages"])
    )


def release_leases(queues: Mapping[Any, dict[str, Any]], now: float) -> int:
    """Make messages visible whose consumers died with the previous process; count them."""
    released = 0
    for queue in queues.values():
        for message in queue["messages"]:
            if message.get("receive_count", 0) > 0 and message["visible_at"] > now:
                message["visible_at"] = now
                released += 1
    return released
