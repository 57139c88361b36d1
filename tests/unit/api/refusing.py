"""How a call of the API's inner parts ends."""

from collections.abc import Callable

from functions.api.http.problem import Problem


def status_of(call: Callable[[], object]) -> int | None:
    """Return the status of the problem that a call raises; None if it ends well."""
    try:
        call()
    except Problem as problem:
        return problem.status
    return None
