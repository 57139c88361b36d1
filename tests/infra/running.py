"""Functions run as they are deployed: the environment of the templates, a mesh in memory."""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import time_machine

from infra.handlers import module_of
from tests.infra.mesh import FunctionInTemplate, MeshInTemplates
from tests.infra.synthesizing import REPOSITORY
from tests.support.moto_mesh import MotoMesh, moto_mesh

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_EC2_METADATA_DISABLED": "true",
}


class RunningMesh:
    """The functions of a deployment over moto's tables and queues, one process of each."""

    def __init__(self, templates: MeshInTemplates, aws: MotoMesh) -> None:
        self.templates = templates
        self.aws = aws
        self._processes: dict[str, ModuleType] = {}

    def invoke(self, role: str, event: Any, at: datetime) -> Any:
        """Invoke a function at a moment."""
        function = self.templates.function(role)
        with self._environment(function), time_machine.travel(at, tick=True):
            context = FakeContext(function.properties["Timeout"])
            return self._process(role).lambda_handler(event, context)

    @contextmanager
    def _environment(self, function: FunctionInTemplate) -> Iterator[None]:
        region = function.template.region
        regions = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in {**function.environment, **CREDENTIALS, **regions}.items():
                environment.setenv(name, value)
            yield

    def _process(self, role: str) -> ModuleType:
        """Return a function's process: its handler's module, wired at its first invocation."""
        if role not in self._processes:
            handler = importlib.import_module(module_of(role))
            handler.wire.cache_clear()
            self._processes[role] = handler
        return self._processes[role]

    def end(self) -> None:
        """End all processes: nobody may find what is wired to a mesh that is gone."""
        for handler in self._processes.values():
            handler.wire.cache_clear()


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
        mesh = RunningMesh(templates, aws)
        try:
            yield mesh
        finally:
            mesh.end()


def samples() -> dict[str, Any]:
    """Return the sample events by name, e.g. "scheduler-minute"."""
    folder: Path = REPOSITORY / "events"
    return {each.stem: json.loads(each.read_text()) for each in sorted(folder.glob("*.json"))}
