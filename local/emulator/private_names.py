"""The border to ministack's private names: each one relied on is declared and checked here."""

import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

EXPECTED_VERSION = "1.5.33"

RELIED_ON: Mapping[str, tuple[str, ...]] = {
    "ministack.app": ("app", "_state_map", "_get_module", "_build_persistence_save_dict"),
    "ministack.core.concurrency": ("esm_wake",),
    "ministack.core.lambda_runtime": (
        "_PYTHON_WORKER_SCRIPT",
        "_detect_runtime_binary",
        "Worker",
        "Worker._read_stderr",
        "Worker._drain_stderr",
        "Worker._drain_stderr_bounded",
        "Worker.invoke",
        "reset",
        "subprocess",
    ),
    "ministack.core.responses": (
        "AccountRegionScopedDict",
        "get_account_id",
        "get_region",
        "set_request_account_id",
        "set_request_region",
    ),
    "ministack.services.dynamodb": (
        "_stream_records",
        "_stream_trimmed",
        "_tables",
        "handle_request",
        "stream_end_position",
        "stream_records_since",
        "stream_start_position",
    ),
    "ministack.services.eventbridge": ("_SCHEDULER_TICK_INTERVAL",),
    "ministack.services.lambda_svc": (
        "_apply_filter_criteria",
        "_dispatch_esm_batch",
        "_dynamodb_stream_positions",
        "_emit_lambda_logs",
        "_emit_lambda_metrics",
        "_ensure_poller",
        "_esm_backoff_until",
        "_esm_inflight",
        "_esms",
        "_execute_function",
        "_get_func_record_for_qualifier",
        "_iter_all_esms",
        "_poll_dynamodb_streams",
        "_prune_orphan_code_blobs",
        "_reserved_concurrency",
        "_send_ddb_stream_failure_record",
        "_sqs_esm_concurrency",
    ),
    "ministack.services.ses": ("_sent_emails",),
    "ministack.services.ses_v2": ("handle_request",),
    "ministack.services.sqs": (
        "_HANDLERS",
        "_collect_msgs",
        "_dlq_sweep",
        "_expire_retained",
        "_queues",
        "_queues_lock",
        "handle_request",
    ),
    "ministack.services.ssm": ("handle_request",),
}


class UnknownEmulator(Exception):
    """The installed ministack is not the one this package was written for: pin or adapt."""


class PrivateModule:
    """A module of ministack, seen only through the names declared in ``RELIED_ON``."""

    def __init__(self, module: ModuleType, declared: tuple[str, ...]) -> None:
        self._module = module
        self._declared = declared

    def __getitem__(self, name: str) -> Any:
        self._refuse_undeclared(name)
        return getattr(self._module, name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._refuse_undeclared(name)
        setattr(self._module, name, value)

    def _refuse_undeclared(self, name: str) -> None:
        if name not in self._declared:
            raise KeyError(f"{self._module.__name__}.{name} is not declared in RELIED_ON")


def missing_names(
    relied_on: Mapping[str, tuple[str, ...]] = RELIED_ON,
    find: Callable[[str], Any] = importlib.import_module,
) -> list[str]:
    """List the dotted names that the installed emulator does not have."""
    missing = []
    for module_name, names in relied_on.items():
        try:
            module = find(module_name)
        except ImportError:
            missing.append(module_name)
            continue
        missing += [f"{module_name}.{name}" for name in names if not _has(module, name)]
    return missing


def _has(module: Any, dotted: str) -> bool:
    owner = module
    for part in dotted.split("."):
        if not hasattr(owner, part):
            return False
        owner = getattr(owner, part)
    return True


def refuse_strangers(installed_version: str, missing: list[str]) -> None:
    """Check that the emulator is the one this package was written for.

    Raises:
        UnknownEmulator: with one sentence that says what differs and what to do.
    """
    remedy = (
        f"Pin ministack=={EXPECTED_VERSION} in requirements/emulator.in, or adapt local/emulator "
        "and its list in private_names.py."
    )
    if installed_version != EXPECTED_VERSION:
        raise UnknownEmulator(
            f"The local mesh was written for ministack {EXPECTED_VERSION}, "
            f"found {installed_version}. {remedy}"
        )
    if missing:
        raise UnknownEmulator(f"ministack {installed_version} lacks {', '.join(missing)}. {remedy}")


def load() -> dict[str, PrivateModule]:
    """Import every module relied on, keyed by the last part of its name."""
    return {
        name.rsplit(".", 1)[-1]: PrivateModule(importlib.import_module(name), declared)
        for name, declared in RELIED_ON.items()
    }
