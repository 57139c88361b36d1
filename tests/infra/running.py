"""Functions run as they are deployed: the environment of the templates, a mesh in memory."""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.infra.mesh import MeshInTemplates
from tests.infra.synthesizing import REPOSITORY
from tests.integration.tables import MotoMesh, moto_mesh

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class RunningMesh:
    """The functions of a deployment over moto's tables and queues."""

    def __init__(self, templates: MeshInTemplates, aws: MotoMesh) -> None:
        self.templates = templates
        self.aws = aws

    @contextmanager
    def process(self, role: str) -> Iterator[Any]:
        """Have a fresh process of a function: its handler's module, wired anew."""
        function = self.templates.function(role)
        handler = importlib.import_module(f"functions.{role}.handler")
        with pytest.MonkeyPatch.context() as environment:
            for name, value in {**function.environment, **CREDENTIALS}.items():
                environment.setenv(name, value)
            environment.setenv("AWS_REGION", function.template.region)
            environment.setenv("AWS_DEFAULT_REGION", function.template.region)
            handler.wire.cache_clear()
            try:
                yield handler
            finally:
                handler.wire.cache_clear()

    def invoke(self, role: str, event: Any, at: datetime) -> Any:
        """Invoke a function at a moment."""
        with self.process(role) as handler, time_machine.travel(at, tick=True):
            timeout = self.templates.function(role).properties["Timeout"]
            return handler.lambda_handler(event, FakeContext(timeout))


class FakeContext:
    """As much of Lambda's context as the functions read."""

    def __init__(self, timeout_seconds: int) -> None:
        self._timeout_seconds = timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Tell what a function may still take: all of its time."""
        return 1000 * self._timeout_seconds


@contextmanager
def running(templates: MeshInTemplates) -> Iterator[RunningMesh]:
    """Have an empty mesh in memory for a while."""
    with moto_mesh() as aws:
        yield RunningMesh(templates, aws)


def samples() -> dict[str, Any]:
    """Give the sample events by name, e.g. "scheduler-minute"."""
    folder: Path = REPOSITORY / "events"
    return {each.stem: json.loads(each.read_text()) for each in sorted(folder.glob("*.json"))}
