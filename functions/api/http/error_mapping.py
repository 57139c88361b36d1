"""What callers are told when something goes wrong; our own faults say nothing about themselves."""

from http import HTTPStatus

from functions.api.http.problem import Problem
from sentinelmesh.errors import (
    AlreadyExists,
    KeysUnavailable,
    NotFound,
    StaleState,
    StoreUnavailable,
    UnreadableRow,
)
from sentinelmesh.observability import logger
from sentinelmesh.secrets import SecretsUnavailable

RETRY_AFTER_SECONDS = 2


def problem_of(error: Exception, request_id: str) -> Problem:
    """Turn whatever was raised into an answer; what is our fault is logged in full."""
    match error:
        case Problem():
            return error
        case StoreUnavailable() | SecretsUnavailable() | KeysUnavailable():
            logger().exception("store_unavailable", request_id=request_id)
            return unavailable("The store did not answer; try again in a moment.")
        case StaleState() | AlreadyExists():
            return Problem(
                HTTPStatus.CONFLICT, "Somebody changed this at the same time; read again."
            )
        case NotFound():
            return Problem(HTTPStatus.NOT_FOUND, "There is no such thing any more.")
        case UnreadableRow(kind=kind, row_id=row_id):
            return Problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                f"This version cannot read the {kind.replace('_', ' ')} {row_id}: it is stored in "
                "another version's form. Deploy that version; GET /health lists all such rows.",
            )
    logger().exception("request_broke", request_id=request_id)
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "This is our fault; the log has it under this request_id.",
    )


def unavailable(detail: str) -> Problem:
    """Ask the caller to try again."""
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
    )
