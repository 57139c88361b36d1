"""What a browser gets: the built dashboard when there is one, else a plain page with links."""

import html
import json
import mimetypes
from pathlib import Path

from local.http_server import Response

LINKS = (
    ("/docs", "REST API, explained"),
    ("/v1/openapi.json", "REST API as an OpenAPI document"),
    ("/health", "health of the mesh"),
    ("/mail", "mails that the local SES took"),
)


def home(extra_links: tuple[tuple[str, str], ...], email: str) -> Response:
    """Build the page with links."""
    rows = "".join(
        f'<li><a href="{html.escape(address)}">{html.escape(text)}</a></li>'
        for address, text in (*LINKS, *extra_links)
    )
    page = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>SentinelMesh, local</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.6 system-ui;max-width:40rem;margin:4rem auto;padding:0 1rem}}</style>
<h1>SentinelMesh</h1>
<p>The local mesh is running: three regions, one embedded AWS, nothing outside this machine.</p>
<ul>{rows}</ul>
<p>Log in as <b>{html.escape(email)}</b>; the password and an API token stand in the terminal
and in <code>.local/run.json</code>.</p>
</html>
"""
    return Response(200, page.encode(), (("content-type", "text/html; charset=utf-8"),))


def file_of(folder: Path, path: str) -> Response | None:
    """Serve a file of the built dashboard, as CloudFront does; None where there is none.

    The address of a page is no file: it gets the index, whose script draws that page.
    """
    if not (folder / "index.html").is_file():
        return None
    wanted = path.lstrip("/") if "." in path.rsplit("/", 1)[-1] else "index.html"
    chosen = (folder / wanted).resolve()
    if not chosen.is_relative_to(folder.resolve()) or not chosen.is_file():
        return None
    kind = mimetypes.guess_type(chosen.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    # The names of assets have a hash of their content; those of pages do not.
    is_asset = wanted.startswith("assets/")
    caching = "public, max-age=31536000, immutable" if is_asset else "no-cache"
    headers = (("content-type", kind), ("cache-control", caching), *_security_headers(folder))
    return Response(200, chosen.read_bytes(), headers)


def _security_headers(folder: Path) -> tuple[tuple[str, str], ...]:
    """Read the headers that CloudFront adds on AWS too: one file says them for both."""
    source = folder.parent / "headers.json"
    if not source.is_file():
        return ()
    return tuple(json.loads(source.read_text(encoding="utf-8")).items())
