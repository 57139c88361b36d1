"""The shape of a merge patch (RFC 7396), derived from the shape of what it is merged into."""

from collections.abc import Mapping, Sequence
from typing import Any

SCHEMAS = "#/components/schemas/"
SUFFIX = "Patch"
NULL = {"type": "null"}


def patch_schemas(schemas: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Write the patch of each named schema, and of the objects inside it.

    In a patch every field may be left out, and null takes it back to its default; a field that is
    needed cannot be null. Lists are replaced as a whole, so what is in them stays as it is.
    """
    made: dict[str, Any] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name + SUFFIX not in made:
            made[name + SUFFIX] = _object(schemas, schemas[name], waiting)
    return made


def _object(
    schemas: Mapping[str, Any], schema: Mapping[str, Any], waiting: list[str]
) -> dict[str, Any]:
    needed = set(schema.get("required", ()))
    properties = {
        name: _field(schemas, field, waiting, may_be_null=name not in needed)
        for name, field in schema.get("properties", {}).items()
    }
    kept = {key: value for key, value in schema.items() if key not in {"required", "properties"}}
    return {**kept, "properties": properties}


def _field(
    schemas: Mapping[str, Any], field: Mapping[str, Any], waiting: list[str], *, may_be_null: bool
) -> dict[str, Any]:
    described = {key: value for key, value in field.items() if key != "default"}
    if "$ref" in described:
        described["$ref"] = _patch_of(schemas, described["$ref"], waiting)
    if "anyOf" in described:
        described["anyOf"] = [
            {**each, "$ref": _patch_of(schemas, each["$ref"], waiting)} if "$ref" in each else each
            for each in described["anyOf"]
        ]
    for key in ("additionalProperties", "patternProperties"):
        if isinstance(described.get(key), Mapping):
            described[key] = _entries(described[key], key)
    if not may_be_null or NULL in described.get("anyOf", ()):
        return described
    return {"anyOf": [described, NULL]}


def _entries(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Let the entries of a mapping be null: that removes them."""
    if key == "patternProperties":
        return {pattern: {"anyOf": [each, NULL]} for pattern, each in schema.items()}
    return {"anyOf": [dict(schema), NULL]}


def _patch_of(schemas: Mapping[str, Any], reference: str, waiting: list[str]) -> str:
    name = reference.removeprefix(SCHEMAS)
    if schemas[name].get("type") != "object":
        return reference
    waiting.append(name)
    return reference + SUFFIX
