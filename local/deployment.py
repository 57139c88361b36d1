"""The real `cdk deploy` onto the embedded AWS, and the question whether it is needed."""

import asyncio
import hashlib
import os
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path

from local.errors import StepFailed
from local.mesh_facts import ACCOUNT, MeshFacts
from local.options import Options, host_environment
from local.prerequisites import cdk_program

DEPLOYED_FOLDERS = ("infra", "functions", "layers")
DEPLOYED_FILES = ("cdk.json", "requirements/layer.txt", "requirements/emulator.txt")
IGNORED = ("__pycache__", ".pyc")


def fingerprint(root: Path, settings: Sequence[str]) -> str:
    """Hash everything that a deployment is made of; the same hash means nothing to deploy."""
    digest = hashlib.sha256("\0".join(settings).encode())
    for path in sorted(_deployed(root)):
        digest.update(str(path.relative_to(root)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _deployed(root: Path) -> Iterable[Path]:
    for folder in DEPLOYED_FOLDERS:
        yield from (
            path
            for path in (root / folder).rglob("*")
            if path.is_file() and not any(mark in str(path) for mark in IGNORED)
        )
    yield from (root / name for name in DEPLOYED_FILES if (root / name).is_file())


class Deployment:
    """Runs the pinned CDK command line against one emulator."""

    def __init__(
        self,
        options: Options,
        facts: MeshFacts,
        *,
        emulator_url: str,
        public_url: str,
        providers_url: str,
    ) -> None:
        self._options = options
        self._facts = facts
        self._emulator_url = emulator_url
        self._public_url = public_url
        self._providers_url = providers_url

    async def bootstrap(self) -> None:
        """Prepare every region for deployments."""
        environments = [f"aws://{ACCOUNT}/{region}" for region in self._facts.all_regions]
        # From a folder without cdk.json: bootstrapping would synthesize the app for nothing.
        await self._cdk("bootstrap", self._options.state, *environments)

    async def deploy(self) -> None:
        """Deploy every stack."""
        await self._cdk(
            "deploy",
            self._options.root,
            *("--all", "--require-approval", "never", "--concurrency", "4"),
            *("-c", "local=1", "-c", f"public_url={self._public_url}"),
            *("-c", f"providers_url={self._providers_url}"),
            # Here monitors look every ten seconds: what fails together is found together.
            *("-c", "storm_hold_seconds=2"),
            *("--output", str(self._options.state / "cdk.out")),
        )

    async def _cdk(self, command: str, folder: Path, *arguments: str) -> None:
        log_path = self._options.logs / f"{command}.log"
        with log_path.open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                str(cdk_program(self._options.root)),
                command,
                *arguments,
                "--ci",
                "--no-notices",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=folder,
                start_new_session=True,
            )
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        if code != 0:
            raise StepFailed(f"`cdk {command}` failed; {log_path} says:\n{_end_of(log_path)}")

    def _environment(self) -> dict[str, str]:
        return host_environment(
            {
                "AWS_ENDPOINT_URL": self._emulator_url,
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": "local",
                "AWS_REGION": self._facts.home_region,
                "AWS_DEFAULT_REGION": self._facts.home_region,
                "AWS_EC2_METADATA_DISABLED": "true",
                "CDK_DISABLE_CLI_TELEMETRY": "true",
                "CDK_DISABLE_VERSION_CHECK": "1",
                "NO_COLOR": "1",
                "PATH": f"{self._options.root / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            }
        )


def _end_of(log_path: Path, lines: int = 15) -> str:
    return "\n".join(log_path.read_text(errors="replace").strip().splitlines()[-lines:])
