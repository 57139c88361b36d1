"""`python -m local`: the command behind `make run`."""

import asyncio
import os
import sys

from local.errors import LocalMeshError
from local.mesh import run
from local.options import read_options


def main() -> None:
    """Run a local mesh; what stops it is told in one sentence."""
    options = read_options(sys.argv[1:], os.environ)
    # State and logs hold passwords and what monitors send: for the owner's eyes only.
    os.umask(0o077)
    # A profile or endpoint of the caller's must never meet the embedded AWS.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    try:
        asyncio.run(run(options))
    except* LocalMeshError as failures:
        sys.exit("\n".join(f"\n  {failure}" for failure in _sentences(failures)))
    except* KeyboardInterrupt:
        sys.exit(130)


def _sentences(failures: BaseExceptionGroup[LocalMeshError]) -> list[str]:
    flat: list[str] = []
    for failure in failures.exceptions:
        if isinstance(failure, BaseExceptionGroup):
            flat += _sentences(failure)
        else:
            flat.append(str(failure))
    return flat


if __name__ == "__main__":
    main()
