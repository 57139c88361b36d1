"""Status pages as files: a page that needs no script, a feed, a badge for each monitor."""

from datetime import datetime, timedelta
from html import escape

from functions.historian.showing import Bar, PublicIncident, PublicMonitor, Sight
from sentinelmesh.domain.instant import text

SHAPES = {"operational": "●", "down": "✕", "maintenance": "◆", "no data": "○", "paused": "‖"}
COLOURS = {
    "operational": "#2f7d4f",
    "down": "#b3261e",
    "maintenance": "#2b62b0",
    "no data": "#6b7280",
    "paused": "#6b7280",
}
GOOD_DAY, BAD_DAY = 99.9, 95.0
STYLE = """
:root{color-scheme:light dark;--line:#d7dce2;--quiet:#5b6470}
@media(prefers-color-scheme:dark){:root{--line:#3a414b;--quiet:#a6afbb}}
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:2rem 1rem}
header img{max-height:3rem;max-width:12rem}
h1{font-size:1.6rem;margin:.5rem 0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.all{border:1px solid var(--line);border-left:.4rem solid;padding:.8rem 1rem;font-weight:600}
article{border-top:1px solid var(--line);padding:.8rem 0}
article h3{font-size:1rem;margin:0;display:flex;justify-content:space-between;gap:1rem}
.bars{display:flex;gap:1px;height:2rem;margin:.4rem 0 .2rem;padding:0;list-style:none}
.bars li{flex:1;border-radius:1px;background:var(--line)}
.bars .good{background:#3d8b5f}.bars .fair{background:#c58a1b}.bars .bad{background:#c4473d}
small,time{color:var(--quiet)}p{margin:.3rem 0}pre{white-space:pre-wrap;font:inherit;margin:.3rem 0}
""".replace("\n", "")


def page(sight: Sight) -> str:
    """Write the page."""
    shown = sight.page
    worst = next((each for each in ("down", "maintenance", "no data")
                  if any(one.word == each for one in sight.monitors)), "operational")  # fmt: skip
    logo = f'<img src="{escape(shown.logo_url)}" alt="">' if shown.logo_url else ""
    about = f"<p>{escape(shown.description)}</p>" if shown.description else ""
    parts = [
        f"<header>{logo}<h1>{escape(shown.name)}</h1>{about}</header><main>",
        (f'<p class="all" role="status" style="border-left-color:{COLOURS[worst]}">'
        f"{SHAPES[worst]} {escape(sight.sentence)}</p>"),
        _posts(sight),
        _section("Services", [_monitor(each) for each in sight.monitors]),
        _section("Maintenance", [
            f"<article><h3>{escape(each.name)}</h3><p>{_when(each.span.start)} to "
            f"{_when(each.span.end)}</p></article>" for each in sight.maintenance
        ]),
        _section("Recent outages", [_incident(each) for each in sight.incidents]),
        "</main>",
    ]  # fmt: skip
    feed = f"/feed/{shown.slug}.xml"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(shown.name)}</title>"
        f'<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="refresh" content="60">'
        f'<link rel="alternate" type="application/atom+xml" href="{feed}" title="News">'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}"
        f'<footer><p><small>As of {_when(sight.at)}. <a href="{feed}">Feed</a></small></p>'
        f"</footer></body></html>"
    )


def feed(sight: Sight) -> str:
    """Write posts and outages as an Atom feed (RFC 4287)."""
    name = f"urn:sentinelmesh:{sight.page.id}"
    posts = [
        (each.at, f"{name}:{text(each.at)}", each.title, each.text) for each in sight.page.posts
    ]
    outages = [
        (
            each.ended_at or each.opened_at,
            f"{name}:{each.name}:{text(each.opened_at)}",
            f"{each.name}: {'over' if each.ended_at else 'down'}",
            _course(each),
        )
        for each in sight.incidents
    ]
    entries = sorted([*posts, *outages], reverse=True)
    updated = entries[0][0] if entries else sight.page.created_at
    written = "".join(
        f"<entry><id>{escape(id_)}</id><title>{escape(title)}</title>"
        f"<updated>{text(at)}</updated><content>{escape(content)}</content></entry>"
        for at, id_, title, content in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{name}</id><title>{escape(sight.page.name)}</title>"
        f"<updated>{text(updated)}</updated><author><name>{escape(sight.page.name)}</name>"
        f"</author>{written}</feed>"
    )


def badge(monitor: PublicMonitor) -> str:
    """Write a badge: what it is, and how it is."""
    left, right = 7 * len(monitor.name) + 12, 7 * len(monitor.word) + 12
    name, word = escape(monitor.name), escape(monitor.word)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{name}: {word}"><title>{name}: {word}</title>'
        f'<rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{COLOURS[monitor.word]}"/>'
        f'<g fill="#fff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2}" y="14">{name}</text>'
        f'<text x="{left + right / 2}" y="14">{word}</text></g></svg>'
    )


def _section(title: str, parts: list[str]) -> str:
    return f"<section><h2>{title}</h2>{''.join(parts)}</section>" if parts else ""


def _posts(sight: Sight) -> str:
    recent = [each for each in sight.page.posts if each.at > sight.at - timedelta(days=15)]
    return _section(
        "News",
        [
            f"<article><h3>{escape(each.title)}</h3><small>{_when(each.at)}</small>"
            f"<pre>{escape(each.text)}</pre></article>"
            for each in recent
        ],
    )


def _monitor(monitor: PublicMonitor) -> str:
    share = "no data" if monitor.uptime_percent is None else f"{monitor.uptime_percent:g} %"
    bars = "".join(_bar(each) for each in monitor.bars)
    return (
        f"<article><h3><span>{escape(monitor.name)}</span><span "
        f'style="color:{COLOURS[monitor.word]}">{SHAPES[monitor.word]} {monitor.word}</span></h3>'
        f'<ul class="bars" aria-label="the last 90 days">{bars}</ul>'
        f"<small>{share} uptime in 90 days</small></article>"
    )


def _bar(bar: Bar) -> str:
    if bar.uptime_percent is None:
        return f'<li title="{bar.day}: no data"></li>'
    kind = "good" if bar.uptime_percent >= GOOD_DAY else "fair"
    kind = kind if bar.uptime_percent >= BAD_DAY else "bad"
    down = f", down for {_lasting(bar.down_seconds)}" if bar.down_seconds else ""
    return f'<li class="{kind}" title="{bar.day}: {bar.uptime_percent:g} %{down}"></li>'


def _incident(incident: PublicIncident) -> str:
    return f"<article><h3>{escape(incident.name)}</h3><p>{_course(incident)}</p></article>"


def _course(incident: PublicIncident) -> str:
    if incident.ended_at is None:
        return f"Down since {_when(incident.opened_at)}."
    lasted = _lasting(round((incident.ended_at - incident.opened_at).total_seconds()))
    return f"Down from {_when(incident.opened_at)} for {lasted}."


def _when(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _lasting(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 (a minute)
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
