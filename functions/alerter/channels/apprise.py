"""Everything that the package Apprise can speak to, where a deployment has its layer."""

import logging
import re
import threading
from ast import literal_eval
from collections.abc import Iterator, Mapping
from functools import cache, partial
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from functions.alerter.channels.connection import TOTAL_SECONDS
from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.http_sender import MAX_SHOWN, is_passing, readable
from functions.alerter.channels.plain_text import as_text
from functions.alerter.channels.redaction import redact
from functions.alerter.channels.sandbox import Fenced, Sandbox
from functions.alerter.notification import Notification, Tone
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.errors import DeliveryFailed
from sentinelmesh.target_guard import TargetGuard

if TYPE_CHECKING:
    from apprise import AppriseAsset

NO_LAYER = "this deployment has no Apprise: set apprise to true in cdk.json and deploy"
# Source: https://appriseit.com/notifications (what each service calls its tones)
TYPES = {Tone.BAD: "failure", Tone.WARNING: "warning", Tone.CALM: "info", Tone.GOOD: "success"}
DETAILS = "Response Details:"
STATUS = re.compile(r"\berror=([1-5][0-9]{2})\b")
# Words of requests and of the system for a connection that never came about.
UNREACHED = re.compile(
    "NewConnectionError|ConnectTimeoutError|NameResolutionError|CERTIFICATE_VERIFY_FAILED"
    "|Connection refused|Name or service not known"
)
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~])")
_here = threading.local()


class Apprise:
    """Tells one service by its address; nobody knows whether it takes a key, so none is sent."""

    takes_key = False

    def __init__(self, guard: TargetGuard) -> None:
        self._guard = guard

    def deliver(
        self,
        notice: Notification,
        channel: Channel,  # noqa: ARG002
        secrets: Mapping[str, str],
    ) -> Receipt:
        """Have the package tell the service, inside a fence: it opens connections of its own."""
        try:
            asset = _asset()
        except ImportError as error:
            raise DeliveryFailed(NO_LAYER, permanent=True) from error
        url = secrets.get("url", "")
        records: list[logging.LogRecord] = []
        fence = Sandbox(self._guard, monotonic() + TOTAL_SECONDS)
        sending = Fenced(partial(_send, url, notice, asset, records), fence)
        sending.start()
        sending.join(TOTAL_SECONDS)
        if sending.is_alive():
            raise DeliveryFailed("no complete answer in time", uncertain=fence.has_connected)
        answer = redact("; ".join(_find_provider_lines(records)), _secrets_of(url))[:MAX_SHOWN]
        if sending.result:
            return Receipt(answer or "Apprise sent it")
        raise _failure(answer, fence, records, sending.error)


def _send(
    url: str, notice: Notification, asset: "AppriseAsset", records: list[logging.LogRecord]
) -> bool:
    """Send, with everything that the package says about it on the way."""
    import apprise

    _here.records = records
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise LookupError
    text, written_in = as_text(notice), apprise.NotifyFormat.TEXT
    if service.resolve_format(written_in) is apprise.NotifyFormat.MARKDOWN:
        text, written_in = MARKDOWN.sub(r"\\\1", text), apprise.NotifyFormat.MARKDOWN
    return bool(
        service.notify(
            body=powerless(text),
            title=powerless(notice.title),
            notify_type=apprise.NotifyType(TYPES[Tone.CALM if notice.test else notice.tone]),
            body_format=written_in,
            overflow=apprise.OverflowMode.TRUNCATE,
        )
    )


def powerless(written: str) -> str:
    r"""Have nobody mentioned, whatever sign the service takes for a mention.

    >>> powerless("@all")
    '@\u200ball'
    """
    return written.replace("@", "@\u200b")


@cache
def _asset() -> "AppriseAsset":
    """Load the package, which takes a second, and have what it says collected.

    Raises:
        ImportError: this deployment has no such layer.
    """
    import apprise
    from apprise import manager_plugins

    log = logging.getLogger("apprise")
    # It writes whole addresses and bodies, which are not for our log.
    log.propagate = False
    log.setLevel(logging.DEBUG)
    # Loaded anew in the same process, it must not record every message twice.
    log.handlers[:] = [_Collecting()]
    manager_plugins.NotificationManager().load_modules()  # type: ignore[no-untyped-call]
    return apprise.AppriseAsset(
        app_id="SentinelMesh",
        app_desc="SentinelMesh",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        interpret_emojis=False,
    )


class _Collecting(logging.Handler):
    """Gives every thread what it said itself."""

    def emit(self, record: logging.LogRecord) -> None:
        records: list[logging.LogRecord] = getattr(_here, "records", [])
        records.append(record)


def _find_provider_lines(records: list[logging.LogRecord]) -> Iterator[str]:
    """Return what is for people: what the package says, and the provider's answer word for word."""
    for record in records:
        text = record.getMessage()
        if text.startswith(DETAILS):
            yield readable(_unquote_bytes(text.removeprefix(DETAILS).strip()))
        elif record.levelno >= logging.INFO:
            yield readable(text)


def _unquote_bytes(body: str) -> str:
    """Undo how Python writes bytes."""
    try:
        raw = literal_eval(body)
    except (ValueError, SyntaxError):
        return body
    return raw.decode(errors="replace") if isinstance(raw, bytes) else body


def _secrets_of(url: str) -> list[str]:
    """Return all parts of an address: many services write keys where others have the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return [url]
    return [url, parts.netloc, *re.split("[:@]", parts.netloc)]


def _failure(
    answer: str, fence: Sandbox, records: list[logging.LogRecord], error: Exception | None
) -> DeliveryFailed:
    """Return what became of a message that was not sent, or not to everybody."""
    if isinstance(error, LookupError) and fence.refused is None:
        return DeliveryFailed(f"no address that Apprise knows: {answer}", permanent=True)
    if error is not None:
        answer = f"Apprise broke ({type(error).__name__}); {answer}"
    said = "\n".join(record.getMessage() for record in records)
    if any(record.getMessage().startswith("Sent ") for record in records):
        return DeliveryFailed(f"sent to some only: {answer}"[:MAX_SHOWN], uncertain=True)
    status = STATUS.search(said)
    if status is not None:
        return DeliveryFailed(answer, permanent=not is_passing(int(status[1])))
    # What it may do without, such as a file with passwords, is no reason where there is another.
    if fence.refused is not None:
        text = f"the address may not be called: {fence.refused}"
        return DeliveryFailed(text, permanent=not fence.has_connected)
    never_left = not fence.has_connected or UNREACHED.search(said) is not None
    return DeliveryFailed(answer or "Apprise could not send it", uncertain=not never_left)
