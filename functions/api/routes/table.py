"""All routes in one table: routing, rights, documentation and their tests read it."""

from functions.api.route import Route
from functions.api.routes import (
    access,
    audit_log,
    channels,
    documentation,
    health,
    history,
    incidents,
    metrics,
    monitor_list,
    monitors,
    users,
)


def all_routes() -> tuple[Route, ...]:
    """Give every route of the API."""
    return (
        *health.routes(),
        *metrics.ROUTES,
        *access.ROUTES,
        *users.ROUTES,
        *audit_log.ROUTES,
        *monitor_list.ROUTES,
        *monitors.ROUTES,
        *history.ROUTES,
        *incidents.ROUTES,
        *channels.ROUTES,
        *documentation.routes_about(all_routes),
    )
