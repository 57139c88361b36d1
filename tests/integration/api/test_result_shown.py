"""A result tells all that was seen, in the words of the document."""

from datetime import timedelta

from sentinelmesh.domain.probing.result import Certificate, Evidence, Outcome, Timings
from tests.integration.api.stage import Stage
from tests.integration.api.watched import put_results
from tests.support.builders import REGIONS, START, a_monitor, a_result

MONITOR = a_monitor()
RESULT = a_result(
    MONITOR,
    START,
    REGIONS[0],
    outcome=Outcome.FAILURE,
    error="status_mismatch",
    detail="expected 200-299, came 503",
    status_code=503,
    latency_ms=35.25,
    timings=Timings(dns_ms=1.0, connect_ms=2.5, total_ms=35.25),
    tls_expires_at=START + timedelta(days=9),
    remote_address="93.184.216.34",
    http_version="1.1",
    tls_fingerprint="ab" * 32,
    certificate=Certificate(subject="shop.example", issuer="CA", names=("a", "b")),
    body_sample="<h1>Down</h1>",
    evidence=Evidence(
        diagnosis="The service is the trouble.",
        addresses=("93.184.216.34",),
        redirects=("http://shop.example/", "https://shop.example/"),
        headers={"server": "nginx"},
    ),
)
SHOWN = {
    "monitor_id": "mon_1",
    "revision": 1,
    "slot": "2026-01-01T12:00:00Z",
    "scheduled_at": "2026-01-01T12:00:00Z",
    "started_at": "2026-01-01T12:00:00.120Z",
    "lateness_ms": 120,
    "region": "eu-west-1",
    "purpose": "scheduled",
    "outcome": "failure",
    "degraded": False,
    "error": "status_mismatch",
    "detail": "expected 200-299, came 503",
    "status_code": 503,
    "latency_ms": 35.25,
    "timings": {
        "dns_ms": 1,
        "connect_ms": 2.5,
        "tls_ms": None,
        "ttfb_ms": None,
        "total_ms": 35.25,
    },
    "tls_expires_at": "2026-01-10T12:00:00Z",
    "remote_address": "93.184.216.34",
    "ip_version": 4,
    "http_version": "1.1",
    "tls_fingerprint": "ab" * 32,
    "certificate": {
        "subject": "shop.example",
        "issuer": "CA",
        "names": ["a", "b"],
        "key": None,
        "protocol": None,
        "chain": [],
    },
    "body_sample": "<h1>Down</h1>",
    "evidence": {
        "diagnosis": "The service is the trouble.",
        "addresses": ["93.184.216.34"],
        "redirects": ["http://shop.example/", "https://shop.example/"],
        "headers": {"server": "nginx"},
        "records": [],
    },
}


def test_a_result_tells_all_that_was_seen(stage: Stage) -> None:
    stage.backend.monitors.create(MONITOR)
    put_results(stage, [RESULT])
    (seen,) = stage.get(f"/v1/monitors/{MONITOR.id}/results")["items"]
    assert seen == SHOWN
