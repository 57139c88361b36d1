"""What all models share."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import core_schema

from functions.api.http.ids import IDENTIFIER


class Strict(BaseModel):
    """Input: an unknown field is a mistake, not a wish that is silently ignored.

    Nothing is converted: "5" is no number. Validators are made at first use, for most requests
    need none of them.
    """

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True, allow_inf_nan=False)


class Shown(BaseModel):
    """Output: these fields and no others, so that programs can rely on the document."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Empty(Strict):
    """A body with nothing in it."""


@dataclass(frozen=True)
class Form:
    """The form that a text must have: a pattern for programs, a sentence for people."""

    pattern: str
    complaint: str

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def check(self, text: str) -> str:
        """Let a text pass.

        Raises:
            ValueError: it has another form.
        """
        if not self._compiled.search(text):
            raise ValueError(self.complaint)
        return text

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}


STRIPPED = StringConstraints(strip_whitespace=True)
LINE = Form(
    r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
    "write one line with something to see in it",
)
Line = Annotated[str, Field(min_length=1, max_length=120), STRIPPED, LINE]
# What names another thing: whether there is such a thing is checked where it is known.
Reference = Annotated[
    str,
    Form(rf"^{IDENTIFIER.pattern}$", "this cannot be an id; copy it from what it is the id of"),
]
Instant = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$",
        description="RFC 3339, in UTC",
        json_schema_extra={"format": "date-time"},
    ),
]
