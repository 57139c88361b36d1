"""What a mesh was asked to be: command line and environment, read once."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8080


@dataclass(frozen=True)
class Options:
    """One mesh: where it lives, where it answers, how it talks."""

    root: Path
    state: Path
    port: int
    fresh: bool
    demo: bool
    json_log: bool
    parent: int | None

    @property
    def emulator_home(self) -> Path:
        """The emulator's virtual environment: shared by all meshes of this repository."""
        return self.root / ".local" / "emulator-env"

    @property
    def run_file(self) -> Path:
        """Written when the mesh is ready, removed when it stops."""
        return self.state / "run.json"

    @property
    def aws(self) -> Path:
        """State of the embedded AWS."""
        return self.state / "aws"

    @property
    def logs(self) -> Path:
        """Logs of the emulator, the deployment and the functions."""
        return self.state / "log"

    @property
    def temporary(self) -> Path:
        """Scratch space, wiped at start and stop."""
        return self.state / "tmp"

    @property
    def function_log(self) -> Path:
        """One line per line that a function wrote."""
        return self.logs / "functions.jsonl"


def read_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Combine flags with the variables that `make run` passes on; a flag wins.

    >>> read_options(["--port", "0"], {"DEMO": "1"}).demo
    True
    """
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--state", type=Path, default=REPOSITORY / ".local", help="state folder")
    parser.add_argument("--port", type=int, default=environment.get("PORT") or DEFAULT_PORT)
    parser.add_argument("--fresh", action="store_true", default=_is_on(environment, "FRESH"))
    parser.add_argument("--demo", action="store_true", default=_is_on(environment, "DEMO"))
    parser.add_argument("--json-log", action="store_true", default=environment.get("LOG") == "json")
    parser.add_argument("--parent", type=int, help="stop when the process with this id has ended")
    given = parser.parse_args(arguments)
    return Options(
        root=REPOSITORY,
        state=given.state.resolve(),
        port=given.port,
        fresh=given.fresh,
        demo=given.demo,
        json_log=given.json_log,
        parent=given.parent,
    )


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() not in {"", "0", "no", "false"}


def host_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without its AWS account and proxies, plus ours.

    For programs that we start: they talk to the embedded AWS and to nobody else.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("AWS_") and not key.lower().endswith("_proxy")
    }
    return {**kept, **extra}
