"""All routes in one table: routing, rights, documentation and their tests read it."""

from functions.api.http.route import Route
from functions.api.routes import (
    access,
    audit_log,
    backtests,
    channels,
    documentation,
    escalation_policies,
    health,
    history,
    incidents,
    maintenance,
    mesh,
    metrics,
    monitor_list,
    monitors,
    overview,
    paused_addresses,
    pings,
    posts,
    status_pages,
    subscribers,
    subscriptions,
    trends,
    trial_checks,
    users,
)
from functions.api.services.incident_cache import Outages


def all_routes() -> tuple[Route, ...]:
    """Return every route of the API."""
    outages = Outages()
    return (
        *health.routes(),
        *metrics.ROUTES,
        *access.ROUTES,
        *users.ROUTES,
        *audit_log.ROUTES,
        *overview.routes(outages),
        *trends.routes(outages),
        *mesh.ROUTES,
        *monitor_list.ROUTES,
        *monitors.ROUTES,
        *trial_checks.ROUTES,
        *history.ROUTES,
        *backtests.ROUTES,
        *incidents.ROUTES,
        *channels.ROUTES,
        *escalation_policies.ROUTES,
        *paused_addresses.ROUTES,
        *maintenance.ROUTES,
        *status_pages.ROUTES,
        *posts.ROUTES,
        *subscribers.ROUTES,
        *subscriptions.ROUTES,
        *pings.ROUTES,
        *documentation.routes_about(all_routes),
    )
