"""The audit log: every write through the API."""

from functions.api.http.pagination import cursor_of, page
from functions.api.http.route import Answer, Request, Route
from functions.api.http.time_range import read_span
from functions.api.schemas.access import AuditPage, AuditQuery
from functions.api.services.serializers import audit_out
from sentinelmesh.domain.access.scopes import Scope


def audit_log(request: Request) -> Answer:
    """Show a page of the audit log, newest first. Cost: half a read unit per 4 KB."""
    query: AuditQuery = request.query
    start, end = read_span(query.from_, query.to)
    rows = request.backend.audit.list_page(
        query.limit + 1, start=start, end=end, before_id=cursor_of(request)
    )
    taken = rows[: query.limit]
    more = len(rows) > len(taken)
    shown = [audit_out(entry) for entry in taken]
    return Answer(body=page(request, shown, taken[-1].entry_id if more else None))


ROUTES = (
    Route(method="GET", path="/v1/audit-log", summary="Who changed what", handler=audit_log,
          scope=Scope.ADMIN, query=AuditQuery, answers=AuditPage),
)  # fmt: skip
