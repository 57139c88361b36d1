"""The TLS probe: is the certificate good, for how long, and what does the server speak."""

from dataclasses import dataclass

from functions.prober.evaluation import days_left, evaluate
from functions.prober.evidence import Findings
from functions.prober.observation import Observation
from functions.prober.options import read_options
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.probes.host_port import place_of
from functions.prober.tls.certificate import describe
from functions.prober.tls.contexts import Wish
from functions.prober.tls.handshake import secure
from sentinelmesh.domain.probing.assertion import Answer

HTTPS = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOptions:
    """How a TLS probe shakes hands, and what it expects; the API documents each field."""

    server_name: str | None = None
    verify_tls: bool = True
    minimum_version: str = "1.2"
    degraded_below_days: int = 14


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Shake hands with `host:port` and look at the certificate.

    Raises:
        ProbeFailed: no connection, no handshake, or a certificate that is not good.
    """
    check, watch = assignment.check, assignment.watch
    options = read_options(TlsOptions, check.probe)
    host, port = place_of(check.target, HTTPS)
    wish = Wish(
        verify=options.verify_tls,
        server_name=options.server_name,
        applications=(),
        minimum=options.minimum_version,
    )
    with await context.connector.connect(host, port, watch) as connection:
        await secure(connection, host, context, watch, wish)
        latency_ms = watch.stop()
        watch.met.chain = connection.chain_shown()
    met = watch.met
    return evaluate(
        assignment,
        Answer(latency_ms=latency_ms),
        doubts=_doubts(met, options.degraded_below_days),
        certificate=describe(met.certificate, met.protocol, met.chain),
    )


def _doubts(met: Findings, least_days: int) -> list[str]:
    """Say that a certificate should be renewed soon."""
    left = days_left(met)
    if left is None or left >= least_days:
        return []
    return [f"the certificate ends in {left:g} days, expected at least {least_days}"]
