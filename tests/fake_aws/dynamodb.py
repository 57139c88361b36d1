"""The calls of boto3's DynamoDB client that the repositories make, over tables in memory."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec

from tests.fake_aws.expressions import Given, Item, Unsupported, holds, plain, updated
from tests.fake_aws.refusals import (
    check_key,
    check_size,
    check_words,
    names_of,
    refusal,
    stored,
    values_of,
)
from tests.fake_aws.tables import Table

# Small, so that every reader has to turn pages.
PAGE = 25
MAX_PAGE_BYTES = 1024 * 1024
PARTITION = re.compile(r"\s*(#?\w+)\s*=\s*(:\w+)")
REACH = re.compile(r"AND\s+#?\w+\s+(BETWEEN|[<>]=?)\s+(:\w+)(?:\s+AND\s+(:\w+))?")
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

    def scan(self, **asked: Any) -> Any:
        return self.around("Scan", lambda: self._scan(asked))

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
        unread: dict[str, Any] = {}
        for name, asked in wanted.items():
            places = [self.tables[name].place_of(key) for key in asked["Keys"]]
            if not 1 <= len(places) <= 100 or len(set(places)) < len(places):
                raise refusal("ValidationException", "1 to 100 different keys")
            keys, left = asked["Keys"][:PAGE], asked["Keys"][PAGE:]
            items = (self.tables[name].get(key, self._seen_at(asked)) for key in keys)
            found[name] = [dict(item) for item in items if item is not None]
            if left:
                unread[name] = {**asked, "Keys": left}
        return {"Responses": found, "UnprocessedKeys": unread}

    def _query(self, asked: Mapping[str, Any]) -> Any:
        table, index = self.tables[asked["TableName"]], asked.get("IndexName")
        if index and asked.get("ConsistentRead"):
            raise refusal("ValidationException", "an index has no consistent reads")
        check_words(asked)
        least, most = _reach_of(asked)
        found = table.partition(
            index,
            _partition_of(table, asked),
            self._seen_at(asked),
            least=least,
            most=most,
            behind=asked.get("ExclusiveStartKey"),
            backwards=not asked.get("ScanIndexForward", True),
        )
        fitting = (item for item in found if _fits(asked, "KeyConditionExpression", item))
        return _page(asked, fitting, {*table.keys, *table.keys_of(index)})

    def _scan(self, asked: Mapping[str, Any]) -> Any:
        check_words(asked)
        table = self.tables[asked["TableName"]]
        found = table.everything(self._seen_at(asked), behind=asked.get("ExclusiveStartKey"))
        return _page(asked, iter(found), set(table.keys))

    def _write_one(self, kind: str, asked: Mapping[str, Any]) -> Any:
        before = self._current(asked)
        if (reason := self._reason(asked))["Code"] != "None":
            code, text = "ConditionalCheckFailedException", "The condition failed"
            raise refusal(code, text, **{name: reason[name] for name in reason if name == "Item"})
        self._changes(kind, asked)()
        return {"Attributes": before} if before and asked.get("ReturnValues") == "ALL_OLD" else {}

    def _transact(self, actions: list[Any]) -> Any:
        if len(actions) > 100:
            raise refusal("ValidationException", "at most 100 actions")
        parts = [(kind, asked) for action in actions for kind, asked in action.items()]
        places = [self._place(asked) for _, asked in parts]
        if len(set(places)) < len(places):
            raise refusal("ValidationException", "one item twice in a transaction")
        reasons = [self._reason(asked) for _, asked in parts]
        if any(reason["Code"] != "None" for reason in reasons):
            raise refusal("TransactionCanceledException", "cancelled", CancellationReasons=reasons)
        # All of them are made before one is done: any may turn out to be refused.
        check_size(asked for _, asked in parts)
        for change in [self._changes(kind, asked) for kind, asked in parts]:
            change()
        return {}

    def _reason(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        check_words(asked)
        before = self._current(asked)
        if _fits(asked, "ConditionExpression", before or {}):
            return {"Code": "None"}
        old = {"Item": before} if before and _wants_old(asked) else {}
        return {"Code": "ConditionalCheckFailed", **old}

    def _place(self, asked: Mapping[str, Any]) -> tuple[Any, ...]:
        table = self.tables[asked["TableName"]]
        return (asked["TableName"], *table.place_of(_keyed(table, asked)))

    def _current(self, asked: Mapping[str, Any]) -> Item | None:
        table = self.tables[asked["TableName"]]
        return table.get(_keyed(table, asked))

    def _changes(self, kind: str, asked: Mapping[str, Any]) -> Callable[[], None]:
        """Make ready what a write does."""
        table, at = self.tables[asked["TableName"]], self.clock()
        if kind == "ConditionCheck":
            return lambda: None
        after: Item | None = None
        if kind == "Put":
            after = stored(asked["Item"])
        elif kind == "Update":
            start = dict(self._current(asked) or asked["Key"])
            given = Given(start, names_of(asked), values_of(asked))
            after = stored(updated(asked["UpdateExpression"], given))
        return lambda: table.write(_keyed(table, asked), after, at)


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


def _fits(asked: Mapping[str, Any], expression: str, item: Item) -> bool:
    if expression not in asked:
        return True
    return holds(asked[expression], Given(item, names_of(asked), values_of(asked)))


def _partition_of(table: Table, asked: Mapping[str, Any]) -> Any:
    """Read which partition a query is about: it has to name exactly one."""
    match = PARTITION.match(asked["KeyConditionExpression"])
    if match is None:
        raise Unsupported(asked["KeyConditionExpression"])
    name = names_of(asked).get(match.group(1), match.group(1))
    if name != table.keys_of(asked.get("IndexName"))[0]:
        raise refusal("ValidationException", f"{name} is not the partition key")
    return plain(values_of(asked)[match.group(2)])


def _reach_of(asked: Mapping[str, Any]) -> tuple[Any, Any]:
    """Read the least and the greatest sort key that a query can find; None where it sets none."""
    match = REACH.search(asked["KeyConditionExpression"])
    if match is None:
        return None, None
    operator, first, second = match.groups()
    value = plain(values_of(asked)[first])
    if operator == "BETWEEN":
        return value, plain(values_of(asked)[second])
    return (value, None) if operator.startswith(">") else (None, value)


def _page(asked: Mapping[str, Any], found: Iterator[Item], names: set[str]) -> dict[str, Any]:
    """Build one page of an answer: the limit counts items before the filter leaves some out."""
    page = list(islice(found, min(asked.get("Limit", PAGE), PAGE)))
    is_cut = False
    while len(page) > 1 and len(msgspec.json.encode(page)) > MAX_PAGE_BYTES:
        is_cut = bool(page.pop())
    items = [item for item in page if _fits(asked, "FilterExpression", item)]
    answer: dict[str, Any] = {"Count": len(items), "ScannedCount": len(page)}
    if asked.get("Select") != "COUNT":
        answer["Items"] = [_projected(asked, item) for item in items]
    if is_cut or next(found, None) or (page and len(page) == asked.get("Limit")):
        answer["LastEvaluatedKey"] = {name: page[-1][name] for name in names}
    return answer


def _projected(asked: Mapping[str, Any], item: Item) -> Item:
    if "ProjectionExpression" not in asked:
        return dict(item)
    words = [word.strip() for word in asked["ProjectionExpression"].split(",")]
    names = [names_of(asked).get(word, word) for word in words]
    return {name: item[name] for name in names if name in item}


def _keyed(table: Table, asked: Mapping[str, Any]) -> Item:
    """Return what names the item of a write: itself, or its key."""
    return check_key(asked.get("Item") or asked["Key"], table.keys)


def _wants_old(asked: Mapping[str, Any]) -> bool:
    return asked.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
