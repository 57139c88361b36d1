"""The DNS probe: what does a name server say to a question, and is it what was expected."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from functions.prober.dns.client import DNS_PORT, Place, ask
from functions.prober.dns.resolvers import own_resolver
from functions.prober.dns.wire import TYPES, Reply
from functions.prober.evaluation import evaluate
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.options import read_options
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.probes.host_port import place_of
from sentinelmesh.domain.probing.assertion import Answer
from sentinelmesh.host_name import UnusableHost, ascii_host

WITHOUT_CASE = frozenset({"CNAME", "MX", "NS", "SOA"})
REFUSALS = {
    "NXDOMAIN": ("dns_nxdomain", "the name does not exist"),
    "SERVFAIL": ("dns_error", "the name server failed (SERVFAIL)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsOptions:
    """What a DNS probe asks and expects; the API documents each field."""

    record: str = "A"
    expected: Sequence[str] = ()
    exact: bool = False
    resolver: str | None = None


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Ask for the records of a name and judge the answer.

    Raises:
        ProbeFailed: there was no answer to judge.
    """
    options = read_options(DnsOptions, assignment.check.probe)
    watch = assignment.watch
    try:
        name = ascii_host(assignment.check.target)
        with watch.measure("dns"):
            server = await _server(options, assignment, context)
            watch.met.remote_address = server[0]
            watch.met.unresolved = (name, options.record)
            answer = await ask(server, name, options.record)
    except (UnusableHost, ValueError) as error:
        raise ProbeFailed("request_invalid", f"this name cannot be asked for: {error}") from error
    latency_ms = watch.stop()
    records = _records(answer, name, options.record)
    watch.met.records, watch.met.unresolved = records, None
    return evaluate(
        assignment, Answer(latency_ms=latency_ms, records=records), _mismatch(records, options)
    )


async def _server(options: DnsOptions, assignment: Assignment, context: ProbeContext) -> Place:
    """Return the name server to ask: one of choice passes the same guard as every target."""
    if options.resolver is None:
        return own_resolver()
    host, port = place_of(options.resolver, DNS_PORT)
    addresses = await context.connector.addresses(host, port, assignment.watch)
    return addresses[0], port


def _records(answer: Reply, name: str, record: str) -> list[str]:
    """Return the records that were asked for.

    Raises:
        ProbeFailed: there are none.
    """
    if answer.code != "NOERROR":
        other = ("dns_error", f"the name server answers {answer.code}")
        code, text = REFUSALS.get(answer.code, other)
        raise ProbeFailed(code, f"{name}: {text}")
    found = sorted(text for kind, text in answer.records if kind == TYPES[record])
    if not found:
        raise ProbeFailed("dns_no_records", f"{name}: the name exists, but has no {record} record")
    return found


def _mismatch(records: Sequence[str], options: DnsOptions) -> ProbeFailed | None:
    """Return what is missing, and what should not be there."""
    if not options.expected:
        return None
    came = {_comparable(each, options.record) for each in records}
    wanted = {_comparable(each, options.record) for each in options.expected}
    if came == wanted or (not options.exact and wanted <= came):
        return None
    only = "only " if options.exact else ""
    text = f"expected {only}{', '.join(sorted(wanted))}; came {', '.join(sorted(came))}"
    return ProbeFailed("dns_mismatch", text)


def _comparable(written: str, record: str) -> str:
    """Return the one spelling of a record that others are compared with."""
    if record in {"A", "AAAA"}:
        try:
            return str(ip_address(written.strip()))
        except ValueError:
            return written
    if record in WITHOUT_CASE:
        return " ".join(part.rstrip(".") for part in written.lower().split())
    return written.strip()
