"""The programs in scripts/, which are no package, as modules."""

import importlib.util
import sys
from types import ModuleType

from tests.infra.synthesizing import REPOSITORY


def program(name: str) -> ModuleType:
    """Load a program without running it."""
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their module up by its name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
