"""What many incidents of one moment have in common, found by comparing what their probes met."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from sentinelmesh.domain.incidents.incident import OUTAGE

# What eight of ten have in common is worth naming; the others may be a coincidence.
NEARLY_ALL = 0.8
# Zones under which registries sell names: `shop.co.uk` and `bank.co.uk` have nothing in common.
SOLD_UNDER = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
MIN_ZONE = 2
COUNTRY = 2


class CauseKind(StrEnum):
    """What can be shared, in the order in which it explains most."""

    PARENT = "parent"
    CERTIFICATE = "certificate"
    HOST = "host"
    ADDRESS = "address"
    ZONE = "zone"
    REGIONS = "regions"
    REASON = "reason"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A monitor that another one depends on."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One incident among others, with the evidence that is compared.

    Args:
        cause: the error code of its first failing probe; `cause_detail` its sentence.
        failing_in: regions that failed in the deciding round; `working_in` those that did not.
        addresses: what the failing probes were connected to.
        certificates: fingerprints of what they were shown.
        is_step: it is told as a step of an escalation.
    """

    incident_id: str
    monitor_id: str
    monitor_name: str
    target: str
    opened_at: datetime
    confirmed_at: datetime
    cause: str
    cause_detail: str = ""
    severity: str = OUTAGE
    failing_in: tuple[str, ...] = ()
    working_in: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    parents: tuple[Parent, ...] = ()
    tags: tuple[str, ...] = ()
    runbook_url: str | None = None
    is_step: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonCause:
    """What nearly all members share.

    Args:
        shared_by: members that share it, of `members` altogether.
    """

    kind: CauseKind
    value: str
    shared_by: int
    members: int

    @property
    def place(self) -> str:
        """Say it behind "12 monitors"; a reason is no place.

        >>> CommonCause(kind=CauseKind.HOST, value="a.example", shared_by=3, members=3).place
        ' on the host a.example'
        """
        return _PLACES[self.kind].format(self.value)

    @property
    def sentence(self) -> str:
        """Return who shares what.

        >>> CommonCause(kind=CauseKind.ADDRESS, value="192.0.2.1", shared_by=9, members=10).sentence
        '9 of 10 are at the address 192.0.2.1.'
        """
        who = f"All {self.members}"
        if self.shared_by < self.members:
            who = f"{self.shared_by} of {self.members}"
        return f"{who} {_SENTENCES[self.kind].format(self.value)}."


_PLACES: Mapping[CauseKind, str] = {
    CauseKind.PARENT: " that depend on {}",
    CauseKind.CERTIFICATE: " with the certificate {:.16}",
    CauseKind.HOST: " on the host {}",
    CauseKind.ADDRESS: " at the address {}",
    CauseKind.ZONE: " in the zone {}",
    CauseKind.REGIONS: " as seen from {}",
    CauseKind.REASON: "",
}
_SENTENCES: Mapping[CauseKind, str] = {
    CauseKind.PARENT: "depend on {}",
    CauseKind.CERTIFICATE: "show the certificate with the fingerprint {}",
    CauseKind.HOST: "are on the host {}",
    CauseKind.ADDRESS: "are at the address {}",
    CauseKind.ZONE: "are in the DNS zone {}",
    CauseKind.REGIONS: "fail in {} only",
    CauseKind.REASON: "fail for the same reason ({})",
}


def common_cause(members: Sequence[Member]) -> CommonCause | None:
    """Return what explains most among all that nearly all members share; None if nothing does.

    Evidence that a member does not have counts against sharing it.
    """
    for kind, read in _EVIDENCE:
        found = Counter(value for member in members for value in read(member))
        if not found:
            continue
        value, count = min(found.items(), key=lambda each: (-each[1], each[0]))
        if count > 1 and count >= NEARLY_ALL * len(members):
            return CommonCause(kind=kind, value=value, shared_by=count, members=len(members))
    return None


def host_of(target: str) -> str:
    """Read the host of a target: an address of the web, host:port, or a bare host.

    >>> host_of("https://Shop.example:8443/x"), host_of("db.example:5432"), host_of("[::1]:53")
    ('shop.example', 'db.example', '::1')
    """
    try:
        return urlsplit(target if "://" in target else f"//{target}").hostname or ""
    except ValueError:
        return ""


def zone_of(host: str) -> str:
    """Return the zone of a host, as far as its name tells; an address has none.

    >>> zone_of("www.shop.example"), zone_of("a.shop.co.uk"), zone_of("192.0.2.1")
    ('shop.example', 'shop.co.uk', '')
    """
    labels = [label for label in host.rstrip(".").split(".") if label]
    if len(labels) < MIN_ZONE or _is_address(host):
        return ""
    is_sold = len(labels[-1]) == COUNTRY and labels[-2] in SOLD_UNDER
    return ".".join(labels[-3 if is_sold and len(labels) > MIN_ZONE else -2 :])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _parents(member: Member) -> Iterable[str]:
    return {parent.name for parent in member.parents}


def _certificates(member: Member) -> Iterable[str]:
    """A certificate explains only what fails because of one."""
    return set(member.certificates) if member.cause.startswith("tls_") else ()


def _hosts(member: Member) -> Iterable[str]:
    host = host_of(member.target)
    return {host} if host and not _is_address(host) else ()


def _addresses(member: Member) -> Iterable[str]:
    host = host_of(member.target)
    return {*member.addresses, *({host} if _is_address(host) else ())}


def _zones(member: Member) -> Iterable[str]:
    zone = zone_of(host_of(member.target))
    return {zone} if zone else ()


def _zones_unresolved(member: Member) -> Iterable[str]:
    """A zone explains most where names are not resolved."""
    return _zones(member) if member.cause.startswith("dns_") else ()


def _regions(member: Member) -> Iterable[str]:
    """Regions explain something only where others see it work."""
    return (
        {" and ".join(sorted(member.failing_in))} if member.working_in and member.failing_in else ()
    )


def _reasons(member: Member) -> Iterable[str]:
    return {member.cause}


_EVIDENCE: Sequence[tuple[CauseKind, Callable[[Member], Iterable[str]]]] = (
    (CauseKind.PARENT, _parents),
    (CauseKind.CERTIFICATE, _certificates),
    (CauseKind.ZONE, _zones_unresolved),
    (CauseKind.HOST, _hosts),
    (CauseKind.ADDRESS, _addresses),
    (CauseKind.REGIONS, _regions),
    (CauseKind.ZONE, _zones),
    (CauseKind.REASON, _reasons),
)
