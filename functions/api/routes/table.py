"""All routes in one table: routing, rights, documentation and their tests read it."""

from functions.api.route import Route
from functions.api.routes import (
    access,
    channels,
    documentation,
    health,
    history,
    incidents,
    monitors,
)


def all_routes() -> tuple[Route, ...]:
    """Give every route of the API."""
    return (
        *health.ROUTES,
        *access.ROUTES,
        *monitors.ROUTES,
        *history.ROUTES,
        *incidents.ROUTES,
        *channels.ROUTES,
        *documentation.routes_about(all_routes),
    )
