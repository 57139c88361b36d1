"""An empty mesh with an alerter for each test."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.integration.alerter.alerting import AlertStage, an_alert_stage
from tests.integration.alerter.storming import Storm
from tests.support.builders import a_channel


@pytest.fixture
def stage() -> Iterator[AlertStage]:
    with an_alert_stage() as made:
        yield made


@pytest.fixture
def storm() -> Iterator[Storm]:
    with an_alert_stage(hold=timedelta(seconds=5)) as stage:
        stage.configure(a_channel())
        yield Storm(stage)
