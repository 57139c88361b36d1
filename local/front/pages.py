"""What a browser gets: the built dashboard when there is one, else a plain page with links."""

import html
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
    """Make the page with links."""
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
    """Serve a file of the built dashboard; a path without a file gets its index page."""
    index = folder / "index.html"
    if not index.is_file():
        return None
    wanted = (folder / path.lstrip("/")).resolve()
    inside = wanted.is_relative_to(folder.resolve())
    chosen = wanted if inside and wanted.is_file() else index
    kind = mimetypes.guess_type(chosen.name)[0] or "application/octet-stream"
    return Response(200, chosen.read_bytes(), (("content-type", kind),))
