"""HTTP requests to providers: guarded, short of patience, and precise about what went wrong."""

from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

import httpcore
import httpx

from sentinelmesh.errors import DeliveryFailed, ForbiddenTarget
from sentinelmesh.target_guard import HostNotFound, TargetGuard

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 10.0
ANSWER_BYTES = 500
TRY_LATER = frozenset({408, 425, 429})


class _PinnedBackend(httpcore.SyncBackend):
    """Connects to the address that the guard has checked, not to whatever the name says next."""

    def __init__(self, guard: TargetGuard) -> None:
        self._guard = guard

    def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> httpcore.NetworkStream:
        return super().connect_tcp(self._guard.addresses(host, port)[0], port, *rest, **more)


class _PinnedTransport(httpx.HTTPTransport):
    def __init__(self, guard: TargetGuard) -> None:
        super().__init__(trust_env=False)
        context = httpx.create_ssl_context(trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=_PinnedBackend(guard), max_keepalive_connections=0
        )


class Poster:
    """Posts to providers; one per process, safe for threads."""

    def __init__(self, guard: TargetGuard) -> None:
        self._guard = guard
        self._made: httpx.Client | None = None

    def post(
        self, url: str, body: bytes, headers: Mapping[str, str], secrets: Iterable[str]
    ) -> str:
        """Send a body and give the provider's answer in short.

        Args:
            secrets: texts that must not show up in the answer.

        Raises:
            DeliveryFailed: refused, unreachable, or nobody knows.
        """
        try:
            status, answer_headers, text = self._exchange(url, body, headers)
        except (ForbiddenTarget, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise DeliveryFailed(
                f"the address may not be called: {error}", permanent=True
            ) from error
        except (HostNotFound, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DeliveryFailed(f"no connection: {_blot(str(error), secrets)}") from error
        except httpx.HTTPError as error:
            text = f"no complete answer: {type(error).__name__}"
            raise DeliveryFailed(text, uncertain=True) from error
        answer = f"HTTP {status} {_blot(text, secrets)}".strip()
        if httpx.codes.is_success(status):
            return answer
        passing = status in TRY_LATER or httpx.codes.is_server_error(status)
        raise DeliveryFailed(
            answer,
            permanent=not passing,
            retry_after_seconds=_seconds(answer_headers.get("retry-after")),
        )

    def _exchange(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], str]:
        """Send, and read the beginning of the answer; a drip ends at the deadline."""
        end = monotonic() + ANSWER_SECONDS
        sent = {"content-type": "application/json", "user-agent": "SentinelMesh", **headers}
        with self._client().stream("POST", url, content=body, headers=sent) as response:
            taken = b""
            try:
                for chunk in response.iter_raw():
                    taken += chunk
                    if len(taken) >= ANSWER_BYTES or monotonic() > end:
                        break
            except httpx.HTTPError:
                # The status line has come: that is the answer, whatever happens to its body.
                taken += b" (answer cut short)"
            text = taken[:ANSWER_BYTES].decode(errors="replace")
            return response.status_code, response.headers, " ".join(text.split())

    def _client(self) -> httpx.Client:
        if self._made is None:
            timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
            self._made = httpx.Client(
                transport=_PinnedTransport(self._guard), timeout=timeout, trust_env=False
            )
        return self._made


def _blot(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return text


def _seconds(retry_after: str | None) -> float | None:
    """Read a Retry-After in seconds; a date is as good as none: our backoff will do."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
