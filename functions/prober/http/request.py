"""Requests of a chain: the first as the monitor wants it, the next as a redirect wants it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.prober.http.options import HttpOptions
from functions.prober.http.url import Url

MOVED, SEE_OTHER = frozenset({301, 302}), 303
WITH_CONTENT = frozenset({"PATCH", "POST", "PUT"})
# How the message ends and how the connection goes on is ours to say; h11 would refuse two opinions.
FRAMING = frozenset({"content-length", "transfer-encoding", "te", "trailer", "keep-alive"})

Headers = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the chain.

    Args:
        added: what the monitor's owner added, by name in lower case: name as written, and value.
    """

    method: str
    url: Url
    user_agent: str
    added: Headers
    body: bytes | None

    def headers(self, cookies: str) -> list[tuple[bytes, bytes]]:
        """Return all headers as they are sent.

        Args:
            cookies: what the chain's answers have set.

        Raises:
            UnicodeEncodeError: a header holds what no header can carry.
        """
        headers = {
            "host": ("Host", self.url.authority),
            "user-agent": ("User-Agent", self.user_agent),
            "accept": ("Accept", "*/*"),
            # Plain, so that the size on the wire is the size in memory.
            "accept-encoding": ("Accept-Encoding", "identity"),
            # A reused connection would have no times of its own to report.
            "connection": ("Connection", "close"),
            **self.added,
        }
        if cookies:
            own = headers["cookie"][1] + "; " if "cookie" in headers else ""
            headers["cookie"] = ("Cookie", own + cookies)
        if self.body is not None or self.method in WITH_CONTENT:
            headers["content-length"] = ("Content-Length", str(len(self.body or b"")))
        return [
            (name.encode("ascii"), value.strip().encode("latin-1"))
            for name, value in headers.values()
        ]


def first_request(url: Url, options: HttpOptions, user_agent: str) -> Request:
    """Build the request that the monitor's owner configured."""
    added = {
        name.lower(): (name, value)
        for name, value in options.headers.items()
        if name.lower() not in FRAMING
    }
    body = None if options.body is None else options.body.encode()
    return Request(options.method, url, user_agent, added, body)


def follow_redirect(request: Request, status: int, url: Url) -> Request:
    """Build the next request: what the user added stays with the origin it was meant for.

    Source: https://fetch.spec.whatwg.org/#http-redirect-fetch
    """
    added = request.added if url.origin == request.url.origin else {}
    if (status in MOVED and request.method == "POST") or (
        status == SEE_OTHER and request.method != "HEAD"
    ):
        added = {name: pair for name, pair in added.items() if not name.startswith("content-")}
        return replace(request, method="GET", url=url, added=added, body=None)
    return replace(request, url=url, added=added)
