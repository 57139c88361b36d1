import base64
from typing import Any

import pytest

from sentinelmesh.domain.status_pages.status_page import NewsKind
from tests.integration.api.examples import put_incident
from tests.integration.api.page_examples import POST, put_page, put_subscriber
from tests.integration.api.stage import Stage
from tests.support.builders import an_incident

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 100).decode()


def page_of(stage: Stage, page: dict[str, Any]) -> str:
    return f"/v1/status-pages/{page['id']}"


def test_a_page_is_kept_as_it_was_written(stage: Stage) -> None:
    monitor = stage.add_monitor()["id"]
    wanted = {
        "name": "Shop status",
        "slug": "shop",
        "description": "How we do.",
        "monitors": [{"monitor_id": monitor, "name": "Web shop"}],
        "logo": PNG,
        "subscriptions": False,
        "published": False,
    }
    made = stage.post("/v1/status-pages", wanted)
    assert {name: made[name] for name in wanted} == wanted
    assert stage.get(page_of(stage, made)) == made
    assert stage.get("/v1/status-pages")["items"] == [made]


def test_a_patch_changes_what_it_names(stage: Stage) -> None:
    made = put_page(stage, slug="before", logo=PNG)
    changed = stage.call("PATCH", page_of(stage, made), {"slug": "after", "logo": None})
    assert (changed.body["slug"], changed.body["logo"], changed.body["revision"]) == (
        "after", None, 2,
    )  # fmt: skip
    assert changed.body["name"] == made["name"]


@pytest.mark.parametrize(
    ("field", "wrong", "complaint"),
    [
        ("slug", "Shop", "lower-case letters"),
        ("slug", "-shop", "lower-case letters"),
        ("slug", "style.css", "lower-case letters"),
        ("slug", "../x", "lower-case letters"),
        ("logo", "https://shop.example/logo.png", "data:image/png;base64"),
        ("logo", "data:image/svg+xml;base64,PHN2Zz4=", "data:image/png;base64"),
        ("logo", "data:image/png;base64,AAAA", "no png image"),
        ("logo", "data:image/png;base64,AAAAA", "base64 of this image is broken"),
        ("monitors", [{"monitor_id": "mon_none", "name": "x"}], "there is no monitor mon_none"),
        ("monitors", [{"monitor_id": "mon_1", "name": "x"}] * 2, "shown once"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    stage: Stage, field: str, wrong: object, complaint: str
) -> None:
    answer = stage.call("POST", "/v1/status-pages", {"name": "S", "slug": "shop", field: wrong})
    assert answer.status == 422
    ((pointer, detail),) = answer.errors.items()
    assert pointer.startswith(f"/{field}")
    assert complaint in detail


def test_a_logo_is_small(stage: Stage) -> None:
    large = base64.b64encode(b"\x89PNG\r\n" + b"x" * 16_400).decode()
    body = {"name": "S", "slug": "shop", "logo": f"data:image/png;base64,{large}"}
    answer = stage.call("POST", "/v1/status-pages", body)
    assert "at most 16384" in answer.errors["/logo"]


def test_an_address_is_taken_once(stage: Stage) -> None:
    first = put_page(stage, slug="shop")
    put_page(stage, slug="other")
    answer = stage.call("POST", "/v1/status-pages", {"name": "S", "slug": "shop"})
    assert answer.errors == {"/slug": "another status page has this address"}
    assert stage.call("PATCH", page_of(stage, first), {"slug": "other"}).status == 422
    assert stage.call("PATCH", page_of(stage, first), {"slug": "shop"}).status == 200


def test_a_monitor_that_is_gone_does_not_keep_its_page_from_being_edited(stage: Stage) -> None:
    monitor = stage.add_monitor()["id"]
    made = put_page(stage, monitors=[{"monitor_id": monitor, "name": "Shop"}])
    assert stage.call("DELETE", f"/v1/monitors/{monitor}").status == 204
    changed = stage.call("PATCH", page_of(stage, made), {"name": "Renamed"})
    assert changed.body["monitors"] == made["monitors"]


def test_of_outages_before_a_monitor_was_shown_nobody_is_told(stage: Stage) -> None:
    """It counts from when it came onto the page, or the page onto the net again."""

    def since() -> Any:
        page = stage.backend.status_pages.get(made["id"])
        assert page is not None
        return page.monitors[0].since

    monitor = stage.add_monitor()["id"]
    made = put_page(stage, monitors=[{"monitor_id": monitor, "name": "Shop"}])
    first = stage.now
    stage.pass_time(hours=1)
    stage.call("PATCH", page_of(stage, made), {"name": "Renamed"})
    assert since() == first
    stage.call("PATCH", page_of(stage, made), {"published": False})
    stage.pass_time(hours=1)
    stage.call("PATCH", page_of(stage, made), {"published": True})
    assert since() == stage.now


def test_a_post_is_shown_and_its_mails_are_due(stage: Stage) -> None:
    made = put_page(stage)
    post = stage.post(f"{page_of(stage, made)}/posts", POST)
    assert (post["title"], post["stage"], post["mails"]) == (
        "Slow checkout", "investigating", "waiting",
    )  # fmt: skip
    assert stage.get(f"{page_of(stage, made)}/posts")["items"] == [post]
    (row,) = stage.backend.news.list(made["id"], stage.now)
    assert (row.about, row.due_at) == (NewsKind.POST, stage.now)


@pytest.mark.parametrize(
    ("page", "post"),
    [({"published": False}, {}), ({"subscriptions": False}, {}), ({}, {"mail": False})],
)
def test_nobody_is_mailed_where_that_is_not_wanted(
    stage: Stage, page: dict[str, Any], post: dict[str, Any]
) -> None:
    made = put_page(stage, **page)
    posted = stage.post(f"{page_of(stage, made)}/posts", {**POST, **post})
    assert posted["mails"] == "none"


def test_a_post_under_one_key_is_told_once(stage: Stage) -> None:
    made = put_page(stage)
    for _ in range(2):
        stage.post(f"{page_of(stage, made)}/posts", POST, Idempotency_Key="k1")
    assert len(stage.get(f"{page_of(stage, made)}/posts")["items"]) == 1


def test_a_post_is_about_an_outage_of_this_page_or_of_none(stage: Stage) -> None:
    monitor = stage.add_monitor()["id"]
    mine = put_incident(stage, an_incident(monitor_id=monitor, incident_id="inc_mine"))
    other = put_incident(stage, an_incident(monitor_id="mon_other", incident_id="inc_other"))
    made = put_page(stage, monitors=[{"monitor_id": monitor, "name": "Shop"}])
    address = f"{page_of(stage, made)}/posts"
    assert stage.post(address, {**POST, "incident_id": mine})["incident_id"] == mine
    for wrong in (other, "inc_none"):
        answer = stage.call("POST", address, {**POST, "incident_id": wrong})
        assert list(answer.errors) == ["/incident_id"]


def test_a_deleted_page_takes_posts_and_subscribers_with_it(stage: Stage) -> None:
    made = put_page(stage)
    put_subscriber(stage, made["id"])
    put_subscriber(stage, made["id"], "bob@reader.example")
    stage.post(f"{page_of(stage, made)}/posts", POST)
    assert stage.call("DELETE", page_of(stage, made), If_Match='"7"').status == 412
    assert stage.call("DELETE", page_of(stage, made)).status == 204
    left = [each for each in stage.mesh.items("directory") if made["id"] in each["kind"]["S"]]
    assert left == []


def test_its_owner_sees_who_subscribed_and_can_remove_them(stage: Stage) -> None:
    made = put_page(stage)
    addresses = {f"{name}@reader.example" for name in ("ann", "bob", "eve")}
    for each in addresses:
        put_subscriber(stage, made["id"], each)
    address = f"{page_of(stage, made)}/subscribers"
    first = stage.get(f"{address}?limit=2")
    second = stage.get(f"{address}?limit=2&cursor={first['next_cursor']}")
    rows = [*first["items"], *second["items"]]
    assert {each["address"] for each in rows} == addresses
    assert set(rows[0]) == {"id", "address", "since"}
    assert stage.call("DELETE", f"{address}/{rows[0]['id']}").status == 204
    assert len(stage.get(address)["items"]) == 2
