"""Every page: open to everybody, in light and dark, on a desk and on a phone."""

import gzip
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.person import DESK, PHONE, Person
from tests.local.mesh import REPOSITORY
from tests.scenes.client import Mesh, fetch

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]
PAGES = (
    "/", "/?group=tag", "/monitors/new", "/monitors/{monitor}", "/monitors/{monitor}/edit",
    "/maintenance", "/maintenance/new", "/incidents", "/channels", "/channels/new",
    "/policies", "/policies/new", "/paused-addresses", "/status-pages", "/status-pages/new",
    "/mesh", "/people", "/tokens", "/audit", "/nowhere",
)  # fmt: skip
MAX_SCRIPT_BYTES = 150_000
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "dark"), (PHONE, "light")], ids=str)
def test_no_page_keeps_anybody_out(
    browser: Browser, mesh: Mesh, size: tuple[int, int], scheme: Any
) -> None:
    monitor = mesh.add_monitor("Looked at", mesh.target("looked-at"), tags=["pages"])
    mesh.await_status(monitor, "up")
    with Person.before(browser, mesh.run["url"], size, scheme) as somebody:
        somebody.sign_in(mesh.run["email"], mesh.run["password"])
        found = {}
        for pattern in PAGES:
            path = pattern.replace("{monitor}", monitor)
            somebody.walk_to(path)
            trouble = somebody.barriers()
            if somebody.sideways() > 0:
                trouble.append(f"wider than the window by {somebody.sideways()} px")
            if trouble:
                found[pattern] = trouble
        assert found == {}
        assert somebody.complaints == []


def test_what_is_loaded_first_is_small(mesh: Mesh) -> None:
    page = fetch("GET", f"{mesh.run['url']}/", None, {})
    scripts = re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', page.text)
    assert scripts
    built = REPOSITORY / "dashboard" / "dist"
    compressed = sum(len(gzip.compress((built / each[1:]).read_bytes(), 9)) for each in scripts)
    assert compressed <= MAX_SCRIPT_BYTES
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_everything_is_reached_by_keyboard(person: Person, mesh: Mesh) -> None:
    mesh.add_monitor("Found by letters", mesh.target("letters"), tags=["keys"])
    keyboard = person.page.keyboard
    person.walk_to("/?q=letters")
    person.page.locator(".monitor", has_text="Found by letters").wait_for()
    keyboard.press("Control+k")
    keyboard.type("letters")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="Found by letters").wait_for()
    keyboard.press("/")
    keyboard.type("channels page")
    keyboard.press("Enter")
    person.page.get_by_role("heading", name="Channels", level=1).wait_for()
    keyboard.press("Control+k")
    assert person.barriers() == []
    keyboard.press("Escape")
    assert person.page.get_by_role("dialog").count() == 0


def test_when_the_api_is_away_the_last_data_stay_with_their_age(person: Person, mesh: Mesh) -> None:
    mesh.add_monitor("Still there", mesh.target("still"))
    # Beside the hundred monitors of a storm it would be too far down to be drawn.
    person.walk_to("/?q=still")
    person.sees("Still there")
    person.page.route("**/v1/**", lambda route: route.abort())
    person.sees("The API does not answer.")
    person.sees("Still there")
    person.page.unroute("**/v1/**")
    person.page.locator(".away").wait_for(state="detached")


def test_maintenance_is_announced_and_the_monitor_says_so(person: Person, mesh: Mesh) -> None:
    monitor = mesh.add_monitor("Moved tonight", mesh.target("moved"), tags=["moving"])
    person.follow("Maintenance")
    person.follow("Add a maintenance window")
    person.page.get_by_label("Name (needed)").fill("Moving house")
    person.page.get_by_label("Starts at (needed)").fill("2026-01-01T00:00:00Z")
    person.page.get_by_label("Ends at (needed)").fill("2025-01-01T00:00:00Z")
    person.page.get_by_label("Tags").fill("moving")
    person.press("Add")
    person.page.locator(".wrong .error").first.wait_for()
    now = datetime.now(UTC)
    for name, at in (("Starts at", now - HOUR), ("Ends at", now + HOUR)):
        person.page.get_by_label(f"{name} (needed)").fill(at.isoformat(timespec="seconds"))
    person.press("Add")
    person.page.locator(".calendar", has_text="Moving house").wait_for()
    person.walk_to(f"/monitors/{monitor}")
    person.page.locator(".facts .status.is-maintenance").first.wait_for()


def test_a_channel_is_added_tested_and_heard(person: Person, mesh: Mesh) -> None:
    person.follow("Channels")
    person.follow("Add a channel")
    person.page.get_by_label("Name (needed)").fill("Browsers")
    person.page.get_by_label("Kind (needed)").select_option("email")
    person.page.get_by_label("To").fill("browsers@shop.example")
    person.press("Add the channel")
    card = person.page.locator(".card", has_text="Browsers")
    card.get_by_role("button", name="Send a test").click()
    card.get_by_text("The provider said:").wait_for()
    mails = fetch("GET", mesh.run["mail_url"], None, {}).body
    assert any("browsers@shop.example" in mail["to"] for mail in mails)
    card.get_by_role("button", name="Delete").click()
    person.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    card.wait_for(state="detached")
