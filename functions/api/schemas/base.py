"""What all models share."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Input: an unknown field is a mistake, not a wish that is silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Shown(BaseModel):
    """Output."""

    model_config = ConfigDict(extra="allow")


class Empty(Strict):
    """A body with nothing in it."""
