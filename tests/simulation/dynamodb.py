"""The calls of boto3's DynamoDB client that the repositories make, over tables in memory."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar

from botocore.exceptions import ClientError
from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.simulation.expressions import Given, Item, Unsupported, holds, plain, updated
from tests.simulation.tables import Table

# Small, so that every reader has to turn pages.
PAGE = 25
PARTITION = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)")
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
Around = Callable[[str, Callable[[], Any]], Any]


@dataclass
class FakeDynamoDb:
    """A client.

    Args:
        around: carries a call out; may count, delay, refuse, lose it, or crash.
        clock: when a change is made.
        stale: up to which moment an eventually consistent read has caught up.
    """

    tables: Mapping[str, Table]
    clock: Callable[[], datetime]
    around: Around = lambda _name, call: call()
    stale: Callable[[], datetime | None] = lambda: None
    # Hooks into how answers are read: here there is nothing to read.
    meta: ClassVar[Any] = SimpleNamespace(events=SimpleNamespace(register=lambda *_hook: None))

    def put_item(self, **asked: Any) -> Any:
        return self.around("PutItem", lambda: self._write_one("Put", asked))

    def update_item(self, **asked: Any) -> Any:
        return self.around("UpdateItem", lambda: self._write_one("Update", asked))

    def delete_item(self, **asked: Any) -> Any:
        return self.around("DeleteItem", lambda: self._write_one("Delete", asked))

    def get_item(self, **asked: Any) -> Any:
        return self.around("GetItem", lambda: self._get(asked))

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> Any:  # noqa: N803 (boto3's name)
        return self.around("BatchGetItem", lambda: self._get_many(RequestItems))

    def query(self, **asked: Any) -> Any:
        return self.around("Query", lambda: self._query(asked))

    def transact_write_items(self, TransactItems: list[Any], **_token: Any) -> Any:  # noqa: N803
        return self.around("TransactWriteItems", lambda: self._transact(TransactItems))

    def get_paginator(self, name: str) -> "Paginator":
        return Paginator(getattr(self, name))

    def _seen_at(self, asked: Mapping[str, Any]) -> datetime | None:
        is_consistent = asked.get("ConsistentRead") and not asked.get("IndexName")
        return None if is_consistent else self.stale()

    def _get(self, asked: Mapping[str, Any]) -> Any:
        item = self.tables[asked["TableName"]].get(asked["Key"], self._seen_at(asked))
        return {} if item is None else {"Item": dict(item)}

    def _get_many(self, wanted: Mapping[str, Any]) -> Any:
        found: dict[str, list[Item]] = {}
        for name, asked in wanted.items():
            places = [self.tables[name].place_of(key) for key in asked["Keys"]]
            if not 1 <= len(places) <= 100 or len(set(places)) < len(places):
                raise refusal("ValidationException", "1 to 100 different keys")
            items = (self.tables[name].get(key, self._seen_at(asked)) for key in asked["Keys"])
            found[name] = [dict(item) for item in items if item is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _query(self, asked: Mapping[str, Any]) -> Any:
        table, index = self.tables[asked["TableName"]], asked.get("IndexName")
        if index and asked.get("ConsistentRead"):
            raise refusal("ValidationException", "an index has no consistent reads")
        _check_words(asked)
        found = list(table.partition(index, _partition_of(table, asked), self._seen_at(asked)))
        if not asked.get("ScanIndexForward", True):
            found.reverse()
        found = _behind(table, found, asked.get("ExclusiveStartKey"))
        found = [item for item in found if _fits(asked, "KeyConditionExpression", item)]
        page = found[: min(asked.get("Limit", PAGE), PAGE)]
        answer: dict[str, Any] = {
            "Items": [dict(item) for item in page if _fits(asked, "FilterExpression", item)]
        }
        if len(page) < len(found) or (page and len(page) == asked.get("Limit")):
            names = {*table.keys, *table.keys_of(index)}
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in names}
        return answer

    def _write_one(self, kind: str, asked: Mapping[str, Any]) -> Any:
        _check_words(asked)
        before = self._current(asked)
        if not _fits(asked, "ConditionExpression", before or {}):
            old = {"Item": before} if before and _wants_old(asked) else {}
            raise refusal("ConditionalCheckFailedException", "The condition failed", **old)
        self._apply(kind, asked, before)
        return {}

    def _transact(self, actions: list[Any]) -> Any:
        if len(actions) > 100:
            raise refusal("ValidationException", "at most 100 actions")
        places = [self._place(action) for action in actions]
        if len(set(places)) < len(places):
            raise refusal("ValidationException", "one item twice in a transaction")
        reasons = [self._reason(asked) for action in actions for asked in action.values()]
        if any(reason["Code"] != "None" for reason in reasons):
            raise refusal("TransactionCanceledException", "cancelled", CancellationReasons=reasons)
        for action in actions:
            ((kind, asked),) = action.items()
            self._apply(kind, asked, self._current(asked))
        return {}

    def _reason(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        _check_words(asked)
        before = self._current(asked)
        if _fits(asked, "ConditionExpression", before or {}):
            return {"Code": "None"}
        old = {"Item": before} if before and _wants_old(asked) else {}
        return {"Code": "ConditionalCheckFailed", **old}

    def _place(self, action: Mapping[str, Any]) -> tuple[Any, ...]:
        ((_, asked),) = action.items()
        table = self.tables[asked["TableName"]]
        return (asked["TableName"], *table.place_of(asked.get("Item") or asked["Key"]))

    def _current(self, asked: Mapping[str, Any]) -> Item | None:
        return self.tables[asked["TableName"]].get(asked.get("Item") or asked["Key"])

    def _apply(self, kind: str, asked: Mapping[str, Any], before: Item | None) -> None:
        table, at = self.tables[asked["TableName"]], self.clock()
        if kind == "Put":
            table.write(asked["Item"], dict(asked["Item"]), at)
        elif kind == "Delete":
            table.write(asked["Key"], None, at)
        elif kind == "Update":
            start = dict(before) if before is not None else dict(asked["Key"])
            given = Given(start, _names(asked), _values(asked))
            table.write(asked["Key"], updated(asked["UpdateExpression"], given), at)


@dataclass
class Paginator:
    """All pages of a call."""

    call: Callable[..., Any]

    def paginate(self, **asked: Any) -> Iterator[Any]:
        while True:
            page = self.call(**asked)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _names(asked: Mapping[str, Any]) -> Mapping[str, str]:
    names: Mapping[str, str] = asked.get("ExpressionAttributeNames", {})
    return names


def _values(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    values: Mapping[str, Any] = asked.get("ExpressionAttributeValues", {})
    return values


def _fits(asked: Mapping[str, Any], expression: str, item: Item) -> bool:
    if expression not in asked:
        return True
    return holds(asked[expression], Given(item, _names(asked), _values(asked)))


def _partition_of(table: Table, asked: Mapping[str, Any]) -> Any:
    """Read which partition a query is about: it has to name exactly one."""
    match = PARTITION.match(asked["KeyConditionExpression"])
    if match is None:
        raise Unsupported(asked["KeyConditionExpression"])
    name = _names(asked).get(match.group(1), match.group(1))
    if name != table.keys_of(asked.get("IndexName"))[0]:
        raise refusal("ValidationException", f"{name} is not the partition key")
    return plain(_values(asked)[match.group(2)])


def _behind(table: Table, items: list[Item], start: Item | None) -> list[Item]:
    if start is None:
        return items
    place = table.place_of(start)
    places = [table.place_of(item) for item in items]
    return items[places.index(place) + 1 :] if place in places else []


def _wants_old(asked: Mapping[str, Any]) -> bool:
    return asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"


def _check_words(asked: Mapping[str, Any]) -> None:
    """Refuse what DynamoDB refuses: reserved words, and names and values that nothing uses."""
    texts = [asked[name] for name in EXPRESSIONS if name in asked]
    _checked(tuple(texts), tuple(_names(asked)), tuple(_values(asked)))


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


RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())


def refusal(code: str, text: str, **more: Any) -> ClientError:
    """Make the error that boto3 would raise."""
    response: Any = {"Error": {"Code": code, "Message": text}, **more}
    return ClientError(response, "call")
