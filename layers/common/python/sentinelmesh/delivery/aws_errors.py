"""What errors of an AWS service mean for a delivery."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
)

from sentinelmesh.errors import DeliveryFailed

PAUSE_SECONDS = 900.0


@contextmanager
def translate_errors(
    service: str, *, never: frozenset[str], paused: frozenset[str] = frozenset()
) -> Iterator[None]:
    """Tell everything that can go wrong in a call as DeliveryFailed.

    Args:
        never: error codes after which a retry is pointless.
        paused: codes after which every call would fail, so that none is tried for a while.
    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        text = f"{service}: {code}: {error.response['Error'].get('Message', '')}"
        if code in paused:
            raise DeliveryFailed(text, retry_after_seconds=PAUSE_SECONDS) from error
        raise DeliveryFailed(text, permanent=code in never) from error
    except ParamValidationError as error:
        raise DeliveryFailed(f"{service} takes no such message", permanent=True) from error
    except HTTPClientError as error:
        # The request was on its way: it may have been taken before the connection was lost.
        text = f"{service} gave no complete answer: {type(error).__name__}"
        raise DeliveryFailed(text, uncertain=True) from error
    except BotoCoreError as error:
        text = f"{service} is out of reach: {type(error).__name__}"
        raise DeliveryFailed(text) from error
