"""HTTP requests to providers: guarded, short of patience, and precise about what went wrong."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from urllib.parse import urlsplit

import httpx

from functions.alerter.channels.connection import TOTAL_SECONDS, GuardedTransport
from functions.alerter.channels.redaction import redact
from sentinelmesh.errors import DeliveryFailed, ForbiddenTarget
from sentinelmesh.target_guard import HostNotFound, TargetGuard

# What is read of an answer, and what of it is shown.
MAX_READ = 4096
MAX_SHOWN = 500
TRY_LATER = frozenset({408, 425, 429})
# Nothing was sent, and nothing ever will be: the address or the request is no good.
POINTLESS = (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError, UnicodeError)
# Nothing was sent, but may be later.
UNREACHED = (HostNotFound, httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class HttpSender:
    """Posts to providers; one per process, safe for threads.

    Args:
        stand_in: where the local mesh plays the providers; empty where they are real.
    """

    def __init__(
        self,
        guard: TargetGuard,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        stand_in: str = "",
    ) -> None:
        self.guard = guard
        self._stand_in = stand_in
        self._clock = clock
        self._made: httpx.Client | None = None
        self._making = Lock()

    def service(self, site: str) -> str:
        """Return the address of a provider's service: its own, or that of its stand-in."""
        return f"{self._stand_in}/{urlsplit(site).netloc}" if self._stand_in else site

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], secrets: Iterable[str]
    ) -> str:
        """Send a body and give the provider's answer in short.

        Args:
            secrets: texts that must not show up in the answer, not even in part.

        Raises:
            DeliveryFailed: refused, unreachable, or nobody knows.
        """
        try:
            status, answer_headers, text = self._exchange(url, body, headers)
        except ForbiddenTarget as error:
            text = f"the address may not be called: {error}"
            raise DeliveryFailed(text, permanent=True) from error
        except POINTLESS as error:
            text = "this is no address that can be called"
            raise DeliveryFailed(text, permanent=True) from error
        except UNREACHED as error:
            text = f"no connection: {redact(str(error), secrets)}"[:MAX_SHOWN]
            raise DeliveryFailed(text) from error
        except httpx.HTTPError as error:
            text = f"no complete answer: {type(error).__name__}"
            raise DeliveryFailed(text, uncertain=True) from error
        answer = f"HTTP {status} {redact(text, secrets)}".strip()[:MAX_SHOWN]
        if httpx.codes.is_success(status):
            return answer
        if httpx.codes.is_redirect(status):
            answer = f"HTTP {status}: redirects are not followed, give the final address"
        pause = _pause(answer_headers, self._clock())
        permanent = not is_passing(status)
        raise DeliveryFailed(answer, permanent=permanent, retry_after_seconds=pause)

    def _exchange(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], str]:
        """Send, and read the beginning of the answer."""
        sent = {
            "content-type": "application/json",
            "user-agent": "SentinelMesh",
            "accept-encoding": "identity",
            **headers,
        }
        with self._client().stream("POST", url, content=body, headers=sent) as response:
            taken = b""
            try:
                for chunk in response.iter_raw():
                    taken += chunk
                    if len(taken) >= MAX_READ:
                        break
            except httpx.HTTPError:
                # The status line has come: that is the answer, whatever happens to its body.
                taken += b" (answer cut short)"
            text = readable(taken[:MAX_READ].decode(errors="replace"))
            return response.status_code, response.headers, text

    def _client(self) -> httpx.Client:
        with self._making:
            if self._made is None:
                self._made = httpx.Client(
                    transport=GuardedTransport(self.guard),
                    timeout=httpx.Timeout(TOTAL_SECONDS),
                    trust_env=False,
                )
            return self._made


def is_passing(status: int) -> bool:
    """Return whether what a provider refused may be taken later."""
    return status in TRY_LATER or httpx.codes.is_server_error(status)


def readable(text: str) -> str:
    r"""Write an answer in one line that does nothing to a terminal.

    >>> readable("no\r\n such \x1b[1mkey")
    'no such [1mkey'
    """
    printable = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(printable.split())


def _pause(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read the pause that a provider asks for, in seconds.

    A date counts from the provider's own clock where it tells it.

    Source: RFC 9110, section 10.2.3 (Retry-After)
    """
    written = headers.get("retry-after", "").strip()
    if written.isascii() and written.isdecimal():
        return float(written)
    until = _date(written)
    if until is None:
        return None
    since = _date(headers.get("date", "")) or now
    return max(0.0, (until - since).total_seconds())


def _date(written: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(written)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
