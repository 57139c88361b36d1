"""Who wants mail of which status page, in the directory: requests first, subscribers then."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.status_pages.subscription import PATIENCE, PAUSE, OptIn, Subscriber
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState
from sentinelmesh.storage.directory.repositories import Shelf
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import attribute, attributes, from_item, to_item
from sentinelmesh.storage.dynamodb.query_pages import walk
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class SubscriptionsRepository:
    """Requests that wait for their confirmation, and subscribers by page."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._asking = Shelf(client, table, keys.OPT_IN)
        self._opt_ins = RowReader(keys.OPT_IN, ("id",), lambda item: from_item(item, OptIn))
        self._subscribers = RowReader(
            "subscriber", ("kind", "id"), lambda item: from_item(item, Subscriber)
        )

    def ask(self, opt_in: OptIn) -> None:
        """Have an address asked whether it wants mail. Cost: 1 write unit.

        Raises:
            AlreadyExists: it was asked not long ago.
        """
        with translate_errors(AlreadyExists, "request for mail"):
            self._client.put_item(
                TableName=self._table,
                Item=_opt_in_item(opt_in),
                ConditionExpression="attribute_not_exists(id) OR asked_at <= :before",
                ExpressionAttributeValues=attributes({":before": opt_in.asked_at - PAUSE}),
            )

    def list_asked(self) -> list[OptIn]:
        """Read all requests, strongly consistent; nearly always there are none."""
        return list(self._opt_ins.read_all(self._asking.read_all()))

    def asked(self, page_id: str, subscriber_id: str) -> OptIn | None:
        """Read one request, strongly consistent. Cost: 1 read unit."""
        item = self._asking.read(f"{page_id}#{subscriber_id}")
        return None if item is None else self._opt_ins.read(item)

    def advance(self, before: OptIn, after: OptIn) -> None:
        """Write what became of the mail of a request.

        Raises:
            StaleState: somebody else was faster, or it is confirmed.
        """
        with translate_errors(StaleState, "request for mail was moved by others"):
            self._client.put_item(
                TableName=self._table,
                Item=_opt_in_item(after),
                ConditionExpression="asked_at = :asked AND #state = :state AND tries = :tries",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues=attributes(
                    {":asked": before.asked_at, ":state": before.state, ":tries": before.tries}
                ),
            )

    def confirm(self, opt_in: OptIn, at: datetime) -> None:
        """Build a subscriber of who asked; doing it again changes nothing. Cost: 2 write units."""
        subscriber = Subscriber(
            page_id=opt_in.page_id,
            id=opt_in.subscriber_id,
            address=opt_in.address,
            secret=opt_in.secret,
            since=at,
        )
        with translate_errors(AlreadyExists, f"subscriber {subscriber.id}"):
            self._client.put_item(
                TableName=self._table,
                Item=to_item(subscriber, kind=keys.subscribers_key(subscriber.page_id)),
                ConditionExpression="attribute_not_exists(id) OR secret = :secret",
                ExpressionAttributeValues={":secret": attribute(subscriber.secret)},
            )
        self._remove(self._asking.key(f"{opt_in.page_id}#{opt_in.subscriber_id}"))

    def get(self, page_id: str, subscriber_id: str) -> Subscriber | None:
        """Read one subscriber, strongly consistent. Cost: 1 read unit."""
        item = self._shelf(page_id).read(subscriber_id)
        return None if item is None else self._subscribers.read(item)

    def iterate(self, page_id: str, after_id: str = "") -> Iterator[Subscriber]:
        """Walk over the subscribers of a page in the order of their ids. Cost: 1 unit per 4 KB."""
        rows = walk(
            self._client,
            f"subscribers of {page_id}",
            TableName=self._table,
            KeyConditionExpression="kind = :kind AND id > :after",
            ExpressionAttributeValues={
                ":kind": {"S": keys.subscribers_key(page_id)},
                # An empty key may not be asked for; this one lies before all of ours.
                ":after": {"S": after_id or "#"},
            },
            ConsistentRead=True,
        )
        return self._subscribers.read_all(rows)

    def end(self, page_id: str, subscriber_id: str) -> None:
        """Forget an address; none is fine too. Cost: 2 write units."""
        self._remove(self._asking.key(f"{page_id}#{subscriber_id}"))
        self._remove(self._shelf(page_id).key(subscriber_id))

    def _remove(self, key: dict[str, Any]) -> None:
        with translate_errors(NotFound, "request for mail"):
            self._client.delete_item(TableName=self._table, Key=key)

    def _shelf(self, page_id: str) -> Shelf:
        return Shelf(self._client, self._table, keys.subscribers_key(page_id))


def _opt_in_item(opt_in: OptIn) -> dict[str, Any]:
    return to_item(
        opt_in,
        kind=keys.OPT_IN,
        id=f"{opt_in.page_id}#{opt_in.subscriber_id}",
        ttl=int((opt_in.asked_at + PATIENCE).timestamp()),
    )
