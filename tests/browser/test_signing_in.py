"""The way in and out: a session that lives in the memory of one tab."""

import pytest
from playwright.sync_api import Browser

from tests.browser.person import Person
from tests.scenes.client import Mesh

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]


def test_a_token_is_kept_nowhere_and_a_reload_asks_again(browser: Browser, mesh: Mesh) -> None:
    tokens: list[str] = []
    with Person.before(browser, mesh.run["url"]) as ann:
        ann.page.on("request", lambda sent: tokens.append(sent.headers.get("authorization", "")))
        ann.sign_in(mesh.run["email"], mesh.run["password"])
        ann.page.locator("h1").wait_for()
        used = {each.removeprefix("Bearer ") for each in tokens if each}
        assert len(used) == 1
        (token,) = used
        assert token not in ann.kept()
        assert token not in ann.page.content()
        ann.page.reload()
        ann.page.get_by_label("Mail address").wait_for()
        assert ann.page.get_by_role("button", name="Sign out").count() == 0
        assert ann.complaints == []


def test_a_wrong_password_is_told_and_gives_no_hint(browser: Browser, mesh: Mesh) -> None:
    with Person.before(browser, mesh.run["url"]) as somebody:
        somebody.page.goto(f"{somebody.url}/monitors/mon_1")
        somebody.page.get_by_label("Mail address").fill("nobody@shop.example")
        somebody.page.get_by_label("Password").fill("guessed")
        somebody.press("Sign in")
        somebody.sees("Mail address or password is wrong.")
        assert somebody.barriers() == []


def test_signing_out_ends_it(person: Person) -> None:
    person.press("Sign out")
    person.page.get_by_label("Mail address").wait_for()
