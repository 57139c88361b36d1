"""Building the dependency layer without Docker: wheels for Lambda's platform, from the lock."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

# Lambda runs this Python on Amazon Linux 2023, whose glibc is 2.34.
PLATFORM = "aarch64-manylinux_2_28"
PYTHON = "3.13"
LOCK = Path("requirements/layer.txt")
LAYER = Path(".build/layer") / PLATFORM
STAMP = LAYER.parent / f"{PLATFORM}.sha256"
# What no function ever imports.
SUPERFLUOUS = ("**/__pycache__", "**/tests", "bin", "boto3/examples")


class LayerMissing(RuntimeError):
    """The layer was not built, or from another lock: the text says what to do."""


def _wanted() -> str:
    return hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()


def built_layer() -> Path:
    """Give the folder of the layer.

    Raises:
        LayerMissing: build it first.
    """
    if not STAMP.exists() or STAMP.read_text() != _wanted():
        raise LayerMissing("The dependency layer is not built for this lock: run `make layer`.")
    return LAYER


def build() -> None:
    """Install the locked packages for Lambda's platform into the layer's folder."""
    shutil.rmtree(LAYER, ignore_errors=True)
    STAMP.unlink(missing_ok=True)
    target = LAYER / "python"
    subprocess.run(
        [
            Path(sys.executable).parent / "uv",
            *("pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"),
            *("--python-platform", PLATFORM, "--python-version", PYTHON),
            *("--target", target, "-r", LOCK),
        ],
        check=True,
    )
    for pattern in SUPERFLUOUS:
        for path in list(target.glob(pattern)):
            shutil.rmtree(path, ignore_errors=True)
    STAMP.write_text(_wanted())


def main() -> int:
    """Build the layer unless it is there."""
    try:
        built_layer()
    except LayerMissing:
        print("[layer] packages for Lambda into .build/layer", flush=True)  # noqa: T201
        build()
    size = sum(path.stat().st_size for path in LAYER.rglob("*") if path.is_file())
    print(f"[layer] {size / 1e6:.0f} MB unpacked, of the 250 MB that Lambda allows")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
