"""Receivers that keep alerts open: a channel is deleted once they are closed."""

from collections.abc import Iterator
from http import HTTPStatus

from functions.api.backend import Backend
from functions.api.http.problem import Problem
from sentinelmesh.domain.alerts.alert import Alert, AlertKind, Channel
from sentinelmesh.domain.alerts.closing_events import find_unclosed, keeps_state

# As many as the verifier's sweep closes.
MAX_OPEN = 200
# Ends on their way are among the newest.
MAX_NEWEST = 100
OPEN = (
    "The receiver of this channel keeps alerts open. Disable the channel first: they are closed "
    "within a minute; then delete it."
)


def require_closed(backend: Backend, channel: Channel) -> None:
    """Check that nothing stays open for ever at a receiver when its channel is deleted.

    Cost: nothing for channels whose receivers keep no state; otherwise two queries, one more for
        each open incident, and one for its group.

    Raises:
        Problem: 409 with a sentence.
    """
    if keeps_state(channel) and any(_iterate_unclosed(backend, channel)):
        raise Problem(HTTPStatus.CONFLICT, OPEN)


def _iterate_unclosed(backend: Backend, channel: Channel) -> Iterator[Alert]:
    """Walk over what nobody could close any more: what is open, and ends that are on their way."""
    for _, row in backend.alerts.list_of_channel(channel.id, MAX_NEWEST):
        is_end = row.kind.event is AlertKind.RESOLVED
        if is_end and not (row.finished or row.attempts):
            yield row
    for incident in backend.incidents.list_page(MAX_OPEN, only_open=True):
        rows = backend.alerts.list_of_incident(incident.incident_id)
        found = find_unclosed(rows, channel)
        if found is not None and found.group is not None:
            found = find_unclosed(backend.alerts.list_of_incident(found.group), channel)
        if found is not None:
            yield found
