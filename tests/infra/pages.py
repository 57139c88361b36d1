"""A status page in a mesh in memory, with one reader and one who has asked to be one."""

from datetime import datetime
from typing import Any

import boto3

from sentinelmesh.domain.status_pages.status_page import News, NewsKind, ShownMonitor, StatusPage
from sentinelmesh.domain.status_pages.subscription import OptIn
from sentinelmesh.storage.directory.news import NewsRepository
from sentinelmesh.storage.directory.status_pages import StatusPagesRepository
from sentinelmesh.storage.directory.subscriptions import SubscriptionsRepository
from tests.support.moto_mesh import HOME, MotoMesh


def make_bucket(bucket: str) -> None:
    """Build the bucket of the files, as the templates do."""
    where: Any = {"LocationConstraint": HOME}
    boto3.client("s3", HOME).create_bucket(Bucket=bucket, CreateBucketConfiguration=where)


def put_page(mesh: MotoMesh, monitor_id: str, at: datetime) -> None:
    """Add everything that the publisher looks at."""
    client, table = mesh.dynamodb, mesh.tables["directory"]
    page = StatusPage(
        id="sp_1",
        slug="shop",
        name="Shop",
        monitors=(ShownMonitor(monitor_id=monitor_id, name="Shop", since=at),),
        created_at=at,
        updated_at=at,
    )
    StatusPagesRepository(client, table).create(page)
    subscriptions = SubscriptionsRepository(client, table)
    for name in ("ann", "bob"):
        asked = OptIn(
            page_id=page.id,
            subscriber_id=f"sub_{name}",
            address=f"{name}@reader.example",
            secret="s",
            asked_at=at,
        )
        subscriptions.ask(asked)
        if name == "ann":
            subscriptions.confirm(asked, at)
    post = News(
        page_id=page.id, id="post_1", about=NewsKind.POST, at=at, title="Hi", text="Soon.",
        due_at=at,
    )  # fmt: skip
    NewsRepository(client, table).create(post)
