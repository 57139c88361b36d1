"""The API about itself: a document for programs, a page for people."""

import re
from html.parser import HTMLParser
from typing import Any

from functions.api.openapi.docs_page import page
from functions.api.routes.table import all_routes
from tests.integration.api.stage import Stage, api_stage


class Elements(HTMLParser):
    """Collects the elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def document(stage: Stage) -> dict[str, Any]:
    read: dict[str, Any] = stage.get("/v1/openapi.json", token=None)
    return read


def test_the_document_names_every_route_with_its_scope(stage: Stage) -> None:
    paths = document(stage)["paths"]
    written = {
        (method.upper(), re.sub(r"{(\w+)}", r"<\1>", path), operation.get("x-scope"))
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    assert written == {(each.method, each.path, each.scope) for each in all_routes()}


def test_every_operation_has_a_name_of_its_own_and_words(stage: Stage) -> None:
    operations = [each for path in document(stage)["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"] and each["description"] for each in operations)


def test_every_reference_leads_somewhere(stage: Stage) -> None:
    read = document(stage)
    names = set(re.findall(r"#/components/schemas/(\w+)", str(read)))
    assert names <= set(read["components"]["schemas"])


def test_no_answer_is_described_vaguely(stage: Stage) -> None:
    """Each object of an answer names its fields; nothing is just "some object"."""
    read = document(stage)
    vague = [
        name
        for name, schema in read["components"]["schemas"].items()
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False
    ]
    assert vague == []


def test_the_server_is_where_the_mesh_is(stage: Stage) -> None:
    assert document(stage)["servers"] == [{"url": "https://mesh.example"}]


def test_a_server_that_does_not_know_its_address_is_where_it_was_asked() -> None:
    with api_stage(public_url="") as unknown:
        assert document(unknown)["servers"] == [{"url": "/"}]


def test_the_page_names_every_address_and_loads_nothing(stage: Stage) -> None:
    answer = stage.call("GET", "/docs", token=None)
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
    for route in all_routes():
        path = route.path.replace("<", "{").replace(">", "}")
        assert f"<code>{path}</code>" in answer.text
    seen = Elements(answer.text)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(seen.tags)
    assert not [name for name, _ in seen.attributes if name.startswith("on")]


def test_hostile_text_stays_text_on_the_page(stage: Stage) -> None:
    read = document(stage)
    nasty = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"
    operation = {
        "summary": nasty,
        "tags": [nasty],
        "x-scope": nasty,
        "parameters": [{"name": nasty, "in": nasty, "schema": {"description": nasty}}],
        "requestBody": {"content": {nasty: {"schema": {"description": nasty}}}},
        "responses": {nasty: {"description": nasty}},
    }
    written = Elements(page({**read, "paths": {nasty: {"get": operation}}}))
    assert not {"script", "img"} & set(written.tags)
    assert not [name for name, _ in written.attributes if name.startswith("on")]
