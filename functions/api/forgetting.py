"""Forgetting the secrets of what was deleted; the deletion is done, whatever happens here."""

from botocore.exceptions import BotoCoreError, ClientError

from functions.api.backend import Backend
from sentinelmesh.observability import logger


def forget_secrets(backend: Backend, owner_id: str) -> None:
    """Delete the parameter of a monitor or channel that is gone, if it has one.

    Where that fails, an encrypted parameter is left that nothing refers to; the log names it.
    """
    try:
        backend.secrets.delete(owner_id)
    except (BotoCoreError, ClientError):
        logger().exception("secrets_left", owner_id=owner_id)
