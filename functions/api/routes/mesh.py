"""The mesh itself: its regions, and how they have been doing."""

from datetime import timedelta
from typing import Any

from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.overview import MeshOut
from sentinelmesh import __version__
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.probing.region_health import RegionHealth, standing
from sentinelmesh.domain.values import instant

SAMPLE = 40
# Slots of each monitor: with a handful of regions each has had its turn among them.
SLOTS = 6
# Even the slowest probe has been written by then.
SETTLED = timedelta(seconds=40)


def mesh(request: Request) -> Answer:
    """Show the regions, judged by the last slots of up to 40 monitors.

    Cost: half a read unit per 4 KB of these monitors, and half a one for each of some 240 probes,
        in three requests.
    """
    backend = request.backend
    now = backend.clock()
    watched = [each for each in backend.monitors.list_page(SAMPLE) if not each.paused]
    planned = backend.samples.planned(watched, SLOTS, now - SETTLED)
    home = backend.settings.home_region
    regions = [
        _render(region, standing([each for each in planned if each.region == region]), home)
        for region in backend.settings.regions
    ]
    return Answer(
        body={
            "version": __version__,
            "home_region": home,
            "at": instant.text(now),
            "regions": regions,
        }
    )


def _render(region: str, judged: RegionHealth, home: str) -> dict[str, Any]:
    last = judged.last_result_at
    quantiles = {"p50": 50, "p95": 95, "most": 100}
    return {
        "region": region,
        "is_home": region == home,
        "status": judged.health,
        "planned": judged.planned,
        "answered": judged.answered,
        "abstained": judged.abstained,
        "last_result_at": instant.text(last) if last else None,
        "lateness_ms": {name: judged.lateness(each) for name, each in quantiles.items()}
        if judged.lateness_ms
        else None,
    }


ROUTES = (
    Route(method="GET", path="/v1/mesh", summary="The regions of the mesh", handler=mesh,
          scope=Scope.READ, answers=MeshOut),
)  # fmt: skip
