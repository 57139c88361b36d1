"""Queues and monitors for the scheduler's tests: they remember, and fail by a script."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from sentinelmesh.domain.monitors.due_monitor import DueMonitor
from sentinelmesh.errors import StoreUnavailable

AWAY = EndpointConnectionError(endpoint_url="https://sqs.example")
THROTTLED = ClientError({"Error": {"Code": "RequestThrottled", "Message": ""}}, "SendMessageBatch")
Entry = dict[str, Any]
Answer = Exception | tuple[int, ...]


class Queue:
    """A queue that remembers what it took.

    Args:
        script: for each request in turn an error, or the places of the entries that fail; what
            comes after the script is taken.
    """

    def __init__(self, *script: Answer) -> None:
        self._script = list(script)
        self.requests: list[int] = []
        self.taken: list[Entry] = []

    def send_message_batch(self, QueueUrl: str, Entries: list[Entry]) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        assert "{region}" not in QueueUrl
        assert 1 <= len(Entries) <= 10
        assert len({entry["Id"] for entry in Entries}) == len(Entries)
        self.requests.append(len(Entries))
        answer = self._script.pop(0) if self._script else ()
        if isinstance(answer, Exception):
            raise answer
        refused = [Entries[place]["Id"] for place in answer]
        self.taken += [entry for entry in Entries if entry["Id"] not in refused]
        return {
            "Successful": [{"Id": each["Id"]} for each in Entries if each["Id"] not in refused],
            "Failed": [{"Id": each, "Code": "InternalError"} for each in refused],
        }


class Monitors:
    """The due index in memory.

    Args:
        failing: how often reading a partition fails before it works.
    """

    def __init__(self, **due: list[DueMonitor]) -> None:
        self._due = due
        self.failing: dict[str, int] = {}
        self.reads: list[str] = []

    def put(self, due_key: str, *monitors: DueMonitor) -> None:
        """Have monitors in a partition."""
        self._due.setdefault(due_key, []).extend(monitors)

    def list_due(self, due_key: str) -> Iterator[DueMonitor]:
        self.reads.append(due_key)
        half = len(self._due.get(due_key, [])) // 2
        for place, monitor in enumerate(self._due.get(due_key, [])):
            if self.failing.get(due_key, 0) and place == half:
                self.failing[due_key] -= 1
                raise StoreUnavailable(f"{due_key}: throttled")
            yield monitor
