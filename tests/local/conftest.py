"""Fixtures of the local mesh's own tests."""

from tests.local.emulators import emulator
from tests.local.loopback_targets import targets
from tests.local.mesh import private_mesh, shared_mesh_run

__all__ = ["emulator", "private_mesh", "shared_mesh_run", "targets"]
