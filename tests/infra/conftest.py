"""Fixtures of the tests of the infrastructure."""

import os
from pathlib import Path

import pytest

from tests.infra.mesh import MeshInTemplates
from tests.infra.synthesizing import assembly
from tests.infra.templates import Assembly

# Synthesis takes ten seconds; on a busy machine it takes what it takes, and that is no finding.
PATIENCE_SECONDS = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the tests of this folder be patient."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE_SECONDS))


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def standard(shared_folder: Path) -> Assembly:
    """The deployment that cdk.json describes, with a sender and somebody to tell."""
    return assembly(shared_folder, "standard")


@pytest.fixture(scope="session")
def other(shared_folder: Path) -> Assembly:
    """A deployment that differs in every setting."""
    return assembly(shared_folder, "other")


@pytest.fixture(scope="session")
def local(shared_folder: Path) -> Assembly:
    """What the local mesh deploys."""
    return assembly(shared_folder, "local")


@pytest.fixture(scope="session")
def mesh(standard: Assembly) -> MeshInTemplates:
    """The functions of the standard deployment with everything that belongs to them."""
    return MeshInTemplates(standard)
