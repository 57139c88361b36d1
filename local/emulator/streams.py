"""DynamoDB stream event sources with a batch in flight per source, partial responses and retries.

Stock, one thread serves all sources in turn, ignores ``batchItemFailures`` and never gives up.
"""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from local.emulator.private_names import PrivateModule
from local.emulator.stream_progress import Progress, SourceSettings, Verdict, judge

logger = logging.getLogger("local.streams")

# Consumed records are kept a little while for whoever looks at the stream by hand.
KEPT_RECORDS = 2_000
TRIM_EVERY_SECONDS = 30.0
MAX_PAUSE_SECONDS = 5.0


class StreamSources:
    """The poll pass over all stream event sources, and what it remembers between passes."""

    def __init__(self, modules: Mapping[str, PrivateModule]) -> None:
        self._lambda = modules["lambda_svc"]
        self._tables = modules["dynamodb"]
        self._responses = modules["responses"]
        self._progress: dict[str, Progress] = {}
        self._next_trim = 0.0
        self.lock = threading.RLock()

    def poll(self) -> bool:
        """Dispatch a batch of each idle source that has records; True when one was dispatched."""
        dispatched = False
        for account, region, source in self._lambda["_iter_all_esms"]():
            self._responses["set_request_account_id"](account)
            self._responses["set_request_region"](region)
            if self._is_ready(source):
                dispatched = self._dispatch(source) or dispatched
        self._trim_at_times()
        return dispatched

    def unread(self) -> dict[tuple[str, str, str], tuple[int, list[dict[str, Any]]]]:
        """Return what a snapshot keeps: per table, records not yet passed, and their position."""
        kept = {}
        for scope, records in self._tables["_stream_records"].all_items():
            trimmed = self._tables["_stream_trimmed"].get_scoped(*scope, 0)
            first = min(self._positions().get(scope, trimmed), trimmed + len(records))
            kept[scope] = (first, records[max(0, first - trimmed) :])
        return kept

    def restore(
        self, kept: Mapping[tuple[str, str, str], tuple[int, list[dict[str, Any]]]]
    ) -> None:
        """Put back what ``unread`` gave."""
        for scope, (first, records) in kept.items():
            self._tables["_stream_records"].set_scoped(*scope, records)
            self._tables["_stream_trimmed"].set_scoped(*scope, first)

    def _positions(self) -> dict[tuple[str, str, str], int]:
        slowest: dict[tuple[str, str, str], int] = {}
        for account, region, source in self._lambda["_iter_all_esms"]():
            arn = source.get("EventSourceArn", "")
            saved = self._lambda["_dynamodb_stream_positions"]
            position = saved.get_scoped(account, region, source["UUID"])
            if "/stream/" in arn and position is not None:
                scope = (account, region, _table_name(arn))
                slowest[scope] = min(position, slowest.get(scope, position))
        return slowest

    def _trim_at_times(self) -> None:
        if time.monotonic() < self._next_trim:
            return
        self._next_trim = time.monotonic() + TRIM_EVERY_SECONDS
        for scope, position in self._positions().items():
            records = self._tables["_stream_records"].get_scoped(*scope, [])
            trimmed = self._tables["_stream_trimmed"].get_scoped(*scope, 0)
            surplus = position - trimmed - KEPT_RECORDS
            if surplus > 0:
                with self.lock:
                    del records[:surplus]
                    self._tables["_stream_trimmed"].set_scoped(*scope, trimmed + surplus)

    def _is_ready(self, source: Mapping[str, Any]) -> bool:
        identity = source["UUID"]
        return (
            source.get("Enabled", True)
            and "/stream/" in source.get("EventSourceArn", "")
            and not self._lambda["_esm_inflight"].get(identity)
            and self._lambda["_esm_backoff_until"].get(identity, 0) <= time.time()
        )

    def _dispatch(self, source: dict[str, Any]) -> bool:
        arn = source["EventSourceArn"]
        table_name = _table_name(arn)
        function, _ = self._lambda["_get_func_record_for_qualifier"](
            source["FunctionName"], source.get("Qualifier")
        )
        table = self._tables["_tables"].get(table_name)
        if function is None or not table or table.get("LatestStreamArn") != arn:
            return False
        progress = self._progress_of(source, table_name)
        settings = SourceSettings.of(source)
        records = self._tables["stream_records_since"](
            table_name, progress.position, progress.limit or settings.batch_size
        )
        if not records:
            return False
        self._lambda["_dispatch_esm_batch"](
            source["UUID"], self._run, source, settings, progress, function, list(records)
        )
        return True

    def _progress_of(self, source: Mapping[str, Any], table_name: str) -> Progress:
        identity = source["UUID"]
        horizon = self._tables["stream_start_position"](table_name)
        with self.lock:
            progress = self._progress.get(identity)
            if progress is None:
                position = self._lambda["_dynamodb_stream_positions"].get(identity)
                if position is None:
                    position = self._starting_position(source, table_name, horizon)
                progress = Progress(position)
            if progress.position < horizon:
                progress = Progress(horizon)
            self._remember(identity, progress)
            return progress

    def _starting_position(self, source: Mapping[str, Any], table_name: str, horizon: int) -> int:
        if source.get("StartingPosition") == "TRIM_HORIZON":
            return horizon
        end: int = self._tables["stream_end_position"](table_name)
        return end

    def _remember(self, identity: str, progress: Progress) -> None:
        self._progress[identity] = progress
        # The emulator's own table of positions is what a snapshot saves.
        self._lambda["_dynamodb_stream_positions"][identity] = progress.position

    def _run(
        self,
        source: dict[str, Any],
        settings: SourceSettings,
        progress: Progress,
        function: Any,
        records: list[dict[str, Any]],
    ) -> None:
        wanted = self._lambda["_apply_filter_criteria"](records, source)
        answer: Mapping[str, Any] = {}
        if wanted:
            answer = self._lambda["_execute_function"](function, {"Records": wanted})
        numbers = [str(record["dynamodb"]["SequenceNumber"]) for record in records]
        created = float(records[0]["dynamodb"].get("ApproximateCreationDateTime", time.time()))
        verdict = judge(settings, progress, numbers, answer, time.time() - created)
        self._settle(source, progress, verdict)
        if verdict.given_up and wanted:
            logger.warning("%s gives up %d records", source["FunctionName"], len(wanted))
            self._lambda["_send_ddb_stream_failure_record"](
                source, function, wanted, source["EventSourceArn"], answer, verdict.given_up
            )

    def _settle(self, source: Mapping[str, Any], before: Progress, verdict: Verdict) -> None:
        identity = source["UUID"]
        with self.lock:
            self._remember(identity, verdict.progress)
        if verdict.progress.position == before.position:
            pause = min(0.2 * 2**verdict.progress.attempts, MAX_PAUSE_SECONDS)
            self._lambda["_esm_backoff_until"][identity] = time.time() + pause
        else:
            self._lambda["_esm_backoff_until"].pop(identity, None)


def _table_name(stream_arn: str) -> str:
    return stream_arn.partition("/stream/")[0].rpartition("/")[2]
