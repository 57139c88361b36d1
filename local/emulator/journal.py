"""A write-ahead journal: what AWS would never lose survives a kill -9 between two snapshots.

Each data write is appended before its answer leaves, and replayed over the last snapshot. The
emulator handles these requests one at a time, so the order of lines is the order of effects.
"""

import base64
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.emulator.private_names import PrivateModule

SUCCESS_BELOW = 300

Answer = tuple[int, dict[str, str], Any]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Answer]]

WRITES: Mapping[str, frozenset[str]] = {
    "dynamodb": frozenset(
        {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
    ),
    "sqs": frozenset({"SendMessage", "SendMessageBatch"}),
    "ssm": frozenset({"PutParameter", "DeleteParameter", "DeleteParameters"}),
}
MAIL_PATH = "/v2/email/outbound-emails"


@dataclass(frozen=True)
class Entry:
    """One request that changed data."""

    service: str
    account: str
    region: str
    method: str
    path: str
    target: str
    body: str

    def to_line(self) -> bytes:
        """Encode as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    def headers(self) -> dict[str, str]:
        """Return the headers that the emulator's handlers look at."""
        return {"x-amz-target": self.target, "content-type": "application/x-amz-json-1.0"}


def is_write(service: str, method: str, path: str, target: str) -> bool:
    """Return whether a request changes data that the journal has to keep.

    >>> is_write("dynamodb", "POST", "/", "DynamoDB_20120810.PutItem")
    True
    >>> is_write("dynamodb", "POST", "/", "DynamoDB_20120810.Query")
    False
    """
    if service == "ses_v2":
        return method == "POST" and path.rstrip("/") == MAIL_PATH
    return target.rsplit(".", 1)[-1] in WRITES[service]


def read(path: Path) -> Iterator[Entry]:
    """Read the entries of one segment; a line torn by the kill ends it."""
    with path.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            yield Entry(**json.loads(line))


class Journal:
    """The open segment; ``rotate`` starts the next one when a snapshot is taken."""

    def __init__(self, folder: Path, responses: PrivateModule) -> None:
        self._folder = folder
        self._responses = responses
        self._descriptor: int | None = None
        self.written_bytes = 0

    def rotate(self, number: int) -> None:
        """Close the open segment and start segment ``number``."""
        self.close()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._descriptor = os.open(segment_path(self._folder, number), flags, 0o600)
        self.written_bytes = 0

    def close(self) -> None:
        """Close the open segment."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def install(self, modules: Mapping[str, PrivateModule]) -> None:
        """Put the journal in front of the services whose data it keeps."""
        for service in (*WRITES, "ses_v2"):
            modules[service]["handle_request"] = self._recording(
                service, modules[service]["handle_request"]
            )

    def _recording(self, service: str, inner: Handler) -> Handler:
        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> Answer:
            answer = await inner(method, path, headers, body, query)
            target = headers.get("x-amz-target", "")
            if answer[0] < SUCCESS_BELOW and is_write(service, method, path, target):
                self._append(service, method, path, target, body)
            return answer

        return handle

    def _append(self, service: str, method: str, path: str, target: str, body: bytes) -> None:
        if self._descriptor is None:
            return
        account, region = self._responses["get_account_id"](), self._responses["get_region"]()
        text = base64.b64encode(body).decode()
        entry = Entry(service, account, region, method, path, target, text)
        self.written_bytes += os.write(self._descriptor, entry.to_line())


def segment_path(folder: Path, number: int) -> Path:
    """Return the file of segment ``number``."""
    return folder / f"journal-{number:06d}.jsonl"


async def replay(entry: Entry, handlers: Mapping[str, Handler], responses: PrivateModule) -> Answer:
    """Apply one entry again."""
    responses["set_request_account_id"](entry.account)
    responses["set_request_region"](entry.region)
    body = base64.b64decode(entry.body)
    return await handlers[entry.service](entry.method, entry.path, entry.headers(), body, {})
