"""The OpenAPI 3.1 document, written from the table of routes and their models."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from functions.api.problems import CONTENT_TYPE
from functions.api.route import Route
from sentinelmesh import __version__

PARAMETER = re.compile(r"<(\w+)>")
REFERENCE = "#/components/schemas/{model}"
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
# What any route may answer beside its own statuses, and when.
ALWAYS = {
    "400": "The request is malformed",
    "500": "Our fault",
    "503": "The store did not answer",
}
# The others, by what a route is.
SOMETIMES: tuple[tuple[Callable[[Route], bool], dict[str, str]], ...] = (
    (
        lambda route: route.scope is not None or route.path == "/v1/session",
        {"401": "Not signed in", "403": "Not allowed"},
    ),
    (lambda route: "<" in route.path, {"404": "There is no such thing"}),
    (
        lambda route: route.body is not None,
        {
            "413": "The body is too big",
            "415": "The body is not JSON",
            "422": "A field is wrong",
        },
    ),
    (
        lambda route: route.method != "GET",
        {"409": "Changed by somebody else at the same time"},
    ),
    (
        lambda route: route.method in {"PATCH", "DELETE"},
        {"412": "If-Match does not match"},
    ),
    (lambda route: route.path == "/v1/session", {"429": "Tried too often"}),
    (lambda route: route.path.endswith("/test"), {"502": "The alerter failed"}),
)


def document(routes: Sequence[Route], server: str) -> dict[str, Any]:
    """Write the document."""
    models = {model for route in routes for model in (route.body, route.answers) if model}
    _, schemas = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=REFERENCE,
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SentinelMesh",
            "version": __version__,
            "description": "Uptime monitoring from your own AWS account.",
        },
        "servers": [{"url": server or "/"}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _operation_id(route),
        "tags": [_tag(route)],
        "responses": _responses(route),
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in PARAMETER.findall(route.path)
    ]
    parameters += _query_parameters(route)
    if parameters:
        operation["parameters"] = parameters
    if route.scope is not None:
        operation["security"] = [{"bearer": []}]
        operation["x-scope"] = route.scope.value
    if route.body is not None:
        media = "application/merge-patch+json" if route.merges else "application/json"
        contents = {media: {"schema": _reference(route.body)}}
        operation["requestBody"] = {"required": bool(route.body.model_fields), "content": contents}
    return operation


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", route.path.lower()).strip("_")
    return f"{route.method.lower()}_{words}"


def _tag(route: Route) -> str:
    parts = [part for part in route.path.split("/") if part and part != "v1"]
    return parts[0]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(by_alias=True)
    return [
        {"name": name, "in": "query", "required": False, "schema": described}
        for name, described in schema["properties"].items()
    ]


def _responses(route: Route) -> dict[str, Any]:
    well: dict[str, Any] = {"description": "As asked"}
    if route.answers is not None:
        well["content"] = {"application/json": {"schema": _reference(route.answers)}}
    statuses = dict(ALWAYS)
    for applies, answers in SOMETIMES:
        if applies(route):
            statuses |= answers
    problem = {CONTENT_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    problems = {
        status: {"description": text, "content": problem} for status, text in statuses.items()
    }
    return {str(int(route.status)): well, **problems}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model.__name__)}
