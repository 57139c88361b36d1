"""What a monitor depends on, through the API."""

import pytest

from tests.integration.api.stage import Stage

WANTED = {"kind": "http", "target": "https://shop.example/health"}


def add(stage: Stage, name: str, *parents: str) -> str:
    body = {**WANTED, "name": name, "depends_on": list(parents)}
    made = stage.call("POST", "/v1/monitors", body)
    assert made.status == 201, made.body
    assert made.body["depends_on"] == list(parents)
    return str(made.body["id"])


def error_of(stage: Stage, monitor_id: str, *parents: str) -> tuple[str, str]:
    answer = stage.call("PATCH", f"/v1/monitors/{monitor_id}", {"depends_on": list(parents)})
    assert answer.status == 422, answer.body
    (error,) = answer.body["errors"]
    return error["pointer"], error["detail"]


def test_a_monitor_may_depend_on_others_that_exist(stage: Stage) -> None:
    router = add(stage, "Router")
    shop = add(stage, "Shop", router)
    assert stage.get(f"/v1/monitors/{shop}")["depends_on"] == [router]
    pointer, text = error_of(stage, shop, router, "mon_gone")
    assert (pointer, text) == ("/depends_on/1", "there is no monitor mon_gone")


def test_nothing_depends_on_itself_however_far_around(stage: Stage) -> None:
    router = add(stage, "Router")
    shop = add(stage, "Shop", router)
    cart = add(stage, "Cart", shop)
    assert error_of(stage, router, router)[1] == "a monitor cannot depend on itself"
    assert error_of(stage, router, shop)[1] == "Shop depends on this monitor already"
    assert error_of(stage, router, cart)[1] == "Cart depends on this monitor already"


def test_a_parent_that_is_deleted_hinders_no_edit(stage: Stage) -> None:
    router = add(stage, "Router")
    shop = add(stage, "Shop", router)
    assert stage.call("DELETE", f"/v1/monitors/{router}").status == 204
    edited = stage.call("PATCH", f"/v1/monitors/{shop}", {"name": "Shop front"})
    assert (edited.status, edited.body["depends_on"]) == (200, [router])


@pytest.mark.parametrize("wrong", [["mon_1", "mon_1"], [f"mon_{n}" for n in range(11)], "mon_1"])
def test_a_list_that_makes_no_sense_is_refused(stage: Stage, wrong: object) -> None:
    answer = stage.call("POST", "/v1/monitors", {**WANTED, "name": "Shop", "depends_on": wrong})
    assert answer.status == 422
