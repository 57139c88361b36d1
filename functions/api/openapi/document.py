"""The OpenAPI 3.1 document, written from the table of routes and their models."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from functions.api.http.ids import IDENTIFIER
from functions.api.http.problem import CONTENT_TYPE
from functions.api.http.route import Route
from functions.api.openapi.merge_patch_schema import patch_schemas
from sentinelmesh import __version__

PARAMETER = re.compile(r"<(\w+)>")
SCHEMAS = "#/components/schemas/"
REQUEST_ID = {"X-Request-Id": {"schema": {"type": "string"}, "description": "names this request"}}
PROBLEM = {
    "type": "object",
    "description": "What is wrong, and what to do about it (RFC 9457)",
    "additionalProperties": False,
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
                "additionalProperties": False,
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
# What any route may answer beside its own statuses, and when.
ALWAYS = {
    "400": "The request is malformed",
    "500": "Our fault",
    "503": "A part of the mesh did not answer",
}
# The others, by what a route is.
SOMETIMES: tuple[tuple[Callable[[Route], bool], dict[str, str]], ...] = (
    (
        lambda route: route.scope is not None or route.path == "/v1/session",
        {"401": "Not signed in", "403": "Not allowed"},
    ),
    (
        lambda route: "<" in route.path or route.path == "/v1/maintenance-calendar",
        {"404": "There is no such thing"},
    ),
    (
        lambda route: route.body is not None,
        {
            "413": "The body is too big",
            "415": "The body is not JSON",
            "422": "A field is wrong",
        },
    ),
    (
        lambda route: route.method != "GET" and route.scope is not None,
        {
            "409": "Changed by somebody else at the same time, or against a rule",
            "422": "A field is wrong, or the Idempotency-Key was used for something else",
        },
    ),
    (lambda route: route.versioned, {"412": "If-Match does not match"}),
    (lambda route: route.path == "/v1/session", {"429": "Tried too often"}),
    (
        lambda route: route.method == "POST" and route.path == "/v1/subscriptions/<page_id>",
        {"409": "No mail is sent", "422": "This is no address", "429": "Asked too often"},
    ),
    (lambda route: route.path.endswith("/test"), {"502": "The alerter failed"}),
)
KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "a repeated request with the same key is answered like the first, for a day",
}
MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "the ETag that was read: refused with 412 if there is a newer revision",
}


def document(routes: Sequence[Route], server: str) -> dict[str, Any]:
    """Write the document."""
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
            "schemas": {**_schemas(routes), "Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    models = {model for route in routes for model in (route.body, route.answers) if model}
    _, written = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=SCHEMAS + "{model}",
    )
    schemas: dict[str, Any] = written.get("$defs", {})
    merged = {route.body.__name__ for route in routes if route.merges and route.body}
    return {**schemas, **patch_schemas(schemas, sorted(merged))}


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "description": (route.handler.__doc__ or "").partition("\n\n")[0],
        "operationId": _operation_id(route),
        "tags": [_tag(route)],
        "responses": _responses(route),
    }
    parameters = _parameters(route)
    if parameters:
        operation["parameters"] = parameters
    if route.scope is not None:
        operation["security"] = [{"bearer": []}]
        operation["x-scope"] = route.scope.value
    if route.body is not None:
        operation["requestBody"] = _request_body(route, route.body)
    return operation


def _request_body(route: Route, body: type[BaseModel]) -> dict[str, Any]:
    if route.merges:
        schema = {"$ref": f"{SCHEMAS}{body.__name__}Patch"}
        return {
            "required": False,
            "description": "RFC 7396; application/json is taken too",
            "content": {"application/merge-patch+json": {"schema": schema}},
        }
    required = any(field.is_required() for field in body.model_fields.values())
    return {"required": required, "content": {"application/json": {"schema": _reference(body)}}}


def _operation_id(route: Route) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", route.path.lower()).strip("_")
    return f"{route.method.lower()}_{words}"


def _tag(route: Route) -> str:
    parts = [part for part in route.path.split("/") if part and part != "v1"]
    return parts[0]


def _parameters(route: Route) -> list[dict[str, Any]]:
    identifier = {"type": "string", "pattern": f"^{IDENTIFIER.pattern}$"}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": identifier}
        for name in PARAMETER.findall(route.path)
    ]
    if route.query is not None:
        parameters += [
            {"name": name, "in": "query", "required": False, "schema": described}
            for name, described in _query_schemas(route.query).items()
        ]
    if route.method != "GET" and route.scope is not None:
        parameters.append(KEY)
    if route.versioned:
        parameters.append(MATCH)
    return parameters


def _query_schemas(query: type[BaseModel]) -> dict[str, Any]:
    """Describe parameters; each is there or not, so none is null."""
    schema = query.model_json_schema(by_alias=True, ref_template="{model}")
    models = schema.get("$defs", {})
    return {name: _parameter(wanted, models) for name, wanted in schema["properties"].items()}


def _parameter(wanted: Mapping[str, Any], models: Mapping[str, Any]) -> dict[str, Any]:
    described = {name: value for name, value in wanted.items() if name not in {"anyOf", "$ref"}}
    for branch in wanted.get("anyOf", [wanted]):
        if "$ref" in branch:
            described |= models[branch["$ref"]]
        elif branch.get("type") != "null":
            described |= branch
    if described.get("default", "") is None:
        del described["default"]
    return described


def _responses(route: Route) -> dict[str, Any]:
    well: dict[str, Any] = {"description": "As asked", "headers": REQUEST_ID}
    if route.answers is not None:
        well["content"] = {route.media: {"schema": _reference(route.answers)}}
    elif route.media != "application/json":
        well["content"] = {route.media: {"schema": {"type": "string"}}}
    statuses = dict(ALWAYS)
    for applies, answers in SOMETIMES:
        if applies(route):
            statuses |= answers
    problem = {CONTENT_TYPE: {"schema": {"$ref": f"{SCHEMAS}Problem"}}}
    problems = {
        status: {"description": text, "content": problem, "headers": REQUEST_ID}
        for status, text in statuses.items()
    }
    responses = {str(int(route.status)): well, **problems}
    if route.path == "/health":
        responses["503"] = {**well, "description": "The mesh does not watch"}
    return responses


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"{SCHEMAS}{model.__name__}"}
