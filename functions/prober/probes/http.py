"""The HTTP probe: one request with its redirects, its timings and what was expected of it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import h11

from functions.prober import lazy_import
from functions.prober.evaluation import evaluate
from functions.prober.http.body import text_of
from functions.prober.http.cookies import ChainCookies
from functions.prober.http.http1 import MAX_BODY_BYTES, Exchange, Head
from functions.prober.http.options import HttpOptions, is_expected, options_of
from functions.prober.http.request import Request, first_request, follow_redirect
from functions.prober.http.url import ForeignScheme, UnusableUrl, Url, parse_url, resolve
from functions.prober.net.connection import Connection
from functions.prober.observation import Observation, ProbeFailed
from functions.prober.probes.context import Assignment, ProbeContext
from functions.prober.tls.handshake import secure
from sentinelmesh.domain.probing.assertion import Answer

if TYPE_CHECKING:
    from functions.prober.http.http2 import Http2Exchange

MAX_REDIRECTS = 5
MAX_SHOWN_URL = 300
OF_BODY = frozenset({"body", "json"})
# Enough for a sample, when nothing is said about the whole body.
SAMPLED_BYTES = 32_768
REDIRECTS = frozenset({301, 302, 303, 307, 308})


async def probe(assignment: Assignment, context: ProbeContext) -> Observation:
    """Build the request of a check and judge the answer.

    Raises:
        ProbeFailed: there was no answer to judge.
    """
    options = options_of(assignment.check.probe, assignment.secrets)
    request = _first(assignment.check.target, options, context.user_agent)
    if options.version == "2":
        await lazy_import.load(lazy_import.HTTP_2, context, assignment.watch)
    head, body = await _Chain(assignment, context, options, request.url.origin).follow(request)
    latency_ms = assignment.watch.stop()
    is_asserted = any(each.source in OF_BODY for each in assignment.check.assertions)
    text = text_of(body, head.headers, MAX_BODY_BYTES if is_asserted else SAMPLED_BYTES)
    del body  # from here on the text takes its place in memory
    answer = Answer(status=head.status, latency_ms=latency_ms, headers=head.headers, body=text)
    return evaluate(assignment, answer, _mismatch(head.status, options.expected_status))


def _first(target: str, options: HttpOptions, user_agent: str) -> Request:
    try:
        return first_request(parse_url(target), options, user_agent)
    except ForeignScheme as error:
        raise ProbeFailed("target_forbidden", str(error)) from error
    except UnusableUrl as error:
        raise ProbeFailed("request_invalid", str(error)) from error


def _mismatch(status: int, expected: tuple[str, ...]) -> ProbeFailed | None:
    if is_expected(status, expected):
        return None
    return ProbeFailed("status_mismatch", f"HTTP {status}, expected {', '.join(expected)}")


@dataclass(frozen=True, slots=True)
class _Chain:
    """A request and the redirects that it leads to, each on a connection of its own."""

    assignment: Assignment
    context: ProbeContext
    options: HttpOptions
    home: tuple[str, str, int]
    cookies: ChainCookies = field(default_factory=ChainCookies)

    async def follow(self, request: Request) -> tuple[Head, bytearray]:
        """Return the answer at the end of the chain."""
        seen = set()
        for _ in range(MAX_REDIRECTS + 1):
            cookies = self.cookies.header(request.url.origin)
            step = (request.method, request.url, cookies)
            if step in seen:
                raise ProbeFailed("redirect_loop", f"{request.url} redirects back to itself")
            seen.add(step)
            head, body = await self._ask(request, cookies)
            self.assignment.watch.met.headers = head.headers
            if not self._leads_on(head):
                return head, body
            self.cookies.take(request.url.origin, head.set_cookies)
            self._note(request.url)
            request = follow_redirect(request, head.status, _destination(request, head))
            self._note(request.url)
        raise ProbeFailed("too_many_redirects", f"more than {MAX_REDIRECTS} redirects")

    def _note(self, url: Url) -> None:
        """Keep the way of the chain."""
        redirects, shown = self.assignment.watch.met.redirects, str(url)[:MAX_SHOWN_URL]
        if not redirects or redirects[-1] != shown:
            redirects.append(shown)

    def _leads_on(self, head: Head) -> bool:
        is_redirect = head.status in REDIRECTS and "location" in head.headers
        return is_redirect and self.options.follow_redirects

    async def _ask(self, request: Request, cookies: str) -> tuple[Head, bytearray]:
        """Send one request; the body of a redirect is not read."""
        url, watch = request.url, self.assignment.watch
        with await self.context.connector.connect(url.host, url.port, watch) as connection:
            if url.scheme == "https":
                wish = self.options.wish(is_first=url.origin == self.home)
                await secure(connection, url.host, self.context, watch, wish)
            exchange = self._exchange(connection, url)
            try:
                await exchange.send(
                    request.method, url.path, request.headers(cookies), request.body
                )
            except (h11.LocalProtocolError, UnicodeEncodeError):
                # Their texts may show a header that is secret.
                text = "the request cannot be sent as it is configured: look at its headers"
                raise ProbeFailed("request_invalid", text) from None
            head = await exchange.head()
            watch.met.http_version = exchange.version
            return head, bytearray() if self._leads_on(head) else await exchange.body()

    def _exchange(self, connection: Connection, url: Url) -> "Exchange | Http2Exchange":
        """Choose how to speak.

        Raises:
            ProbeFailed: the server does not speak as the monitor wants it.
        """
        watch = self.assignment.watch
        if self.options.version == "1.1":
            return Exchange(connection, watch)
        if url.scheme == "https" and connection.application() != "h2":
            raise ProbeFailed("http_version_mismatch", f"{url.host} does not speak HTTP/2")
        from functions.prober.http.http2 import Http2Exchange

        return Http2Exchange(connection, watch, url.scheme)


def _destination(request: Request, head: Head) -> Url:
    location = head.headers["location"]
    try:
        return resolve(request.url, location)
    except ForeignScheme as error:
        raise ProbeFailed("target_forbidden", f"it redirects elsewhere: {error}") from error
    except UnusableUrl as error:
        raise ProbeFailed(
            "protocol_error", f"it redirects to an unusable address: {error}"
        ) from error
