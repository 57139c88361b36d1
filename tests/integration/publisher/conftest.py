from collections.abc import Iterator

import pytest

from tests.integration.publisher.publishing import PageStage, page_stage


@pytest.fixture
def stage() -> Iterator[PageStage]:
    with page_stage() as made:
        yield made
