"""What a deployment is asked to be: the settings of cdk.json, checked, with a sentence for each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

REGION_EXAMPLE = "eu-west-1"
MOST_SHARDS = 64
LOCAL_SENDER = "alerts@sentinelmesh.example"


class BadSetting(ValueError):
    """A setting in cdk.json is unusable; the text says which and what it should be."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The settings of one deployment.

    Args:
        name: prefix of every physical name; two meshes in one account differ by it.
        local: deployed onto the emulator of the local mesh instead of AWS.
        mail_from: the sender of alert mails; empty means that mail channels cannot send.
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
    alarm_email: str
    allow_private_targets: bool
    local: bool

    @classmethod
    def from_context(cls, context: Callable[[str], Any]) -> Self:
        """Read the settings.

        Raises:
            BadSetting: one of them is unusable.
        """
        local = str(context("local") or "") in {"1", "true", "True"}
        regions = tuple(_text_list(context, "regions"))
        made = cls(
            name=str(context("name") or "sentinelmesh"),
            home_region=str(context("home_region") or ""),
            regions=regions,
            shards=_number(context, "shards", 1, MOST_SHARDS),
            retention_days=_number(context, "retention_days", 1, 3650),
            log_retention_days=_number(context, "log_retention_days", 1, 3653),
            prober_concurrency=_number(context, "prober_concurrency", 2, 1000),
            prober_memory_mb=_number(context, "prober_memory_mb", 128, 10240),
            mail_from=str(context("mail_from") or (LOCAL_SENDER if local else "")),
            public_url=str(context("public_url") or "").rstrip("/"),
            alarm_email=str(context("alarm_email") or ""),
            allow_private_targets=local or context("allow_private_targets") in {True, "true"},
            local=local,
        )
        made.check()
        return made

    def check(self) -> None:
        """Refuse what would fail later, deep inside a deployment.

        Raises:
            BadSetting: with a sentence for the person who edits cdk.json.
        """
        if not self.name.replace("-", "").isalnum() or len(self.name) > 32:  # noqa: PLR2004
            raise BadSetting(f"name: {self.name!r} must be letters, digits and hyphens, at most 32")
        if not self.regions:
            raise BadSetting(f'regions: name at least one region, e.g. ["{REGION_EXAMPLE}"]')
        if len(set(self.regions)) < len(self.regions):
            raise BadSetting("regions: a region is named twice")
        for region in (self.home_region, *self.regions):
            if region.count("-") < 2:  # noqa: PLR2004 (eu-west-1 has two)
                raise BadSetting(f"{region!r} is no AWS region; one looks like {REGION_EXAMPLE}")


def _text_list(context: Callable[[str], Any], name: str) -> list[str]:
    """Read a list; the command line gives it as text with commas."""
    value = context(name) or []
    return value.split(",") if isinstance(value, str) else list(value)


def _number(context: Callable[[str], Any], name: str, least: int, most: int) -> int:
    value = context(name)
    if not str(value).isdecimal() or not least <= int(value) <= most:
        raise BadSetting(f"{name}: {value!r} must be a whole number from {least} to {most}")
    return int(value)
