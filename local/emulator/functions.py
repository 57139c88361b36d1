"""Runs functions with the app's own interpreter and a clean environment; keeps what they log."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local.emulator.private_names import PrivateModule

# A worker whose emulator was killed would finish its handler and write into the next mesh.
WATCHDOG = """
def _end_with_the_emulator():
    import os, threading, time
    def watch(parent=os.getppid()):
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)
    threading.Thread(target=watch, daemon=True).start()
_end_with_the_emulator()
"""


class FunctionLog:
    """Appends one JSON object per line: which function, where, and what it wrote.

    Each line is one ``write`` on an O_APPEND descriptor, so threads need no lock.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def append(self, function: str, region: str, **what: str) -> None:
        """Add one line; ``what`` is ``line`` (as the function wrote it) or ``error``."""
        record = {"function": function, "region": region, **what}
        os.write(self._descriptor, json.dumps(record).encode() + b"\n")


def clean_environment(
    given: Mapping[str, str], host: Mapping[str, str], kept: Mapping[str, str]
) -> dict[str, str]:
    """Take the host's variables out of a worker's environment.

    A function's own variables reach it a second time with its first message, so dropping one
    that happens to share a name with the host's loses nothing.
    """
    return {**{key: value for key, value in given.items() if key not in host}, **kept}


class _CleanPopen:
    """Stands in for the ``subprocess`` module that the emulator starts its workers with."""

    def __init__(self, kept: Mapping[str, str]) -> None:
        self._kept = kept
        self._host = dict(os.environ)

    def __call__(self, command: list[str], **options: Any) -> "subprocess.Popen[str]":
        environment = clean_environment(options.pop("env"), self._host, self._kept)
        return subprocess.Popen(command, env=environment, **options)


def install(runtime: PrivateModule, interpreter: str, endpoint: str, log: FunctionLog) -> None:
    """Hook into the emulator's worker pool."""
    script = WATCHDOG + runtime["_PYTHON_WORKER_SCRIPT"]
    stock_detection = runtime["_detect_runtime_binary"]

    def detect(name: str) -> tuple[str, str]:
        return (interpreter, script) if name.startswith("python") else stock_detection(name)

    runtime["_detect_runtime_binary"] = detect
    kept = {
        "AWS_ENDPOINT_URL": endpoint,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": os.environ["TMPDIR"],
    }
    runtime["subprocess"] = SimpleNamespace(
        Popen=_CleanPopen(kept), PIPE=subprocess.PIPE, TimeoutExpired=subprocess.TimeoutExpired
    )
    _keep_what_they_write(runtime["Worker"], log)


def _keep_what_they_write(worker_class: Any, log: FunctionLog) -> None:
    stock_invoke = worker_class.invoke

    def read_stderr(worker: Any) -> None:
        for line in worker._proc.stderr:  # noqa: SLF001  # we are the worker's method
            log.append(worker.func_name, _region(worker), line=line.rstrip("\n"))

    def invoke(worker: Any, *arguments: Any, **options: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = stock_invoke(worker, *arguments, **options)
        except RuntimeError as failure:  # the worker did not start: an import error, for instance
            log.append(worker.func_name, _region(worker), error=str(failure))
            raise
        if answer.get("status") == "error":
            text = answer.get("trace") or answer.get("error") or "failed without a word"
            log.append(worker.func_name, _region(worker), error=str(text))
        return answer

    replacements = {
        "_read_stderr": read_stderr,
        "invoke": invoke,
        # Stock waits 50 ms for a silent handler's log; ours has its own way out.
        "_drain_stderr_bounded": lambda _worker: "",
    }
    for name, replacement in replacements.items():
        setattr(worker_class, name, replacement)


def _region(worker: Any) -> str:
    parts = str(worker.config.get("FunctionArn", "")).split(":")
    return parts[3] if len(parts) > 3 else ""  # noqa: PLR2004  # arn:partition:service:region


def stop_workers(runtime: PrivateModule) -> None:
    """End every worker process, in a thread with a deadline of its own."""
    ending = threading.Thread(target=runtime["reset"], daemon=True)
    ending.start()
    ending.join(timeout=4)
