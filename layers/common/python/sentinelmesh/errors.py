"""Everything that can go wrong, named after the fact, with the reaction the caller owes it."""


class MeshError(Exception):
    """Root of every error that the mesh raises on purpose."""


class InvalidSetting(MeshError):
    """A deployment setting is missing or unusable: fix the environment and start again."""


class UnreadableMessage(MeshError):
    """A message is not ours or of an unknown schema version: let it go to the dead-letter queue."""


class InvalidMonitor(MeshError):
    """A monitor breaks a rule; the text is meant for the person who configured it."""


class NotFound(MeshError):
    """No such item: tell the caller, change nothing."""


class AlreadyExists(MeshError):
    """An item with this key exists: what the caller wanted to create is there already."""


class StaleState(MeshError):
    """Somebody moved the item first: read it again and decide again."""


class StoreUnavailable(MeshError):
    """The store did not answer in time or refused: nothing is known to be written; try later."""


class UnreadableRow(MeshError):
    """A stored row has a form that this version cannot read: leave it out, and go on without it.

    Args:
        kind: what it is, e.g. "channel".
        row_id: its key.
        reason: what the decoder said; for the log, not for callers of the API.
    """

    def __init__(self, kind: str, row_id: str, reason: str) -> None:
        super().__init__(f"{kind} {row_id}: {reason}")
        self.kind = kind
        self.row_id = row_id
        self.reason = reason


class ForbiddenTarget(MeshError):
    """The address may not be probed or called: record the refusal, never dial."""


class DeliveryFailed(MeshError):
    """A channel did not take a message.

    Args:
        answer: what the provider said, free of secrets, word for word.
        permanent: the provider will never take it; a retry is pointless.
        retry_after_seconds: the pause that the provider asked for.
        uncertain: the provider may have taken it before the connection was lost.
    """

    def __init__(
        self,
        answer: str,
        *,
        permanent: bool = False,
        retry_after_seconds: float | None = None,
        uncertain: bool = False,
    ) -> None:
        super().__init__(answer)
        self.answer = answer
        self.permanent = permanent
        self.retry_after_seconds = retry_after_seconds
        self.uncertain = uncertain


class KeysUnavailable(MeshError):
    """The user pool did not hand out its keys: nobody can be told apart; try later."""
