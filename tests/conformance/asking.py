"""Short ways to ask an AWS for things, shared by all topics."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Item = dict[str, Any]


def refusal_of(call: Callable[[], Any]) -> Any:
    """Build a call that has to be refused, and give the answer to it."""
    with pytest.raises(ClientError) as refused:
        call()
    return refused.value.response


def code_of(call: Callable[[], Any]) -> str:
    """Build a call that has to be refused, and give the code of the error."""
    code: str = refusal_of(call)["Error"]["Code"]
    return code


def text(value: str) -> Item:
    return {"S": value}


def number(value: float | str) -> Item:
    return {"N": str(value)}
