"""What a deployment is asked to be: the settings of cdk.json, checked, with a sentence for each."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Self

Context = Callable[[str], Any]

LOCAL_SENDER = "alerts@sentinelmesh.example"
MAX_SHARDS = 64
MAX_HOLD = 30

# A name begins those of stacks (a letter first) and of parameters (never with aws or ssm).
NAME = r"(?!(?i:aws|ssm))[A-Za-z][A-Za-z0-9-]{0,31}"
A_NAME = "letters, digits and hyphens, at most 32, a letter first, and not begin with aws or ssm"
REGION = r"[a-z]{2,5}(-[a-z]+)+-[0-9]{1,2}"
A_REGION = "an AWS region such as eu-west-1"
ADDRESS = r"([^@\s,;]+@[^@\s,;]+)?"
AN_ADDRESS = "one mail address, or empty"
TOPIC = r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?"
A_TOPIC = "the ARN of an SNS topic"
URL = r"(https?://[^\s/]+(/\S*)?)?"
A_URL = "an address such as https://status.example.com, or empty"
CERTIFICATE = r"(arn:aws:acm:us-east-1:[0-9]{12}:certificate/[0-9a-zA-Z-]+)?"
HOST = r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
SLUG = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
A_DOMAIN = "a host and the slug of its status page, such as status.example.com and shop"
A_CERTIFICATE = "the ARN of an ACM certificate in us-east-1, where CloudFront looks, or empty"
FLAGS = {"true": True, "1": True, "false": False, "0": False, "none": False, "": False}


class BadSetting(ValueError):
    """A setting in cdk.json is unusable; the text says which and what it should be."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The settings of one deployment.

    Args:
        name: prefix of every physical name; two meshes in one account differ by it.
        mail_from: the sender of alert mails; empty means that mail channels cannot send.
        certificate_arn: of ACM in us-east-1, for the host of public_url; empty means that
            CloudFront serves under its own name.
        status_domains: hosts of status pages with the slug of the page that each shows; the
            certificate has to be for them too.
        alarm_email: who is told when the mesh itself is in trouble; empty means nobody.
        sns_topics: topics that channels may publish to.
        other_resolvers: name servers that get to know names which are not resolved, to say in a
            diagnosis whether the name is the trouble; none where private targets are allowed, for
            such names are nobody else's business.
        storm_hold_seconds: how long what has begun waits for others that begin with it, to be told
            in one message; 0 tells everything alone.
        apprise: whether the alerter has the layer of channels of kind apprise.
        providers_url: where the local mesh plays providers such as PagerDuty; empty on AWS.
        local: deployed onto the emulator of the local mesh instead of AWS.
    """

    name: str
    home_region: str
    regions: tuple[str, ...]
    shards: int
    retention_days: int
    log_retention_days: int
    prober_concurrency: int
    prober_memory_mb: int
    mail_from: str
    public_url: str
    certificate_arn: str
    status_domains: Mapping[str, str]
    alarm_email: str
    sns_topics: tuple[str, ...]
    other_resolvers: tuple[str, ...]
    storm_hold_seconds: int
    apprise: bool
    providers_url: str
    allow_private_targets: bool
    local: bool

    @property
    def all_regions(self) -> tuple[str, ...]:
        """Every region that is deployed to, home first."""
        return tuple(dict.fromkeys((self.home_region, *self.regions)))

    @classmethod
    def from_context(cls, context: Context) -> Self:
        """Read the settings.

        Raises:
            BadSetting: one of them would fail later, deep inside a deployment.
        """
        local = _flag(context, "local")
        allow_private = _flag(context, "allow_private_targets") or local
        return cls(
            name=_text(context, "name", NAME, A_NAME, default="sentinelmesh"),
            home_region=_text(context, "home_region", REGION, A_REGION),
            regions=_regions(context),
            shards=_number(context, "shards", 1, MAX_SHARDS),
            retention_days=_number(context, "retention_days", 1, 3650),
            log_retention_days=_number(context, "log_retention_days", 1, 3653),
            prober_concurrency=_number(context, "prober_concurrency", 2, 1000),
            prober_memory_mb=_number(context, "prober_memory_mb", 128, 10240),
            mail_from=_text(
                context, "mail_from", ADDRESS, AN_ADDRESS, default=LOCAL_SENDER if local else ""
            ),
            public_url=_text(context, "public_url", URL, A_URL).rstrip("/"),
            certificate_arn=_certificate(context),
            status_domains=_domains(context),
            alarm_email=_text(context, "alarm_email", ADDRESS, AN_ADDRESS),
            sns_topics=_topics(context),
            other_resolvers=() if allow_private else _resolvers(context),
            storm_hold_seconds=_number(context, "storm_hold_seconds", 0, MAX_HOLD),
            apprise=_flag(context, "apprise"),
            providers_url=_text(context, "providers_url", URL, A_URL) if local else "",
            allow_private_targets=allow_private,
            local=local,
        )


def _text(context: Context, name: str, pattern: str, wanted: str, default: str = "") -> str:
    """Read a text; an absent or empty one is the default."""
    value = context(name)
    if value is None or value == "":
        value = default
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise BadSetting(f"{name}: {value!r} must be {wanted}")
    return value


def _certificate(context: Context) -> str:
    """Read the certificate; it is for the host under which people see the mesh."""
    arn = _text(context, "certificate_arn", CERTIFICATE, A_CERTIFICATE)
    if arn and not str(context("public_url") or "").startswith("https://"):
        raise BadSetting("certificate_arn: say in public_url which https:// address it is for")
    return arn


def _domains(context: Context) -> dict[str, str]:
    """Read the hosts of status pages; the command line gives them as text: host=slug,host=slug."""
    value = context("status_domains") or {}
    if isinstance(value, str):
        value = dict(each.strip().partition("=")[::2] for each in value.split(",") if each.strip())
    if not isinstance(value, Mapping):
        raise BadSetting(f"status_domains: {value!r} must name hosts and slugs")
    for host, slug in value.items():
        if not (re.fullmatch(HOST, str(host)) and re.fullmatch(SLUG, str(slug))):
            raise BadSetting(f"status_domains: {host!r}: {slug!r} must be {A_DOMAIN}")
    if value and not context("certificate_arn"):
        raise BadSetting("status_domains: give the certificate for these hosts: certificate_arn")
    return dict(value)


def _number(context: Context, name: str, least: int, most: int) -> int:
    """Read a count; the command line gives it as text."""
    value = context(name)
    if not re.fullmatch(r"[0-9]{1,9}", str(value)) or not least <= int(value) <= most:
        raise BadSetting(f"{name}: {value!r} must be a whole number from {least} to {most}")
    return int(value)


def _flag(context: Context, name: str) -> bool:
    """Read a switch; the command line gives it as text."""
    value = context(name)
    if str(value).lower() not in FLAGS:
        raise BadSetting(f"{name}: {value!r} must be true or false")
    return FLAGS[str(value).lower()]


def _topics(context: Context) -> tuple[str, ...]:
    """Read the topics; the command line gives them as text with commas."""
    value = context("sns_topics") or []
    if not isinstance(value, str | list | tuple):
        raise BadSetting(f"sns_topics: {value!r} must be a list of ARNs")
    topics = _listed(value)
    for topic in topics:
        if not re.fullmatch(TOPIC, topic):
            raise BadSetting(f"sns_topics: {topic!r} must be {A_TOPIC}")
    return topics


def _resolvers(context: Context) -> tuple[str, ...]:
    """Read the addresses of name servers; the command line gives them as text with commas."""
    value = context("other_resolvers") or []
    if not isinstance(value, str | list | tuple):
        raise BadSetting(f"other_resolvers: {value!r} must be a list of addresses")
    resolvers = _listed(value)
    for resolver in resolvers:
        try:
            ip_address(resolver)
        except ValueError as error:
            raise BadSetting(f"other_resolvers: {resolver!r} must be an IP address") from error
    return resolvers


def _listed(value: Any) -> tuple[str, ...]:
    written = value.split(",") if isinstance(value, str) else value or ()
    return tuple(str(each).strip() for each in written if str(each).strip())


def _regions(context: Context) -> tuple[str, ...]:
    """Read the probe regions; the command line gives them as text with commas."""
    value = context("regions") or []
    regions = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
    if not isinstance(regions, list | tuple) or not regions:
        raise BadSetting('regions: name at least one region, e.g. ["eu-west-1"]')
    for region in regions:
        if not isinstance(region, str) or not re.fullmatch(REGION, region):
            raise BadSetting(f"regions: {region!r} must be {A_REGION}")
    if len(set(regions)) < len(regions):
        raise BadSetting("regions: a region is named twice")
    return tuple(regions)
