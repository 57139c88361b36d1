"""What DynamoDB refuses, whoever asks: unclear expressions, strange numbers, items too large."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from botocore.exceptions import ClientError
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.fake_aws.expressions import Item

# Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ITEM_BYTES = 400 * 1024
MAX_TRANSACTION_BYTES = 4 * 1024 * 1024
MAX_DIGITS = 38
LARGEST_EXPONENT, SMALLEST_EXPONENT = 125, -130
# Numbers as DynamoDB gives them back; nearly all that are written have this form already.
PLAIN_NUMBER = re.compile(r"0|-?(?:[1-9]\d{0,20}|0(?=\.))(?:\.\d{0,15}[1-9])?")
EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
WORDS = re.compile(r"[#:]?[A-Za-z_][\w]*")
SYNTAX = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}) | {
    "attribute_exists",
    "attribute_not_exists",
    "begins_with",
    "if_not_exists",
    "list_append",
}
EMPTY = {"S": ""}
RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())


def refusal(code: str, text: str, **more: Any) -> ClientError:
    """Build the error that boto3 would raise."""
    response: Any = {"Error": {"Code": code, "Message": text}, **more}
    return ClientError(response, "call")


def names_of(asked: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the names that the expressions of a request use."""
    names: Mapping[str, str] = asked.get("ExpressionAttributeNames", {})
    return names


def values_of(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the values that the expressions of a request use."""
    values: Mapping[str, Any] = asked.get("ExpressionAttributeValues", {})
    return values


def check_words(asked: Mapping[str, Any]) -> None:
    """Refuse reserved words, and names and values that nothing uses or nobody defined."""
    texts = [asked[name] for name in EXPRESSIONS if name in asked]
    _checked(tuple(texts), tuple(names_of(asked)), tuple(values_of(asked)))


_CHECKED: set[tuple[Any, ...]] = set()


def _checked(texts: tuple[str, ...], names: tuple[str, ...], values: tuple[str, ...]) -> None:
    if (texts, names, values) in _CHECKED:
        return
    words = {word for text in texts for word in WORDS.findall(text)}
    reserved = {word for word in words - SYNTAX if word.upper() in RESERVED}
    unused = {*names, *values} - words
    unknown = {word for word in words if word[0] in "#:"} - {*names, *values}
    if reserved or unused or unknown:
        raise refusal(
            "ValidationException", f"reserved {reserved}, unused {unused}, unknown {unknown}"
        )
    _CHECKED.add((texts, names, values))


def check_key(item: Item, keys: Sequence[str]) -> Item:
    """Refuse an item, or a key, in which part of the key is missing or empty."""
    if not all(item.get(name, EMPTY) != EMPTY for name in keys):
        raise refusal("ValidationException", f"an item has to have its key: {keys}")
    return item


def stored(item: Item) -> Item:
    """Return an item as a table keeps it, if it may be kept at all.

    Raises:
        ClientError: it is too large, or holds what is no number.
    """
    kept = {name: _stored_value(value) for name, value in item.items()}
    # The encoded form is longer than what DynamoDB counts, and quickly made.
    if len(msgspec.json.encode(kept)) > MAX_ITEM_BYTES and item_bytes(kept) > MAX_ITEM_BYTES:
        raise refusal("ValidationException", "Item size has exceeded the maximum allowed size")
    return kept


def check_size(writes: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a transaction whose items are too large together."""
    items = [asked["Item"] for asked in writes if "Item" in asked]
    if len(msgspec.json.encode(items)) > MAX_TRANSACTION_BYTES < sum(map(item_bytes, items)):
        raise refusal("ValidationException", "Transaction size has exceeded the maximum")


def _stored_value(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    if kind == "N":
        return typed if PLAIN_NUMBER.fullmatch(value) else {"N": _plain_number(value)}
    if kind == "M":
        return {"M": {name: _stored_value(each) for name, each in value.items()}}
    if kind == "L":
        return {"L": [_stored_value(each) for each in value]}
    return typed


def _plain_number(text: str) -> str:
    """Write a number without what does not count: "35.0" is "35"."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise refusal("ValidationException", f"{text!r} is no number") from None
    if not number.is_finite():
        raise refusal("ValidationException", f"{text!r} is no number")
    if number == 0:
        return "0"
    number = _without_trailing_zeroes(number)
    if (
        len(number.as_tuple().digits) > MAX_DIGITS
        or not SMALLEST_EXPONENT <= number.adjusted() <= LARGEST_EXPONENT
    ):
        raise refusal("ValidationException", f"{text!r} is out of range")
    return f"{number:f}"


def _without_trailing_zeroes(number: Decimal) -> Decimal:
    """Shorten a number exactly, however long it is: normalize() would round it."""
    sign, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    zeroes = len(digits) - len(kept)
    return Decimal((sign, tuple(map(int, kept)), int(exponent) + zeroes))


def item_bytes(item: Item) -> int:
    """Count an item as DynamoDB does: names and values.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value.strip("-").replace(".", "").strip("0")) // 2 + 1
        case "M":
            return 3 + item_bytes(value) + len(value)
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in value)
    return 1
