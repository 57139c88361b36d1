"""Starts the embedded AWS; run by the launcher with the emulator's own interpreter."""

import argparse
import asyncio
import fcntl
import importlib
import importlib.metadata
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from local.emulator import functions, queues
from local.emulator.control import SnapshotKeeper
from local.emulator.functions import FunctionLog
from local.emulator.guard import LoopbackGuard
from local.emulator.private_names import (
    PrivateModule,
    UnknownEmulator,
    load,
    missing_names,
    refuse_strangers,
)
from local.emulator.snapshots import Snapshots
from local.emulator.streams import StreamSources
from local.loopback import BINDING_ADDRESS, LoopbackRule

RULE_SWEEP_SECONDS = 1


def main() -> None:
    """Check the emulator, put our layers around it, serve until told to stop."""
    arguments = _arguments()
    try:
        refuse_strangers(importlib.metadata.version("ministack"), missing_names())
    except UnknownEmulator as strange:
        sys.exit(str(strange))
    # A predecessor whose launcher was killed may still be saving: wait for it to end.
    with (arguments.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        asyncio.run(_serve(arguments, load()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="local.emulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--function-python", required=True)
    parser.add_argument("--function-log", type=Path, required=True)
    parser.add_argument("--origin", action="append", default=[])
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace, modules: dict[str, PrivateModule]) -> None:
    streams = _install(arguments, modules)
    snapshots = Snapshots(arguments.state, modules, streams)
    start_polling = _hold_polling(modules["lambda_svc"])
    handlers = {
        name: modules[name]["handle_request"] for name in ("dynamodb", "sqs", "ssm", "ses_v2")
    }
    restored = await snapshots.restore(handlers)
    snapshots.journal.install(modules)
    snapshots.begin()

    keeper = SnapshotKeeper(modules["app"]["app"], snapshots, restored)
    guarded = LoopbackGuard(keeper, LoopbackRule(arguments.port, arguments.origin))
    stop = _stop_event()
    tasks = [
        asyncio.create_task(keeper.keep()),
        asyncio.create_task(queues.wake_for_delayed(modules)),
        asyncio.create_task(_poll_when_up(arguments.port, start_polling)),
    ]
    await _listen(guarded, arguments.port, stop)
    for task in tasks:
        task.cancel()
    if keeper.may_save_at_the_end():
        snapshots.save_now()
    functions.stop_workers(modules["lambda_runtime"])


def _install(arguments: argparse.Namespace, modules: dict[str, PrivateModule]) -> StreamSources:
    endpoint = f"http://127.0.0.1:{arguments.port}"
    log = FunctionLog(arguments.function_log)
    functions.install(modules["lambda_runtime"], arguments.function_python, endpoint, log)
    queues.install(modules)
    streams = StreamSources(modules)
    modules["lambda_svc"]["_poll_dynamodb_streams"] = streams.poll
    modules["eventbridge"]["_SCHEDULER_TICK_INTERVAL"] = RULE_SWEEP_SECONDS
    # Kept in memory for ever, and read by nobody: function logs go to our own file.
    for name in ("_emit_lambda_logs", "_emit_lambda_metrics"):
        modules["lambda_svc"][name] = lambda *_arguments, **_options: None
    return streams


def _hold_polling(lambda_svc: PrivateModule) -> Any:
    """Keep restored event sources from invoking functions before the server answers them."""
    start_polling = lambda_svc["_ensure_poller"]
    lambda_svc["_ensure_poller"] = lambda: None

    def release() -> None:
        lambda_svc["_ensure_poller"] = start_polling
        start_polling()

    return release


async def _poll_when_up(port: int, start_polling: Any) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            start_polling()
            return


def _stop_event() -> asyncio.Event:
    """Stop on a signal, and when the launcher's end of our standard input closes with it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, daemon=True).start()
    return stop


async def _listen(application: LoopbackGuard, port: int, stop: asyncio.Event) -> None:
    hypercorn: Any = importlib.import_module("hypercorn")
    server: Any = importlib.import_module("hypercorn.asyncio")
    config = hypercorn.Config()
    config.bind = [f"{BINDING_ADDRESS}:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    await server.serve(application, config, shutdown_trigger=stop.wait)


if __name__ == "__main__":
    main()
