"""Status pages before the local mesh: as CloudFront serves them, also while AWS is away."""

import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import pytest

from local.front.public_files import HEADERS, PublicFiles
from local.http_server import Request, Response
from tests.local.serving import run, with_server

pytestmark = pytest.mark.enable_socket
T = TypeVar("T")


class Bucket:
    """Answers as S3 does, or not at all."""

    def __init__(self) -> None:
        self.files = {"/pages/status/shop": b"<!doctype html>"}
        self.status = 200

    async def answer(self, request: Request) -> Response:
        if self.status != 200:
            return Response(self.status, b"<Error/>")
        if request.path not in self.files:
            return Response(404, b"<Error/>")
        headers = (("content-type", "text/html; charset=utf-8"), ("x-amz-request-id", "1"))
        return Response(200, self.files[request.path], headers)


def with_files(bucket: Bucket, talk: Callable[[PublicFiles], Awaitable[T]]) -> T:
    async def serve(port: int, _client: httpx.AsyncClient) -> T:
        files = PublicFiles(f"http://127.0.0.1:{port}")
        files.bucket = "pages"
        try:
            return await talk(files)
        finally:
            await files.close()

    return run(with_server(bucket.answer, serve))


def test_a_file_comes_with_the_headers_that_cloudfront_adds() -> None:
    async def talk(files: PublicFiles) -> Response:
        return await files.get("/status/shop/")

    answer = with_files(Bucket(), talk)
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (200, b"<!doctype html>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert "x-amz-request-id" not in headers
    assert json.loads(HEADERS.read_text()).items() <= headers.items()


def test_the_last_copy_is_served_while_the_bucket_is_away() -> None:
    bucket = Bucket()

    async def talk(files: PublicFiles) -> list[Response]:
        first = await files.get("/status/shop")
        bucket.status = 503
        return [first, await files.get("/status/shop"), await files.get("/status/other")]

    first, kept, other = with_files(bucket, talk)
    assert kept == first
    assert other.status == 503


def test_what_was_taken_off_the_net_is_not_kept() -> None:
    bucket = Bucket()

    async def talk(files: PublicFiles) -> list[int]:
        seen = [(await files.get("/status/shop")).status]
        bucket.files.clear()
        seen.append((await files.get("/status/shop")).status)
        bucket.status = 503
        return [*seen, (await files.get("/status/shop")).status]

    assert with_files(bucket, talk) == [200, 404, 503]


def test_before_there_is_a_bucket_nothing_is_published() -> None:
    async def talk(files: PublicFiles) -> int:
        files.bucket = ""
        return (await files.get("/status/shop")).status

    assert with_files(Bucket(), talk) == 404
