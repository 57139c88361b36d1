"""What jobs say in the query of a ping."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from functions.api.http.query import Query
from functions.api.schemas.base import Form, Shown

RUN = Form(
    r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
    "write the id of a run as a UUID, such as the output of uuidgen",
)
DAY_MS = 86_400_000


class PingQuery(Query):
    """A ping that says more than its address; what it says beyond that is ignored.

    A job must not be taken for dead because of a parameter that nobody knows.
    """

    model_config = ConfigDict(extra="ignore")


class RunQuery(PingQuery):
    """Which run a ping is about."""

    rid: Annotated[str, RUN] | None = Field(
        None, description="the id of a run (UUID): start and end of runs that overlap find together"
    )


def _number(written: object) -> object:
    """Read an empty text as nothing: the address that Uptime Kuma shows ends in `ping=`."""
    return None if written == "" else written


class PushQuery(PingQuery):
    """What clients of Uptime Kuma say."""

    status: str = Field("up", description="anything but up is a failure")
    msg: str = Field("", description="kept as evidence, 2,000 characters")
    ping: Annotated[float | None, BeforeValidator(_number)] = Field(
        None, ge=0, le=DAY_MS, description="duration of the run in milliseconds"
    )


class PushOut(Shown):
    """The answer that clients of Uptime Kuma look for."""

    ok: bool
