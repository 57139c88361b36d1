"""The HTTP probe: one request with its redirects, its timings and what was expected of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

import httpx

from functions.prober import stopwatch
from functions.prober.context import ProbeContext
from functions.prober.http_body import as_text, read_capped, sample
from functions.prober.http_options import HttpOptions, is_expected, options_of
from functions.prober.observation import Observation, ProbeFailed
from sentinelmesh.domain.address import REFUSED_PORTS
from sentinelmesh.domain.assertion import Answer, violation
from sentinelmesh.domain.result import Outcome
from sentinelmesh.messages import CheckMessage

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
KEEPS_METHOD = frozenset({307, 308})


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the chain."""

    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The answer at the end of the chain."""

    response: httpx.Response
    text: str


async def probe(check: CheckMessage, context: ProbeContext) -> Observation:
    """Make the request of a check and judge the answer.

    Raises:
        ProbeFailed: there was no answer to judge.
    """
    secrets = await _secrets(check, context)
    options = options_of(check.probe, secrets)
    client = context.trusting if options.verify_tls else context.lenient
    try:
        page = await _fetch(client, _first(check, options, context), options)
    except httpx.ReadError as error:
        raise ProbeFailed("read_error", "the connection ended before the answer did") from error
    except (httpx.ProtocolError, httpx.WriteError) as error:
        if "disconnected" in str(error):
            raise ProbeFailed("read_error", "the connection ended without an answer") from error
        text = str(error) or type(error).__name__
        raise ProbeFailed("protocol_error", f"the answer is not proper HTTP: {text}") from error
    except httpx.InvalidURL as error:
        raise ProbeFailed("protocol_error", f"the address is unusable: {error}") from error
    return _judge(check, options, page, tuple(secrets.values()))


async def _secrets(check: CheckMessage, context: ProbeContext) -> Mapping[str, str]:
    """Fetch the secrets of a monitor that has any, without holding up the other probes."""
    if not check.secret_fields:
        return {}
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, context.secrets.get, check.monitor_id)


def _first(check: CheckMessage, options: HttpOptions, context: ProbeContext) -> Request:
    headers = {
        "user-agent": context.user_agent,
        # Plain, so that the size on the wire is the size in memory.
        "accept-encoding": "identity",
        "accept": "*/*",
        **{name.lower(): value for name, value in options.headers.items()},
    }
    return Request(options.method, httpx.URL(check.target), headers, options.body)


async def _fetch(client: httpx.AsyncClient, request: Request, options: HttpOptions) -> Page:
    """Follow the chain to its end."""
    seen = set()
    for _ in range(MOST_REDIRECTS + 1):
        _refuse_foreign(request.url)
        if (request.method, request.url) in seen:
            raise ProbeFailed("redirect_loop", f"{request.url} redirects back to itself")
        seen.add((request.method, request.url))
        sent = client.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
        response = await client.send(sent, stream=True)
        try:
            stopwatch.current.get().first_byte()
            location = response.headers.get("location")
            if not (options.follow_redirects and response.status_code in REDIRECTS and location):
                return Page(response, as_text(await read_capped(response), response))
        finally:
            await response.aclose()
        request = _redirected(request, response.status_code, location)
    raise ProbeFailed("too_many_redirects", f"more than {MOST_REDIRECTS} redirects")


def _refuse_foreign(url: httpx.URL) -> None:
    if url.scheme not in {"http", "https"} or not url.host:
        raise ProbeFailed("target_forbidden", f"only http and https are probed, not {url.scheme}")
    if url.port in REFUSED_PORTS:
        raise ProbeFailed("target_forbidden", f"port {url.port} is never probed")


def _redirected(request: Request, status: int, location: str) -> Request:
    """Make the next request; what the user added stays with the origin it was meant for."""
    url = httpx.URL(urljoin(str(request.url), location))
    headers = dict(request.headers)
    if (url.scheme, url.host, url.port) != (
        request.url.scheme,
        request.url.host,
        request.url.port,
    ):
        kept = ("user-agent", "accept-encoding", "accept")
        headers = {name: headers[name] for name in kept if name in headers}
    if status in KEEPS_METHOD or request.method in {"GET", "HEAD"}:
        return replace(request, url=url, headers=headers)
    return Request("GET", url, headers, None)


def _judge(
    check: CheckMessage, options: HttpOptions, page: Page, secrets: tuple[str, ...]
) -> Observation:
    """Compare the answer with what was expected."""
    watch = stopwatch.current.get()
    timings = watch.timings()
    latency = timings.total_ms or 0.0
    status = page.response.status_code
    seen = Observation(
        outcome=Outcome.SUCCESS,
        degraded=check.degraded_after_ms is not None and latency > check.degraded_after_ms,
        status_code=status,
        latency_ms=latency,
        timings=timings,
        tls_expires_at=watch.tls_expires_at,
        remote_address=watch.remote_address,
    )
    error, detail = _complaint(check, options, page, latency)
    if error is None:
        return seen
    return replace(
        seen,
        outcome=Outcome.FAILURE,
        error=error,
        detail=detail,
        body_sample=sample(page.text, secrets),
    )


def _complaint(
    check: CheckMessage, options: HttpOptions, page: Page, latency: float
) -> tuple[str | None, str | None]:
    """Give the first thing that is not as expected."""
    status = page.response.status_code
    if not is_expected(status, options.expected_status):
        wanted = ", ".join(options.expected_status)
        return "status_mismatch", f"HTTP {status}, expected {wanted}"
    headers = {name.lower(): value for name, value in page.response.headers.items()}
    answer = Answer(status=status, latency_ms=latency, headers=headers, body=page.text)
    for assertion in check.assertions:
        violated = violation(assertion, answer)
        if violated is not None:
            return "assertion_failed", violated
    return None, None
