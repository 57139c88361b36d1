"""One sentence about a failure: how far the probe came, and so where the trouble is."""

from collections.abc import Callable, Mapping

from functions.prober.evidence import Findings
from functions.prober.tls.certificate import describe
from sentinelmesh.domain.probing.result import Timings

Sentence = Callable[[Findings, Timings], str]


def diagnosis(code: str, met: Findings, timings: Timings) -> str | None:
    """Return which part of the way works and which does not; None when there is nothing to add."""
    for beginning, sentence in SENTENCES.items():
        if code.startswith(beginning):
            return sentence(met, timings)
    return None


def _explain_unresolved(met: Findings, _timings: Timings) -> str:
    return met.elsewhere or "The name was not resolved, so nothing was connected to."


def _explain_unconnected(met: Findings, _timings: Timings) -> str:
    tried = f"{met.remote_address} " if met.remote_address else ""
    return (
        f"The name resolves to {_addresses(met)}, but TCP does not connect to {tried}"
        "from this region: host, firewall or network is the trouble."
    )


def _explain_unsecured(met: Findings, timings: Timings) -> str:
    shown = describe(met.certificate)
    if shown is None:
        return (
            f"TCP connects{_after(timings.connect_ms)}; the handshake of TLS is the trouble, not "
            "the certificate."
        )
    until = f", good until {met.tls_expires_at:%Y-%m-%d}" if met.tls_expires_at else ""
    names = ", ".join(shown.names[:3]) or shown.subject or "nobody"
    return (
        f"TCP connects and TLS works without verification: the certificate is the trouble (for "
        f"{names}, from {shown.issuer or 'an issuer without a name'}{until})."
    )


def _explain_unanswered(met: Findings, timings: Timings) -> str:
    if timings.ttfb_ms is None:
        came = "but no byte of an answer came"
    else:
        came = f"and the answer began after {timings.ttfb_ms:g} ms, but it never became whole"
    return f"{_way(met, timings)} well, {came}: the service behind the port is the trouble."


def _wrong(met: Findings, timings: Timings) -> str:
    return (
        f"{_way(met, timings)} well, and the answer began after "
        f"{timings.ttfb_ms or timings.total_ms:g} ms: what the service answers is the trouble."
    )


def _way(met: Findings, timings: Timings) -> str:
    """Return the phases that are behind us."""
    behind = ["DNS"] if met.addresses else []
    behind += ["TCP"] + (["TLS"] if timings.tls_ms is not None else [])
    last = behind.pop()
    return f"{', '.join(behind)} and {last} work" if behind else f"{last} works"


def _addresses(met: Findings) -> str:
    shown = list(met.addresses[:3])
    more = len(met.addresses) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "") or "itself"


def _after(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f" within {milliseconds:g} ms"


def _explain_missing_ipv4(met: Findings, _timings: Timings) -> str:
    return (
        f"The name resolves to {_addresses(met)}: its A record is gone, and only visitors with "
        "IPv6 get through."
    )


SENTENCES: Mapping[str, Sentence] = {
    "dns_": _explain_unresolved,
    "connect_": _explain_unconnected,
    "ipv4_lost": _explain_missing_ipv4,
    "tls_": _explain_unsecured,
    "read_": _explain_unanswered,
    "protocol_error": _wrong,
    "status_mismatch": _wrong,
    "answer_mismatch": _wrong,
    "grpc_": _wrong,
    "upgrade_refused": _wrong,
    "assertion_failed": _wrong,
}
