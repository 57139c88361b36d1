"""The front door: one origin for pages, API and mails."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from local.front.mails import listed
from local.front.pages import file_of
from local.front.proxy import BODY_LIMIT
from local.front.server import Front
from local.http_server import Request, Response, bound_socket
from tests.local.serving import run, with_server

pytestmark = pytest.mark.enable_socket
T = TypeVar("T")
REPOSITORY = Path(__file__).parents[2]


async def _api(request: Request) -> Response:
    """Stand in for the emulator: tells what it was asked, and answers as API Gateway would."""
    if request.path == "/_ministack/ses/messages":
        return Response(200, json.dumps({"messages": {}}).encode())
    seen = {
        "method": request.method,
        "target": request.target,
        "headers": dict(request.headers),
        "body": request.body.decode(),
    }
    headers = (
        ("content-type", "application/problem+json"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("access-control-allow-origin", "*"),
    )
    return Response(418, json.dumps(seen).encode(), headers)


def _through_the_front(
    talk: Callable[[Front, httpx.AsyncClient], Awaitable[T]], dashboard: Path = Path("/nowhere")
) -> T:
    async def serve(api_port: int, client: httpx.AsyncClient) -> T:
        front = Front(bound_socket(0), f"http://127.0.0.1:{api_port}", dashboard)
        front.proxy.lead_to(f"http://127.0.0.1:{api_port}/stage")
        await front.start()
        try:
            return await talk(front, client)
        finally:
            await front.close()

    return run(with_server(_api, serve))


def test_a_request_to_the_api_arrives_unchanged_and_so_does_its_answer() -> None:
    async def talk(front: Front, client: httpx.AsyncClient) -> httpx.Response:
        return await client.patch(
            f"http://127.0.0.1:{front.port}/v1/monitors/a%2Fb?tag=x&tag=y&q=%20",
            content=b'{"name": "n"}',
            headers={"Authorization": "Bearer t", "If-Match": '"3"'},
        )

    answer = _through_the_front(talk)
    seen = json.loads(answer.text)
    assert answer.status_code == 418
    assert seen["method"] == "PATCH"
    assert seen["target"] == "/stage/v1/monitors/a%2Fb?tag=x&tag=y&q=%20"
    assert seen["body"] == '{"name": "n"}'
    assert seen["headers"]["authorization"] == "Bearer t"
    assert seen["headers"]["if-match"] == '"3"'
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in answer.headers


def test_a_client_cannot_forge_where_it_comes_from() -> None:
    async def talk(front: Front, client: httpx.AsyncClient) -> httpx.Response:
        forged = {"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Proto": "https"}
        return await client.get(f"http://127.0.0.1:{front.port}/ping/x", headers=forged)

    seen = json.loads(_through_the_front(talk).text)["headers"]
    assert (seen["x-forwarded-for"], seen["x-forwarded-proto"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize(
    "path", ["/v1", "/health", "/docs", "/ping/1/start", "/api/push/1", "/metrics"]
)
def test_the_apis_paths_go_to_the_api(path: str) -> None:
    async def talk(front: Front, client: httpx.AsyncClient) -> int:
        return (await client.get(f"http://127.0.0.1:{front.port}{path}")).status_code

    assert _through_the_front(talk) == 418


def test_a_body_over_api_gateways_limit_is_a_problem_document() -> None:
    async def talk(front: Front, client: httpx.AsyncClient) -> httpx.Response:
        url = f"http://127.0.0.1:{front.port}/v1/monitors"
        return await client.post(url, content=b"x" * (BODY_LIMIT + 1))

    answer = _through_the_front(talk)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert "10 MB" in answer.json()["detail"]


def test_foreign_hosts_and_origins_are_refused() -> None:
    async def talk(front: Front, client: httpx.AsyncClient) -> list[int]:
        url = f"http://127.0.0.1:{front.port}/v1/monitors"
        tried = [{"Host": "evil.example"}, {"Origin": "https://evil.example"}]
        return [(await client.get(url, headers=headers)).status_code for headers in tried]

    assert _through_the_front(talk) == [403, 403]


def test_before_the_api_is_there_it_says_that_it_is_starting() -> None:
    async def talk(_port: int, client: httpx.AsyncClient) -> httpx.Response:
        front = Front(bound_socket(0), "http://127.0.0.1:1", Path("/nowhere"))
        await front.start()
        answer = await client.get(f"http://127.0.0.1:{front.port}/health")
        await front.close()
        return answer

    answer = run(with_server(_api, talk))
    assert (answer.status_code, answer.json()["title"]) == (503, "Starting")


def test_an_api_that_is_gone_is_a_503() -> None:
    async def talk(front: Front, client: httpx.AsyncClient) -> int:
        front.proxy.lead_to("http://127.0.0.1:1")
        return (await client.get(f"http://127.0.0.1:{front.port}/health")).status_code

    assert _through_the_front(talk) == 503


def test_the_home_page_has_links_until_there_is_a_dashboard(tmp_path: Path) -> None:
    async def talk(front: Front, client: httpx.AsyncClient) -> list[httpx.Response]:
        base = f"http://127.0.0.1:{front.port}"
        paths = ("/", "/monitors/1", "/mail")
        return await asyncio.gather(*(client.get(base + path) for path in paths))

    home, missing, mail = _through_the_front(talk)
    assert '<a href="/docs">' in home.text
    assert missing.status_code == 404
    assert mail.json() == []
    (tmp_path / "index.html").write_text("dashboard")
    home, route, _ = _through_the_front(talk, tmp_path)
    assert (home.text, route.text) == ("dashboard", "dashboard")


def test_only_files_of_the_dashboard_are_served(tmp_path: Path) -> None:
    built = tmp_path / "dist"
    built.mkdir()
    (built / "index.html").write_text("index")
    (built / "app.js").write_text("js")
    (tmp_path / "secret").write_text("secret")
    for path, expected in (
        ("/app.js", b"js"),
        ("/../secret", b"index"),
        ("//etc/passwd", b"index"),
    ):
        served = file_of(built, path)
        assert served is not None
        assert served.body == expected


def test_mails_are_listed_in_the_words_of_the_interface() -> None:
    taken = {
        "messages": {
            "000000000000": [
                {"To": ["b@x.example"], "Subject": "late", "BodyText": "t", "Timestamp": 20.5},
                {"To": ["a@x.example"], "Subject": "early", "BodyHtml": "<b>", "Timestamp": 10},
            ]
        }
    }
    mails = listed(taken)
    assert [mail["subject"] for mail in mails] == ["early", "late"]
    assert mails[0] | {"from": ""} == {
        "to": ["a@x.example"],
        "subject": "early",
        "text": "",
        "html": "<b>",
        "sent_at": "1970-01-01T00:00:10.000Z",
        "from": "",
    }


def test_a_file_that_is_not_there_is_no_page(tmp_path: Path) -> None:
    built = tmp_path / "dist"
    built.mkdir()
    (built / "index.html").write_text("index")
    (tmp_path / "secret.txt").write_text("secret")
    for path in ("/assets/old-1234.js", "/../secret.txt", "/favicon.ico"):
        assert file_of(built, path) is None


def test_pages_come_with_a_strict_policy_and_only_assets_are_kept(tmp_path: Path) -> None:
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("index")
    (built / "assets" / "app-1234.js").write_text("js")
    policy = REPOSITORY / "dashboard" / "headers.json"
    (tmp_path / "headers.json").write_text(policy.read_text())
    page, asset = file_of(built, "/monitors/mon_1"), file_of(built, "/assets/app-1234.js")
    assert page is not None
    assert asset is not None
    for each in (page, asset):
        wanted = dict(each.headers)["content-security-policy"]
        assert "default-src 'none'" in wanted
        assert "unsafe" not in wanted
    assert dict(page.headers)["cache-control"] == "no-cache"
    assert "immutable" in dict(asset.headers)["cache-control"]
