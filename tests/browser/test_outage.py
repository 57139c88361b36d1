"""From adding a monitor to the end of its outage, as a person takes part in it."""

import re
from urllib.parse import urlsplit

import pytest

from tests.browser.person import Person
from tests.scenes.client import Mesh

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]
NAME = "Checkout <b>of</b> browsers"


def test_a_person_adds_a_monitor_and_sees_its_outage_through(person: Person, mesh: Mesh) -> None:
    heard = mesh.add_channels("browsed")
    _add(person, mesh)
    _see_it_up(person)
    mesh.switch("browsed", "down")
    person.page.locator(".facts .is-down").first.wait_for()
    _take_care(person, mesh)
    # An outage that ends before it was announced is told together with its end.
    heard.await_counts((1, 1, 1))
    mesh.switch("browsed", "up")
    person.page.locator(".facts .is-up").first.wait_for()
    person.sees("Up again:")
    assert person.barriers() == []
    # That somebody takes care is told where acknowledgements are asked for, and by default nowhere.
    heard.await_counts((2, 2, 2))


def _add(person: Person, mesh: Mesh) -> None:
    """Try it before it is saved, and correct what the API finds wrong."""
    person.follow("Monitors")
    person.follow("Add a monitor")
    person.page.get_by_label("Name (needed)").fill(NAME)
    person.page.get_by_label("Target (needed)").fill("nowhere")
    person.page.get_by_label("Interval").select_option("10")
    person.page.get_by_label("Timeout").fill("3000")
    _choose_who_is_told(person)
    person.press("Add the monitor")
    person.page.locator(".wrong .error").first.wait_for()
    target = person.page.get_by_label("Target (needed)")
    assert target.evaluate("field => field === document.activeElement")
    target.fill(mesh.target("browsed"))
    person.press("Check now, without saving")
    dialog = person.page.get_by_role("dialog")
    dialog.wait_for()
    assert dialog.locator(".results > li").count() == len(mesh.run["regions"])
    person.press("Close")
    person.press("Add the monitor")


def _choose_who_is_told(person: Person) -> None:
    """Tell the scene's own channels only: other scenes run on the same mesh, and listen."""
    person.page.locator("summary", has_text="Who is told").click()
    channels = person.page.get_by_role("group", name="Channels")
    channels.get_by_label("all, also those to come").uncheck()
    for other in channels.locator("label", has_not_text="browsed").get_by_role("checkbox").all():
        other.set_checked(checked=False)


def _see_it_up(person: Person) -> None:
    person.page.get_by_role("heading", name=NAME, level=1).wait_for()
    # What was written stays text: there is no element of it.
    assert person.page.locator("h1 b").count() == 0
    person.page.locator(".facts .is-up").first.wait_for()
    # By its first look, or by its first slot where that came too late.
    worked = re.compile("^Up: (a verified|the first) probe from ")
    person.page.get_by_text(worked).first.wait_for()


def _follow_the_link_of_a_message(person: Person, mesh: Mesh) -> None:
    """It leads through signing in, and acknowledges without another click."""
    link = f"{urlsplit(person.page.url).path}?acknowledge=1"
    person.press("Sign out")
    person.sign_in(mesh.run["email"], mesh.run["password"], link)
    person.page.wait_for_url(lambda url: url.endswith(link.partition("?")[0]))


def _take_care(person: Person, mesh: Mesh) -> None:
    """Read why, acknowledge, and write a note."""
    person.sees("needed: 2")
    person.page.locator(".incidents a").first.click()
    person.sees("verifying")
    person.page.locator(".votes li").first.wait_for()
    person.page.get_by_role("button", name="Acknowledge").wait_for()
    _follow_the_link_of_a_message(person, mesh)
    person.sees("takes care of it.")
    person.page.get_by_label("Note").fill("Restarted <script>alert(1)</script>")
    person.press("Add note")
    person.sees("Restarted <script>alert(1)</script>")
    assert person.barriers() == []
    person.follow("To the monitor")
