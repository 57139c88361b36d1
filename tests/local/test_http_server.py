"""The small HTTP server below front door and targets."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from local.http_server import Request, Reset, Response, Silence
from tests.local.serving import SOON_SILENT, run, with_server

pytestmark = pytest.mark.enable_socket


async def _mirror(request: Request) -> Response:
    text = f"{request.method} {request.path} {request.query} {len(request.body)}"
    return Response(200, text.encode(), (("x-seen", request.header("x-sent")),))


def test_a_request_arrives_whole_and_its_answer_returns() -> None:
    async def talk(port: int, client: httpx.AsyncClient) -> httpx.Response:
        url = f"http://127.0.0.1:{port}/a%20b?c=1&c=2&d="
        return await client.post(url, content=b"x" * 200_000, headers={"X-Sent": "yes"})

    answer = run(with_server(_mirror, talk))
    assert answer.text == "POST /a b {'c': '2', 'd': ''} 200000"
    assert answer.headers["x-seen"] == "yes"


def test_a_head_request_gets_the_length_and_no_body() -> None:
    async def talk(port: int, client: httpx.AsyncClient) -> tuple[httpx.Response, httpx.Response]:
        url = f"http://127.0.0.1:{port}/"
        return await client.head(url), await client.get(url)

    head, get = run(with_server(_mirror, talk))
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(get.content) + 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_and_the_sender_hears_it(*, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    async def talk(port: int, client: httpx.AsyncClient) -> httpx.Response:
        content = chunks() if chunked else b"x" * 10_000_000
        return await client.post(f"http://127.0.0.1:{port}/", content=content)

    answer = run(with_server(_mirror, talk, body_limit=1_000_000, too_large=Response(413, b"no")))
    assert (answer.status_code, answer.content) == (413, b"no")


def test_many_requests_are_answered_beside_each_other() -> None:
    waiting = asyncio.Event()

    async def slow(request: Request) -> Response:
        if request.path == "/last":
            waiting.set()
        await waiting.wait()
        return Response(200)

    async def talk(port: int, client: httpx.AsyncClient) -> list[int]:
        urls = [f"http://127.0.0.1:{port}/{name}" for name in ("a", "b", "c", "last")]
        answers = await asyncio.gather(*(client.get(url) for url in urls))
        return [answer.status_code for answer in answers]

    assert run(with_server(slow, talk)) == [200] * 4


def test_silence_and_reset_leave_the_client_without_an_answer() -> None:
    async def rude(request: Request) -> Response:
        raise Reset if request.path == "/reset" else Silence

    async def talk(port: int, client: httpx.AsyncClient) -> None:
        with pytest.raises(httpx.ReadError):
            await client.get(f"http://127.0.0.1:{port}/reset")
        with pytest.raises(httpx.ReadTimeout):
            await client.get(f"http://127.0.0.1:{port}/silence", timeout=SOON_SILENT)

    run(with_server(rude, talk))


def test_nonsense_on_the_wire_ends_the_connection_only() -> None:
    async def talk(port: int, client: httpx.AsyncClient) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"nonsense\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        return (await client.get(f"http://127.0.0.1:{port}/")).status_code

    assert run(with_server(_mirror, talk)) == 200
