"""Explanations as they are read, with what differs from run to run put aside."""

import re
from collections.abc import Sequence

REGIONS = ("ap-southeast-1", "eu-west-1", "us-east-1")


def as_read(text: str, parts: Sequence[str]) -> str:
    """Put moments and durations aside, and name regions by the part they play.

    Args:
        parts: regions in the order in which they are called A, B and C.
    """
    for region, part in zip(parts, "ABC", strict=True):
        text = text.replace(region, part)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "<day>", text)
    text = re.sub(r"\d\d:\d\d:\d\d UTC", "<time>", text)
    text = re.sub(r"\d+ ms", "<ms>", text)
    return re.sub(r"\b(?:\d+ min )?\d+ s\b", "<span>", text)


def however_many(text: str) -> str:
    """Put aside how many regions had answered when it was decided: two or three of three."""
    text = re.sub(r"\b[ABC](?:(?:, | and )[ABC])+\b", "<regions>", text)
    return re.sub(r"\b[23] of 3 regions failed", "<most> regions failed", text)
