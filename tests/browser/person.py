"""Somebody who uses the dashboard with mouse, keyboard and eyes."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from playwright.sync_api import Browser, Locator, Page

from tests.local.mesh import REPOSITORY

PATIENCE_MS = 90_000
AXE = REPOSITORY / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SERIOUS = ("serious", "critical")
DESK, PHONE = (1280, 900), (390, 844)


@dataclass
class Person:
    """One tab.

    Args:
        complaints: what the browser said that it should not have: errors of scripts, and breaches
            of the Content-Security-Policy.
    """

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    @classmethod
    @contextmanager
    def before(
        cls, browser: Browser, url: str, size: tuple[int, int] = DESK, scheme: Any = "light"
    ) -> Iterator[Self]:
        """Sit down before a fresh browser that knows nothing."""
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        somebody = cls(page, url)
        page.on("pageerror", lambda error: somebody.complaints.append(str(error)))
        page.on("console", lambda said: somebody._hear(said.type, said.text))
        try:
            yield somebody
        finally:
            context.close()

    def _hear(self, kind: str, text: str) -> None:
        # The browser tells of each refused request too, which is no fault of the page.
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def sign_in(self, email: str, password: str, path: str = "") -> None:
        """Open a page of the dashboard, the first one if none is named, and sign in."""
        self.page.goto(self.url + path)
        self.page.get_by_label("Mail address").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")
        self.page.get_by_role("button", name="Sign out").wait_for()

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def sees(self, text: str) -> Locator:
        """Wait until a text is there."""
        found = self.page.get_by_text(text).first
        found.wait_for()
        return found

    def walk_to(self, path: str) -> None:
        """Go to a page as its links do: without a reload, which would ask for the login."""
        self.page.evaluate(
            "to => { history.pushState(null, '', to); dispatchEvent(new Event('popstate')); }", path
        )
        self.page.locator("h1").wait_for()
        self.page.wait_for_function("() => !document.querySelector('.loading')")

    def barriers(self) -> list[str]:
        """Return what would keep people out, as axe finds it: its serious and critical findings."""
        self.page.evaluate(_axe())
        found = self.page.evaluate("async () => (await axe.run()).violations")
        return [
            f"{each['id']}: {json.dumps(each['nodes'][0]['target'])} {each['help']}"
            for each in found
            if each["impact"] in SERIOUS
        ]

    def sideways(self) -> int:
        """Say by how many pixels the page is wider than its window."""
        wider: int = self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wider

    def kept(self) -> str:
        """Return everything that this browser would still have after a reload."""
        stored: str = self.page.evaluate(
            "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
        )
        return stored + json.dumps(self.page.context.cookies())


def chromium() -> str | None:
    """Find the browser of the system, if it has one; nothing is downloaded."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")
