"""The audit log: each write is written down before it happens, so that none can be missing.

One extra write per write, not a transaction: what is written lies in several tables, in Cognito
and in the parameter store, which no transaction spans. A crash in between leaves an entry of
something that did not happen; the revisions of the entries that follow show that. A write that is
known to have failed is corrected in its entry.
"""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.http.problem import Problem
from functions.api.http.route import Request
from sentinelmesh.domain.access.audit import AuditEntry, AuditOutcome
from sentinelmesh.errors import AlreadyExists, MeshError, NotFound, StaleState
from sentinelmesh.observability import logger
from sentinelmesh.storage.directory.audit import entry_id

REFUSALS = (Problem, StaleState, AlreadyExists, NotFound)
MAX_FIELDS = 40
MAX_FIELD = 40


@contextmanager
def audit(
    request: Request,
    action: str,
    item_id: str,
    revisions: tuple[int | None, int | None] = (None, None),
    *,
    fields: Iterable[str] = (),
    detail: str | None = None,
) -> Iterator[None]:
    """Write down what is about to be done; the block does it.

    Args:
        revisions: of the item before and after; None where there is none.
        fields: names, never values: those may be secret.

    Cost: one write; a second one when the block fails.

    Raises:
        StoreUnavailable: it could not be written down, so it is not done.
    """
    backend, at = request.backend, request.backend.clock()
    entry = AuditEntry(
        entry_id=entry_id(at, secrets.token_hex(4)),
        at=at,
        by=request.caller.name,
        by_id=request.caller.id,
        action=action,
        item_id=item_id,
        request_id=request.id,
        from_revision=revisions[0],
        to_revision=revisions[1],
        fields=tuple(sorted(name[:MAX_FIELD] for name in fields))[:MAX_FIELDS],
        detail=detail,
    )
    backend.audit.add(entry)
    try:
        yield
    except Exception as error:
        outcome = AuditOutcome.REFUSED if isinstance(error, REFUSALS) else AuditOutcome.UNCERTAIN
        _correct(request, entry, outcome)
        raise


def _correct(request: Request, entry: AuditEntry, outcome: AuditOutcome) -> None:
    """Correct an entry; where that fails too, the log of the function has it."""
    try:
        request.backend.audit.correct(entry, outcome)
    except (MeshError, ClientError, BotoCoreError):
        logger().exception("audit_uncorrected", entry_id=entry.entry_id, outcome=outcome.value)
