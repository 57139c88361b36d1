"""An empty mesh with an alerter for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.alerter.alerting import AlertStage, an_alert_stage


@pytest.fixture
def stage() -> Iterator[AlertStage]:
    with an_alert_stage() as made:
        yield made
