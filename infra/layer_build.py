"""Building the layers of packages without Docker: wheels for Lambda's platform, from locks."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Lambda runs this Python on Amazon Linux 2023, whose glibc is 2.34.
PLATFORM = "aarch64-manylinux_2_28"
PYTHON = "3.13"
# What no function ever imports.
SUPERFLUOUS = ("**/__pycache__", "**/tests", "bin", "boto3/examples")


class LayerMissing(RuntimeError):
    """A layer was not built, or from another lock: the text says what to do."""


@dataclass(frozen=True)
class PackageLayer:
    """A layer of locked packages.

    Args:
        folder: where it is built, below .build.
    """

    lock: Path
    folder: Path

    @property
    def _stamp(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.sha256"

    def _wanted(self) -> str:
        return hashlib.sha256(self.lock.read_bytes() + Path(__file__).read_bytes()).hexdigest()

    def built(self) -> Path:
        """Return the folder of the layer.

        Raises:
            LayerMissing: build it first.
        """
        if not self._stamp.exists() or self._stamp.read_text() != self._wanted():
            raise LayerMissing(f"No layer is built from {self.lock} as it is: run `make layer`.")
        return self.folder

    def build(self) -> None:
        """Install the locked packages for Lambda's platform into the layer's folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._stamp.unlink(missing_ok=True)
        target = self.folder / "python"
        subprocess.run(
            [
                Path(sys.executable).parent / "uv",
                *("pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"),
                *("--python-platform", PLATFORM, "--python-version", PYTHON),
                *("--target", target, "-r", self.lock),
            ],
            check=True,
        )
        for pattern in SUPERFLUOUS:
            for path in list(target.glob(pattern)):
                shutil.rmtree(path, ignore_errors=True)
        self._stamp.write_text(self._wanted())

    def size(self) -> int:
        """Count its bytes, unpacked."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


DEPENDENCIES = PackageLayer(Path("requirements/layer.txt"), Path(".build/layer") / PLATFORM)
APPRISE = PackageLayer(Path("requirements/apprise.txt"), Path(".build/apprise-layer") / PLATFORM)


def main() -> int:
    """Build the layers unless they are there."""
    for layer in (DEPENDENCIES, APPRISE):
        try:
            layer.built()
        except LayerMissing:
            print(f"[layer] packages for Lambda into {layer.folder.parent}", flush=True)  # noqa: T201
            layer.build()
    size = sum(layer.size() for layer in (DEPENDENCIES, APPRISE)) / 1e6
    print(f"[layer] {size:.0f} MB unpacked, of the 250 MB that Lambda allows")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
