"""The stand-ins, and what each is known to do otherwise than AWS."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.conformance.deviations import DEVIATIONS
from tests.conformance.emulated import Emulator, emulated, shared_emulator
from tests.conformance.mocked import mocked
from tests.conformance.simulated import Simulation
from tests.conformance.stand_ins import StandIn

STAND_INS = ("simulation", "moto", "emulator")
# How a stand-in shows that it behaves otherwise; any other error is a mistake of the suite.
SHOWN_BY = (AssertionError, ClientError, KeyError, TypeError, pytest.fail.Exception)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The embedded AWS of this run."""
    with shared_emulator(tmp_path_factory) as running:
        yield running


@pytest.fixture(params=STAND_INS)
def aws(request: pytest.FixtureRequest) -> Iterator[StandIn]:
    """Each AWS in turn, with nothing of other tests in it."""
    if request.param == "simulation":
        yield Simulation()
    elif request.param == "moto":
        with mocked() as stand_in:
            yield stand_in
    else:
        with emulated(request.getfixturevalue("emulator")) as stand_in:
            yield stand_in


def _stand_in_of(item: pytest.Function) -> str:
    return str(item.callspec.params["aws"])


def _name_of(item: pytest.Function) -> str:
    """Return a test without its stand-in, but with its case if it has several."""
    case = item.callspec.id.replace(_stand_in_of(item), "").strip("-")
    return f"{item.originalname}[{case}]" if case else item.originalname


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the known deviations to fail, and nothing else."""
    for item in items:
        if not isinstance(item, pytest.Function) or "aws" not in item.fixturenames:
            continue
        stand_in = _stand_in_of(item)
        if stand_in == "emulator":
            item.add_marker(pytest.mark.enable_socket)
        known = DEVIATIONS[stand_in]
        does = known.get(_name_of(item)) or known.get(item.originalname)
        if does:
            item.add_marker(
                pytest.mark.xfail(
                    strict=True,
                    raises=SHOWN_BY,
                    reason=f"{stand_in}: {does} Should it pass, it does so no longer: take the "
                    "line out of tests/conformance/deviations.py.",
                )
            )
