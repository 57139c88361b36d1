"""A browser before the running mesh: Debian's Chromium, driven by Playwright."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.person import Person, chromium
from tests.local.mesh import REPOSITORY, shared_mesh_run
from tests.scenes.client import Mesh

__all__ = ["shared_mesh_run"]


@pytest.fixture(scope="session")
def mesh(shared_mesh_run: dict[str, Any]) -> Mesh:
    """The shared mesh, for what happens behind the pages."""
    return Mesh(shared_mesh_run)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of the system; nothing is downloaded.

    Its driver runs an event loop in this thread, in which nobody else could run one: it ends with
    the module, before other tests come.
    """
    program = chromium()
    if program is None:
        pytest.skip("there is no Chromium: install it (Debian: apt-get install chromium)")
    if not (REPOSITORY / "dashboard" / "dist" / "index.html").is_file():
        pytest.skip("the dashboard is not built: run `make dashboard`")
    with sync_playwright() as play:
        # As root, as in most containers, Chromium refuses to start with its sandbox.
        started = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def person(browser: Browser, mesh: Mesh) -> Iterator[Person]:
    """Somebody who has signed in; at the end nothing may have gone wrong in the page."""
    with Person.before(browser, mesh.run["url"]) as somebody:
        somebody.sign_in(mesh.run["email"], mesh.run["password"])
        yield somebody
    assert somebody.complaints == []
