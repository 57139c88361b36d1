"""The query of a request, as a model."""

from pydantic import (
    BaseModel,
    ConfigDict,
)


class Query(BaseModel):
    """A query: all of it is text, so numbers are read from it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)
