"""The files of status pages, as CloudFront serves them from their bucket on AWS."""

import json
from pathlib import Path

import httpx

from local.front.proxy import problem
from local.http_server import Response

# What CloudFront reads from the bucket; keys begin with these.
PUBLIC_PREFIXES = ("status", "badge", "feed")
HEADERS = Path(__file__).parents[2] / "functions" / "publisher" / "headers.json"
OK, NOT_FOUND = 200, 404
PASSED_ON = ("content-type", "cache-control", "last-modified", "etag")


class PublicFiles:
    """Reads files from the bucket; while that is away, the last copy of each is good enough.

    CloudFront does the same: it goes on serving what it has while its origin fails.
    """

    def __init__(self, emulator_url: str) -> None:
        self.bucket = ""
        self._emulator_url = emulator_url
        self._client = httpx.AsyncClient(trust_env=False)
        self._kept: dict[str, Response] = {}
        self._headers = tuple(json.loads(HEADERS.read_text(encoding="utf-8")).items())

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, path: str) -> Response:
        """Serve a file."""
        key = path.removesuffix("/")
        try:
            answer = await self._client.get(f"{self._emulator_url}/{self.bucket}{key}")
        except httpx.HTTPError:
            return self._kept.get(key) or problem(
                503, "Unavailable", "The embedded AWS does not answer; it may be restarting."
            )
        if answer.status_code == OK and self.bucket:
            self._kept[key] = Response(OK, answer.content, self._headers_of(answer))
            return self._kept[key]
        if answer.status_code in {OK, NOT_FOUND}:
            self._kept.pop(key, None)
            return problem(404, "Not Found", f"Nothing is published at {path}.")
        return self._kept.get(key) or problem(503, "Unavailable", "The bucket does not answer.")

    def _headers_of(self, answer: httpx.Response) -> tuple[tuple[str, str], ...]:
        kept = [(name, answer.headers[name]) for name in PASSED_ON if name in answer.headers]
        return (*kept, *self._headers)
