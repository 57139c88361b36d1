"""The tests, collected once or for one mutant alone, and run until the first that fails."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from hypothesis import settings

from tools.mutation.ground import Ground

# Time on the clock proves nothing on a busy machine: whoever forks limits computing time.
OPTIONS = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=0", "--no-header")


class Suite:
    """A pytest plugin that lets others decide which of the collected tests run, and when.

    Args:
        work: what to do once all tests are collected.
        wanted: tests to keep, by their id and in this order; None keeps all.
    """

    def __init__(self, work: Callable[["Suite"], None], wanted: Sequence[str] | None) -> None:
        self._work = work
        self._wanted = wanted
        self._plugins: pytest.PytestPluginManager | None = None
        self.items: dict[str, pytest.Item] = {}
        self.failed: Callable[[str], None] = lambda _test: None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Have Hypothesis try the same examples for each mutant and remember none."""
        self._plugins = config.pluginmanager
        settings.register_profile("mutation", settings(), derandomize=True, database=None)
        settings.load_profile("mutation")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what is wanted."""
        self.items = {item.nodeid: item for item in items}
        if self._wanted is not None:
            self.items = {each: self.items[each] for each in self._wanted if each in self.items}
            items[:] = list(self.items.values())

    def pytest_runtestloop(self) -> bool:
        """Do the work instead of running everything."""
        self._work(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell of a failure."""
        if report.failed:
            self.failed(report.nodeid)

    def be_silent(self) -> None:
        """Print nothing more in this process, which only answers yes or no."""
        if self._plugins is not None:
            self._plugins.unregister(name="terminalreporter")
        be_silent()

    def run(self, tests: Sequence[str]) -> None:
        """Run some tests in this order."""
        items = [self.items[each] for each in tests if each in self.items]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

    def times(self, tests: Sequence[str], before_each: Callable[[], None]) -> dict[str, float]:
        """Run tests one by one; give the computing time that each takes, in seconds."""
        taken = {}
        for test in tests:
            before_each()
            began = time.process_time()
            self.run([test])
            taken[test] = time.process_time() - began
        return taken


def collected(
    ground: Ground, work: Callable[[Suite], None], wanted: Sequence[str] | None = None
) -> int:
    """Collect tests in this process, then do some work; gives pytest's exit code."""
    os.chdir(ground.root)
    files = ground.tests if wanted is None else sorted({each.split("::")[0] for each in wanted})
    without = [f"--ignore={each}" for each in ground.left_out]
    return int(pytest.main([*OPTIONS, *without, *files], plugins=[Suite(work, wanted)]))


def be_silent() -> None:
    """Let a process that only answers yes or no print nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def preload() -> None:
    """Import what takes long and is never changed, for all processes to come."""
    for name in ("boto3", "botocore.session", "moto", "moto.dynamodb", "moto.sqs", "pydantic"):
        with suppress(ImportError):
            __import__(name)
