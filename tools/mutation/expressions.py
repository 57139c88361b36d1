"""Small changes of DynamoDB's expressions, which are strings to Python.

A clause is left out by making it mean nothing and keeping its words: DynamoDB refuses a request
that names a value and does not use it, and a refusal is no answer to whether a clause is needed.
"""

import re
from collections.abc import Iterator

CONDITIONS = ("ConditionExpression", "FilterExpression")
KEY_CONDITION = "KeyConditionExpression"
UPDATE = "UpdateExpression"
EXPRESSIONS = (*CONDITIONS, KEY_CONDITION, UPDATE)

BETWEEN = re.compile(r"BETWEEN (\S+) AND (\S+)")
FLIPS = {
    " <= ": (" < ",),
    " < ": (" <= ", " > "),
    " >= ": (" > ",),
    " > ": (" >= ", " < "),
    " = ": (" <> ",),
    "attribute_not_exists(": ("attribute_exists(",),
    "attribute_exists(": ("attribute_not_exists(",),
}
FLIPPED = re.compile("|".join(re.escape(each) for each in FLIPS))


def variants(kind: str, text: str) -> Iterator[str]:
    """Yield what an expression can be changed into.

    >>> list(variants("ConditionExpression", "a = :a"))
    ['a <> :a', '(a = :a OR NOT a = :a)']
    """
    if kind == UPDATE:
        yield from _updates(text)
        return
    if text.strip() in {"AND", "OR"}:  # what clauses are joined with
        yield text.replace("AND", "OR") if "AND" in text else text.replace("OR", "AND")
        return
    yield from _flipped(text, kind)
    if kind in CONDITIONS:
        yield from _without_a_clause(text)
    # The clause on the partition key is what makes a query; the one on the sort key may be missing.


def clauses(text: str) -> tuple[list[str], str]:
    """Split an expression into its clauses; the second is the word between them."""
    guarded = BETWEEN.sub(r"BETWEEN \1 and \2", text)
    word = " OR " if " OR " in guarded else " AND "
    return [each.replace(" and ", " AND ") for each in guarded.split(word)], word


def _flipped(text: str, kind: str) -> Iterator[str]:
    for match in FLIPPED.finditer(text):
        for other in FLIPS[match.group()]:
            if kind == KEY_CONDITION and other == " <> ":
                continue  # no key condition
            yield text[: match.start()] + other + text[match.end() :]


def _without_a_clause(text: str) -> Iterator[str]:
    found, word = clauses(text)
    for place, clause in enumerate(found):
        # Left out of a conjunction it holds always, left out of a disjunction never.
        empty = f"({clause} OR NOT {clause})" if word == " AND " else f"({clause} AND NOT {clause})"
        yield word.join([*found[:place], empty, *found[place + 1 :]])
    if len(found) > 1:
        yield (" OR " if word == " AND " else " AND ").join(found)


def _updates(text: str) -> Iterator[str]:
    for match in re.finditer(r"if_not_exists\((\S+), (\S+)\)", text):
        yield text[: match.start()] + match.group(2) + text[match.end() :]
    if " REMOVE " in text:
        yield text.partition(" REMOVE ")[0]
