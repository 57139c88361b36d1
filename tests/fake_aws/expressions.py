"""DynamoDB's expressions, as far as the repositories use them; anything else is refused loudly.

An expression is read once into nested functions over an item, names and values, for the
simulation evaluates the same few texts millions of times.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

Item = dict[str, Any]
Typed = Mapping[str, Any]

TOKEN = re.compile(r"\s*(<=|>=|<>|[=<>(),+\-]|[#:]?[A-Za-z_][\w.]*)")


class Unsupported(AssertionError):
    """The stand-in does not know this expression: teach it, or write a simpler one."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an expression is evaluated over."""

    item: Item
    names: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Typed] = field(default_factory=dict)


Operand = Callable[[Given], Typed | None]
Condition = Callable[[Given], bool]
Change = Callable[[Given, Item], None]


def plain(typed: Typed | None) -> Any:
    """Return a typed attribute as something that compares as DynamoDB compares it."""
    if typed is None:
        return None
    ((kind, value),) = typed.items()
    return float(value) if kind == "N" else value


class Tokens:
    """The tokens of one expression, taken one by one."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        self._place = 0
        place, end = 0, len(text.rstrip())
        while place < end:
            match = TOKEN.match(text, place)
            if not match:
                raise Unsupported(f"cannot read {text[place:]!r}")
            self._tokens.append(match.group(1))
            place = match.end()

    @property
    def next(self) -> str:
        """The token to come; empty at the end."""
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def take(self, expected: str | None = None) -> str:
        """Take a token; it has to be the expected one, if one is."""
        token = self.next
        if expected is not None and token.upper() != expected:
            raise Unsupported(f"expected {expected} before {self._tokens[self._place :]}")
        self._place += 1
        return token

    def takes(self, word: str) -> bool:
        """Take a word if it is the next one."""
        if self.next.upper() != word:
            return False
        self._place += 1
        return True


def _name(token: str) -> Callable[[Given], str]:
    if token.startswith("#"):
        return lambda given: given.names[token]
    return lambda _given: token


def _operand(tokens: Tokens) -> Operand:
    """Read a value, an attribute or a function of these."""
    token = tokens.take()
    if token.startswith(":"):
        return lambda given: given.values[token]
    if token in OPERAND_FUNCTIONS:
        tokens.take("(")
        made = OPERAND_FUNCTIONS[token](tokens)
        tokens.take(")")
        return made
    name = _name(token)
    return lambda given: given.item.get(name(given))


def _if_not_exists(tokens: Tokens) -> Operand:
    name = _name(tokens.take())
    tokens.take(",")
    otherwise = _operand(tokens)

    def found(given: Given) -> Typed | None:
        there = given.item.get(name(given))
        return there if there is not None else otherwise(given)

    return found


def _list_append(tokens: Tokens) -> Operand:
    first = _operand(tokens)
    tokens.take(",")
    second = _operand(tokens)

    def joined(given: Given) -> Typed:
        lists = [operand(given) or {"L": []} for operand in (first, second)]
        return {"L": [each for part in lists for each in part["L"]]}

    return joined


OPERAND_FUNCTIONS: Mapping[str, Callable[[Tokens], Operand]] = {
    "if_not_exists": _if_not_exists,
    "list_append": _list_append,
}


@lru_cache(maxsize=1000)
def condition(text: str) -> Condition:
    """Read a condition."""
    tokens = Tokens(text)
    made = _any_of(tokens)
    if tokens.next:
        raise Unsupported(f"left over in {text!r}: {tokens.next}")
    return made


def holds(text: str, given: Given) -> bool:
    """Evaluate a condition."""
    return condition(text)(given)


def _any_of(tokens: Tokens) -> Condition:
    parts = [_all_of(tokens)]
    while tokens.takes("OR"):
        parts.append(_all_of(tokens))
    return parts[0] if len(parts) == 1 else lambda given: any(part(given) for part in parts)


def _all_of(tokens: Tokens) -> Condition:
    parts = [_one(tokens)]
    while tokens.takes("AND"):
        parts.append(_one(tokens))
    return parts[0] if len(parts) == 1 else lambda given: all(part(given) for part in parts)


def _one(tokens: Tokens) -> Condition:
    if tokens.takes("NOT"):
        inner = _one(tokens)
        return lambda given: not inner(given)
    if tokens.takes("("):
        inner = _any_of(tokens)
        tokens.take(")")
        return inner
    if tokens.next in CONDITION_FUNCTIONS:
        function = CONDITION_FUNCTIONS[tokens.take()]
        tokens.take("(")
        inner = function(tokens)
        tokens.take(")")
        return inner
    return _comparison(tokens)


def _comparison(tokens: Tokens) -> Condition:
    left = _operand(tokens)
    operator = tokens.take().upper()
    if operator == "BETWEEN":
        low = _operand(tokens)
        tokens.take("AND")
        high = _operand(tokens)

        def between(given: Given) -> bool:
            value, least, most = left(given), low(given), high(given)
            if not _is_of_one_type(value, least, most):
                return False
            return bool(plain(least) <= plain(value) <= plain(most))

        return between
    right, compare = _operand(tokens), COMPARISONS.get(operator)
    if compare is None:
        raise Unsupported(operator)

    def compared(given: Given) -> bool:
        one, other = left(given), right(given)
        if not _is_of_one_type(one, other):
            # What is missing or of another type compares to nothing, except that it differs.
            return operator == "<>"
        return compare(plain(one), plain(other))

    return compared


def _is_of_one_type(first: Typed | None, *others: Typed | None) -> bool:
    return first is not None and all(
        other is not None and other.keys() == first.keys() for other in others
    )


def _exists(tokens: Tokens) -> Condition:
    name = _name(tokens.take())
    return lambda given: name(given) in given.item


def _not_exists(tokens: Tokens) -> Condition:
    exists = _exists(tokens)
    return lambda given: not exists(given)


def _begins_with(tokens: Tokens) -> Condition:
    whole = _operand(tokens)
    tokens.take(",")
    start = _operand(tokens)
    return lambda given: str(plain(whole(given)) or "").startswith(plain(start(given)))


CONDITION_FUNCTIONS: Mapping[str, Callable[[Tokens], Condition]] = {
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "begins_with": _begins_with,
}
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<>": lambda left, right: bool(left != right),
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}


def updated(text: str, given: Given) -> Item:
    """Apply an update expression; every right side sees the item as it was."""
    after = dict(given.item)
    for change in _changes(text):
        change(given, after)
    return after


@lru_cache(maxsize=1000)
def _changes(text: str) -> tuple[Change, ...]:
    tokens, found = Tokens(text), []
    while tokens.next:
        make = CHANGES.get(tokens.take().upper())
        if make is None:
            raise Unsupported(text)
        found.append(make(tokens))
        while tokens.takes(","):
            found.append(make(tokens))
    return tuple(found)


def _set(tokens: Tokens) -> Change:
    name = _name(tokens.take())
    tokens.take("=")
    value = _operand(tokens)

    def change(given: Given, after: Item) -> None:
        found = value(given)
        if found is None:
            raise Unsupported(f"SET {name(given)} to an attribute that is not there")
        after[name(given)] = dict(found)

    return change


def _remove(tokens: Tokens) -> Change:
    name = _name(tokens.take())

    def change(given: Given, after: Item) -> None:
        after.pop(name(given), None)

    return change


def _add(tokens: Tokens) -> Change:
    name, more = _name(tokens.take()), _operand(tokens)

    def change(given: Given, after: Item) -> None:
        total = (plain(given.item.get(name(given))) or 0) + plain(more(given))
        after[name(given)] = {"N": repr(int(total) if float(total).is_integer() else total)}

    return change


CHANGES: Mapping[str, Callable[[Tokens], Change]] = {"SET": _set, "REMOVE": _remove, "ADD": _add}
