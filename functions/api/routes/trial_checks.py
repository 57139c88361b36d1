"""A check of a monitor that is not saved: what would each region see?"""

from dataclasses import replace

from functions.api.http.route import Answer, Request, Route
from functions.api.schemas.monitor import MonitorIn
from functions.api.schemas.overview import TrialOut
from functions.api.services.audit import audit
from functions.api.services.monitor_secrets import forget_secrets
from functions.api.services.monitors import new_monitor
from functions.api.services.on_demand_checks import probe_now
from functions.api.services.serializers import result_out
from sentinelmesh.domain.access.scopes import Scope


def check(request: Request) -> Answer:
    """Have all regions probe a monitor as it is written here, and keep nothing of it.

    Its secrets lie in the store while the answer is waited for; a crash in between leaves a
    parameter that nothing refers to.

    Cost: the entry in the audit log, see `probe_now`, and two requests if it has secrets.
    """
    backend = request.backend
    monitor, secrets = new_monitor(request.body, backend, request.new_id("trial"))
    with audit(request, "check.ordered", monitor.id, fields=request.raw_body):
        try:
            if secrets:
                monitor = replace(monitor, secrets_version=backend.secrets.put(monitor.id, secrets))
            results, complete = probe_now(backend, monitor)
        finally:
            if secrets:
                forget_secrets(backend, monitor.id)
    return Answer(body={"items": [result_out(each) for each in results], "complete": complete})


ROUTES = (
    Route(method="POST", path="/v1/checks", summary="Probe now without saving", handler=check,
          scope=Scope.WRITE, body=MonitorIn, answers=TrialOut),
)  # fmt: skip
