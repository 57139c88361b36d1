"""A status page, from the form to its readers, who have signed in nowhere."""

import struct
import zlib
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.person import DESK, PHONE, Person
from tests.scenes.client import Mesh, fetch, until

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]
TITLE = "How <i>we</i> are"


def a_picture() -> bytes:
    """Build a PNG of one dark pixel."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))]
    parts += [(b"IDAT", zlib.compress(b"\x00\x40")), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_a_page_is_published_read_told_of_an_outage_and_taken_down(
    person: Person, mesh: Mesh, browser: Browser
) -> None:
    monitor = mesh.add_monitor("Internal name", mesh.target("published"))
    mesh.await_status(monitor, "up")
    _publish(person)
    with Person.before(browser, mesh.run["url"], PHONE, "dark") as reader:
        _read(reader, mesh)
        mesh.switch("published", "down")
        mesh.await_status(monitor, "down")
        _post(person)
        _see_the_outage(reader)
        assert reader.kept() == '[{},{},""][]'
        assert reader.complaints == []
    mesh.switch("published", "up")
    person.walk_to("/status-pages")
    card = person.page.locator(".card", has_text=TITLE)
    card.get_by_role("button", name="Delete").click()
    person.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    card.wait_for(state="detached")
    address = mesh.run["url"] + "/status/published"
    until(lambda: fetch("GET", address, None, {}).status, lambda code: code == 404, "its end", 60)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_it_reads_the_same_without_scripts(mesh: Mesh, browser: Browser, *, scripts: bool) -> None:
    monitor = mesh.add_monitor("Plain", mesh.target("plain"))
    mesh.await_status(monitor, "up")
    slug = f"plain-{scripts}".lower()
    shown = [{"monitor_id": monitor, "name": "Plain service"}]
    mesh.post("/v1/status-pages", {"name": "Plain", "slug": slug, "monitors": shown})
    address = f"{mesh.run['url']}/status/{slug}"
    until(lambda: fetch("GET", address, None, {}).status, lambda code: code == 200, "the page", 60)
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(address)
    assert "Plain service" in page.locator("main").inner_text()
    assert "Operational" in page.locator("main").inner_text()
    assert page.locator("script").count() == 0
    context.close()


def _publish(person: Person) -> None:
    person.follow("Status pages")
    person.follow("Add a status page")
    person.page.get_by_label("Name (needed)").fill(TITLE)
    person.page.get_by_label("Slug (needed)").fill("Not A Slug")
    logo: Any = {"name": "logo.png", "mimeType": "image/png", "buffer": a_picture()}
    person.page.get_by_label("Logo").set_input_files(logo)
    monitors = person.page.locator("fieldset", has_text="Monitors")
    monitors.get_by_role("button", name="Add").click()
    monitors.get_by_label("Monitor ID (needed)").select_option(label="Internal name")
    monitors.get_by_label("Name (needed)").fill("Checkout")
    add = person.page.locator(".formfoot").get_by_role("button", name="Add")
    add.click()
    person.page.locator(".wrong .error").first.wait_for()
    person.page.get_by_label("Slug (needed)").fill("published")
    assert person.barriers() == []
    add.click()
    person.sees("Checkout (Internal name)")


def _read(reader: Person, mesh: Mesh) -> None:
    address = mesh.run["url"] + "/status/published"
    until(lambda: fetch("GET", address, None, {}).status, lambda code: code == 200, "the page", 60)
    reader.page.goto(address)
    # What was written stays text: there is no element of it.
    assert reader.page.get_by_role("heading", level=1).inner_text() == TITLE
    assert reader.page.locator("h1 i").count() == 0
    reader.sees("Operational")
    text = reader.page.inner_text("body")
    assert "Internal name" not in text
    assert mesh.run["targets_url"] not in text
    image = reader.page.locator("img").first
    assert image.evaluate("image => image.complete && image.naturalWidth === 1")
    _look_closely(reader)


def _post(person: Person) -> None:
    person.page.locator(".card", has_text=TITLE).get_by_role("link", name="Posts").click()
    person.page.get_by_label("Title (needed)").fill("Checkout is being repaired")
    person.page.get_by_label("Text (needed)").fill("We have found <script>the</script> cause.")
    person.page.get_by_label("Stage").select_option("identified")
    about = person.page.get_by_label("Incident ID")
    about.locator("option", has_text="Internal name: open").wait_for(state="attached")
    value = about.locator("option", has_text="Internal name: open").get_attribute("value")
    about.select_option(value)
    assert person.barriers() == []
    person.press("Post")
    person.sees("Identified: Checkout is being repaired")


def _see_the_outage(reader: Person) -> None:
    def told() -> bool:
        reader.page.reload()
        text = reader.page.inner_text("body")
        return "Down: Checkout" in text and "We have found <script>the</script> cause." in text

    until(told, bool, "the outage and its post on the page", 90)
    _look_closely(reader)
    reader.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    _look_closely(reader)


def _look_closely(reader: Person) -> None:
    assert reader.barriers() == []
    assert reader.sideways() <= 0
