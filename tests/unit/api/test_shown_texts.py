"""Small texts: cells of a table, names of secret headers, spans of time, schemas of patches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.api.http.csv_export import cell
from functions.api.http.time_range import read_span
from functions.api.openapi.merge_patch_schema import patch_schemas
from functions.api.schemas.target import origin_of
from functions.api.schemas.web import is_secret_header
from tests.unit.api.refusing import status_of


@given(st.text())
def test_no_cell_begins_a_formula_and_none_loses_its_text(text: str) -> None:
    written = cell(text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert written in {text, f"'{text}"}


@pytest.mark.parametrize(
    "name",
    ["Authorization", "COOKIE", "Set-Cookie", "x-api-key", "X-ApiKey", "X-Auth",
     "x-amz-security-token", "X-Signature", "private-key", "X-Password", "PASSWD",
     "x-session-id", "X-Credentials"],
)  # fmt: skip
def test_a_header_that_may_hold_a_secret_is_taken_for_one(name: str) -> None:
    assert is_secret_header(name)


@pytest.mark.parametrize("name", ["Accept", "User-Agent", "Content-Type", "Host", "X-Trace-Id"])
def test_an_ordinary_header_is_shown(name: str) -> None:
    assert not is_secret_header(name)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/x", "https://A.EXAMPLE:443/y?z", True),
        ("http://a.example", "http://a.example:80/", True),
        ("http://a.example", "https://a.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://b.example", False),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]:443/", True),
    ],
)
def test_an_origin_is_scheme_host_and_port(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert (origin_of(one) == origin_of(other)) is same


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    assert status_of(lambda: read_span(text, None)) in {None, 400}
    assert status_of(lambda: read_span(None, text)) in {None, 400}


def test_a_patch_may_leave_out_everything_and_take_back_what_has_a_default() -> None:
    schemas = {
        "Thing": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "size": {"type": "integer", "default": 1},
                "part": {"$ref": "#/components/schemas/Part"},
                "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                "colour": {"$ref": "#/components/schemas/Colour"},
                "words": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
        "Part": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "Colour": {"type": "string", "enum": ["red"]},
    }
    null = {"type": "null"}
    made = patch_schemas(schemas, ["Thing"])
    assert set(made) == {"ThingPatch", "PartPatch"}
    thing = made["ThingPatch"]
    assert "required" not in thing
    assert thing["additionalProperties"] is False
    fields = thing["properties"]
    assert fields["name"] == {"type": "string"}
    assert fields["size"] == {"anyOf": [{"type": "integer"}, null]}
    assert fields["part"] == {"anyOf": [{"$ref": "#/components/schemas/PartPatch"}, null]}
    assert fields["parts"] == {"anyOf": [schemas["Thing"]["properties"]["parts"], null]}  # type: ignore[index]
    assert fields["colour"]["anyOf"][0] == {"$ref": "#/components/schemas/Colour"}
    assert fields["words"]["anyOf"][0]["additionalProperties"] == {
        "anyOf": [{"type": "string"}, null]
    }
