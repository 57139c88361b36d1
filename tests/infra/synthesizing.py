"""Synthesis, once for a whole test run: it is the slow part of these tests."""

import contextlib
import fcntl
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.infra.templates import Assembly

REPOSITORY = Path(__file__).resolve().parent.parent.parent
CONTEXT: Mapping[str, Any] = json.loads((REPOSITORY / "cdk.json").read_text())["context"]

# The deployments that are looked at: what each of them sets beside, or instead of, cdk.json.
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "standard": {
        "mail_from": "alerts@shop.example",
        "alarm_email": "ops@shop.example",
        "public_url": "https://mesh.shop.example",
    },
    "other": {
        "name": "watch",
        "home_region": "us-west-2",
        "regions": ["eu-central-1", "us-west-2"],
        "shards": 4,
        "retention_days": 7,
        "log_retention_days": 90,
        "prober_concurrency": 50,
        "prober_memory_mb": 1024,
        "public_url": "https://status.shop.example/",
        "sns_topics": ["arn:aws:sns:us-east-1:123456789012:outages"],
        "apprise": True,
        "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/11aa-22bb",
        "status_domains": {"shop-status.example": "shop"},
    },
    "local": {"local": "1", "public_url": "http://127.0.0.1:8080"},
}


# What the CDK's command line adds: which folder is whose code, and whose construct is what.
BY_THE_COMMAND_LINE = {
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:bundling-stacks": [],
}


def context_of(variant: str) -> dict[str, Any]:
    """Return the context of a variant's app."""
    return {**CONTEXT, **VARIANTS[variant], **BY_THE_COMMAND_LINE}


def synthesize(folder: Path, context: Mapping[str, Any]) -> None:
    """Write the cloud assembly of a deployment into a folder.

    The dependency layer has to be there: `make test` builds it before it runs the tests.
    """
    from aws_cdk import App

    from infra.app import compose

    with contextlib.chdir(REPOSITORY):
        app = App(outdir=str(folder), context=context)
        compose(app)
        app.synth()


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Have a folder made by the first of all workers that asks; the others wait for it."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / ".done"
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def assembly(shared: Path, variant: str) -> Assembly:
    """Return a variant's assembly.

    Args:
        shared: a folder that all workers of a test run have in common.
    """
    context = context_of(variant)
    folder = once(shared / f"assembly-{variant}", lambda made: synthesize(made, context))
    return Assembly.read(folder)
