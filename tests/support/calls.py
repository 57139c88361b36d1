"""Clients of a mesh in memory whose calls are remembered, and fail where a test wants them to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from tests.support.moto_mesh import HOME, MotoMesh

Fault = Callable[[int, str], None]


class Crash(BaseException):
    """The process is gone: nothing of our code may catch this."""


@dataclass
class Calls:
    """Makes clients, and counts what they do.

    Args:
        made: names of the operations, in order.
        before: raised from here, an error strikes instead of a call.
        after: raised from here, an error strikes right after a call took effect.
    """

    mesh: MotoMesh
    made: list[str] = field(default_factory=list)
    before: Fault | None = None
    after: Fault | None = None
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = HOME) -> Any:
        """Return the client whose calls are counted and may fail; it keeps nothing of its own."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self._make(service, region)
        return self._clients[service, region]

    def _make(self, service: str, region: str) -> Any:
        made = self.mesh.client(service, region)
        made.meta.events.register_first("before-call.*.*", self._before)
        made.meta.events.register_last("after-call.*.*", self._after)
        return made

    def _before(self, model: Any, **_details: Any) -> None:
        self.made.append(model.name)
        if self.before:
            self.before(len(self.made), model.name)

    def _after(self, model: Any, **_details: Any) -> None:
        if self.after:
            self.after(len(self.made), model.name)


def refusal(operation: str, code: str = "ThrottlingException", **more: Any) -> ClientError:
    """Build the error by which AWS refuses a call."""
    if operation == "TransactWriteItems" and code == "TransactionConflict":
        more = {"CancellationReasons": [{"Code": code}], **more}
        code = "TransactionCanceledException"
    return ClientError({"Error": {"Code": code, "Message": code}, **more}, operation)  # type: ignore[typeddict-item]


def crash_at(number: int) -> Fault:
    """Kill the process right after its call of this number took effect."""

    def fault(count: int, _name: str) -> None:
        if count == number:
            raise Crash

    return fault


def refusing(share: float, chance: Random, code: str = "ThrottlingException") -> Fault:
    """Refuse this share of all calls; transactions are refused for a conflict."""

    def fault(_count: int, name: str) -> None:
        if chance.random() < share:
            conflict = name == "TransactWriteItems" and chance.random() < 0.5
            raise refusal(name, "TransactionConflict" if conflict else code)

    return fault
