"""The publisher: makes files of the status pages, and mails those who asked for their news.

Trigger: each minute; streams of directory (pages, posts, requests for mail) and of incidents.
Effect: writes the files of all pages; sends mails of news, and marks them.
Retries: files may be written any number of times; a mail is claimed before it is sent.
"""

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from functions.publisher.files import Files
from functions.publisher.mail_templates import Mailer
from functions.publisher.publisher import Publisher
from functions.publisher.reader import Gatherer
from functions.publisher.subscriber_mail import Mailing
from sentinelmesh.batch import Response, is_stream_event, report_failures
from sentinelmesh.clients import client
from sentinelmesh.delivery.deadline import Deadline
from sentinelmesh.history import History
from sentinelmesh.observability import logger
from sentinelmesh.settings import PublisherSettings
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.news import NewsRepository
from sentinelmesh.storage.directory.paused_addresses import PausedAddressesRepository
from sentinelmesh.storage.directory.status_pages import StatusPagesRepository
from sentinelmesh.storage.directory.subscriptions import SubscriptionsRepository
from sentinelmesh.storage.dynamodb import keys
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.newest_results import NewestResults
from sentinelmesh.storage.results import ResultsRepository
from sentinelmesh.storage.rollups import RollupsRepository
from sentinelmesh.storage.states import StatesRepository

# Two runs at once may leave a file that one of them has just removed: soon it is looked for again.
TIDY_MINUTES = 10


@cache
def wire() -> Publisher:
    """Build clients and read settings, once per process."""
    import boto3

    settings = PublisherSettings.from_environment(os.environ)
    session, home = boto3.Session(), settings.home_region
    tables, directory = client(session, "dynamodb", home), settings.directory_table
    news = NewsRepository(tables, directory)
    results = ResultsRepository(tables, settings.results_table)
    incidents = IncidentsRepository(tables, settings.incidents_table)
    windows = MaintenanceRepository(tables, directory)
    # A mail that timed out may have been taken: repeating it is our decision, not the client's.
    ses = client(session, "sesv2", home, tries=1)
    return Publisher(
        pages=StatusPagesRepository(tables, directory),
        windows=windows,
        news=news,
        gatherer=Gatherer(
            monitors=MonitorsRepository(tables, settings.monitors_table),
            states=StatesRepository(tables, settings.states_table),
            newest=NewestResults(tables, settings.results_table, results),
            incidents=incidents,
            history=History(
                rollups=RollupsRepository(tables, settings.rollups_table),
                results=results,
                incidents=incidents,
                windows=windows.list,
                kept=timedelta(days=settings.retention_days),
            ),
            clock=_now,
        ),
        files=Files(client(session, "s3", home), settings.pages_bucket),
        mailing=Mailing(
            news=news,
            subscriptions=SubscriptionsRepository(tables, directory),
            mailer=Mailer(ses, settings.mail_from, settings.public_url),
            paused=PausedAddressesRepository(tables, directory).among,
            clock=_now,
        ),
        base=settings.public_url,
        clock=_now,
    )


def lambda_handler(event: Mapping[str, Any], context: Any) -> Response:
    """Publish, whatever woke it."""
    deadline = Deadline.of(context, time.monotonic)
    if not is_stream_event(event):
        wire().publish(deadline, tidy=_now().minute % TIDY_MINUTES == 0)
        return report_failures([])
    try:
        wire().publish(deadline, tidy=any(map(_is_page, event["Records"])))
    except Exception:  # noqa: BLE001 (the next minute mends it, and says so if it cannot)
        logger().exception("pages_unpublished")
    return report_failures([])


def _is_page(record: Mapping[str, Any]) -> bool:
    kind = record["dynamodb"]["Keys"].get("kind", {}).get("S")
    return bool(kind == keys.STATUS_PAGE)


def _now() -> datetime:
    return datetime.now(UTC)
