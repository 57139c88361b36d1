"""An API over an empty mesh for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.api.stage import Stage, api_stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with api_stage() as made:
        yield made
