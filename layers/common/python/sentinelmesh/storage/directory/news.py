"""The news of status pages in the directory: each page has a partition, each row is an outbox."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sentinelmesh.domain.status_pages.status_page import WORTH_TELLING, News, NewsKind
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState
from sentinelmesh.storage.directory.repositories import Shelf
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.dynamodb.error_translation import translate_errors
from sentinelmesh.storage.dynamodb.items import Item, attribute, attributes, from_item, to_item
from sentinelmesh.storage.dynamodb.rows import RowReader

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = timedelta(days=90)


class NewsRepository:
    """News by page and id."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._rows = RowReader("news", ("kind", "id"), lambda item: from_item(item, News))

    def list(self, page_id: str, at: datetime) -> list[News]:
        """Read what a page tells, the newest first, strongly consistent.

        Cost: 1 read unit per 4 KB.
        """
        found = self._rows.read_all(self._shelf(page_id).read_all())
        kept = (each for each in found if each.at > at - KEPT)
        return sorted(kept, key=lambda each: (each.at, each.id), reverse=True)

    def get(self, page_id: str, news_id: str) -> News | None:
        """Read one, strongly consistent. Cost: 1 read unit."""
        item = self._shelf(page_id).read(news_id)
        return None if item is None else self._rows.read(item)

    def create(self, news: News) -> None:
        """Put news; its mails are due from then on. Cost: 1 write unit per KB.

        Raises:
            AlreadyExists: it was told before.
        """
        with translate_errors(AlreadyExists, f"news {news.id}"):
            self._client.put_item(
                TableName=self._table,
                Item=_item(news),
                ConditionExpression="attribute_not_exists(id)",
            )

    def claim(self, claimed: News, at: datetime) -> None:
        """Take the sending of its mails on oneself, unless somebody else has just done so.

        Raises:
            StaleState: somebody has, or it is gone or told.
        """
        self._put(
            claimed,
            "attribute_exists(due_at) "
            "AND (attribute_not_exists(claimed_until) OR claimed_until <= :now)",
            {":now": attribute(at)},
        )

    def advance(self, mine: News, after: News) -> None:
        """Write how far its mails are.

        Args:
            mine: as it was claimed.

        Raises:
            StaleState: the claim is lost, or the news is gone.
        """
        self._put(after, "claim = :mine", {":mine": attribute(mine.claim)})

    def delete(self, page_id: str, news_id: str) -> None:
        """Take news back; who got a mail of it keeps that.

        Raises:
            NotFound: it is gone already.
        """
        self._shelf(page_id).remove(news_id)

    def forget(self, page_id: str, news_id: str) -> None:
        """Remove news with its page; none is fine too."""
        with translate_errors(NotFound, f"news {news_id}"):
            key = self._shelf(page_id).key(news_id)
            self._client.delete_item(TableName=self._table, Key=key)

    def _put(self, news: News, condition: str, values: Item) -> None:
        with translate_errors(StaleState, f"news {news.id} was moved by others"):
            self._client.put_item(
                TableName=self._table,
                Item=_item(news),
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )

    def _shelf(self, page_id: str) -> Shelf:
        return Shelf(self._client, self._table, keys.news_key(page_id))


class RequestsRepository:
    """How often a page was asked for mail, hour by hour: more than so often is refused."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def count(self, page_id: str, at: datetime, most: int) -> None:
        """Count one more request. Cost: 1 write unit.

        Raises:
            NotFound: there is no more room in this hour.
        """
        hour = at.strftime("%Y-%m-%dT%H")
        forgotten = int((at + timedelta(hours=2)).timestamp())
        with translate_errors(NotFound, f"room for {page_id}"):
            self._client.update_item(
                TableName=self._table,
                Key=_requests_key(page_id, hour),
                UpdateExpression="SET #ttl = :ttl ADD asked :one",
                ConditionExpression="attribute_not_exists(asked) OR asked < :most",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues=attributes({":ttl": forgotten, ":one": 1, ":most": most}),
            )


def _item(news: News) -> Item:
    """Write a row; of outages it is needed no longer than they are worth telling."""
    kept = KEPT if news.about is NewsKind.POST else 2 * WORTH_TELLING
    forgotten = int((news.at + kept).timestamp())
    return to_item(news, kind=keys.news_key(news.page_id), ttl=forgotten)


def _requests_key(page_id: str, hour: str) -> dict[str, Any]:
    return {"kind": {"S": keys.SUBSCRIBING}, "id": {"S": f"{page_id}#{hour}"}}
