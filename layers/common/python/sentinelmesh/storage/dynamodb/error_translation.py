"""What went wrong in a DynamoDB call, told apart by what the caller has to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sentinelmesh.errors import MeshError, StoreUnavailable

# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
TRANSIENT = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)


@contextmanager
def translate_errors(refused: type[MeshError], what: str) -> Iterator[None]:
    """Raise our own errors for those of a call.

    Args:
        refused: what a failed condition means here.
        what: the thing written or read, for the text of the error.

    Raises:
        StoreUnavailable: unreachable, throttled, or in conflict with a transaction.
    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ConditionalCheckFailedException" or _condition_failed(error.response):
            raise refused(what) from error
        if code in TRANSIENT or _is_transient(error.response):
            raise StoreUnavailable(f"{what}: {code}") from error
        raise
    except BotoCoreError as error:
        raise StoreUnavailable(f"{what}: {type(error).__name__}") from error


def _reasons(response: Any) -> set[str]:
    return {reason.get("Code", "") for reason in response.get("CancellationReasons", ())}


def _condition_failed(response: Any) -> bool:
    """Return whether a transaction was cancelled because one of its conditions did not hold."""
    return "ConditionalCheckFailed" in _reasons(response)


def _is_transient(response: Any) -> bool:
    """Return whether a transaction or request may work when it is simply tried again."""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    transient = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
    return status >= 500 or bool(_reasons(response) & transient)  # noqa: PLR2004 (HTTP's own line)
