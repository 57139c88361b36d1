"""The running mesh that all scenes share."""

from typing import Any

import pytest

from tests.local.mesh import private_mesh, shared_mesh_run
from tests.scenes.client import Mesh

__all__ = ["private_mesh", "shared_mesh_run"]


@pytest.fixture(scope="session")
def mesh(shared_mesh_run: dict[str, Any]) -> Mesh:
    """The shared mesh, as a person sees it."""
    return Mesh(shared_mesh_run)
