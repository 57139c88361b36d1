"""The API's page for people: the OpenAPI document as one plain HTML page, nothing loaded."""

import json
from collections.abc import Mapping
from html import escape
from typing import Any

STYLE = """
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent)}
body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.5 ui-monospace,monospace}
section{border-top:1px solid var(--line);padding:.9rem 0}
summary{cursor:pointer}
pre{overflow:auto;padding:.75rem;border:1px solid var(--line);border-radius:6px}
.m{display:inline-block;min-width:4.5rem;font-weight:700}
.s{opacity:.7}
nav a{margin-right:.9rem}
"""


def page(document: Mapping[str, Any]) -> str:
    """Write the page."""
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            group = groups.setdefault(operation["tags"][0], [])
            group.append(_operation(document, method, path, operation))
    nav = " ".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in groups)
    body = "".join(
        f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(entries)}'
        for tag, entries in groups.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>SentinelMesh API</title><style>{STYLE}</style></head><body>"
        "<h1>SentinelMesh API</h1>"
        "<p>Send <code>Authorization: Bearer &lt;token&gt;</code> with an access token from "
        "<code>POST /v1/session</code> or an API token. Errors are problem documents (RFC 9457). "
        'The same as a document: <a href="/v1/openapi.json">/v1/openapi.json</a>.</p>'
        f"<nav>{nav}</nav>{body}</body></html>"
    )


def _operation(
    document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]
) -> str:
    scope = operation.get("x-scope")
    needs = escape(f"needs scope {scope}") if scope else "public"
    summary = (
        f'<section><details><summary><span class="m">{escape(method.upper())}</span>'
        f"<code>{escape(path)}</code> {escape(operation['summary'])} "
        f'<span class="s">· {needs}</span></summary>'
    )
    parts = [summary]
    parameters = operation.get("parameters", [])
    if parameters:
        rows = "".join(_parameter(each) for each in parameters)
        parts.append(f"<ul>{rows}</ul>")
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = _resolve(document, content["schema"])
        parts.append(f"<p>Body</p><pre>{escape(json.dumps(schema, indent=2))}</pre>")
    statuses = ", ".join(
        escape(f"{status} {answer['description'].lower()}")
        for status, answer in sorted(operation["responses"].items())
    )
    parts.append(f'<p class="s">Answers: {statuses}</p></details></section>')
    return "".join(parts)


def _parameter(parameter: Mapping[str, Any]) -> str:
    text = parameter["schema"].get("description", "")
    name, place = escape(parameter["name"]), escape(parameter["in"])
    return f"<li><code>{name}</code> ({place}) {escape(text)}</li>"


def _resolve(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    return document["components"]["schemas"].get(name, schema)
