"""A status page as HTML: one file without a script, for every reader and every screen."""

from datetime import timedelta
from html import escape

from functions.publisher.days import Day
from functions.publisher.page_model import (
    Outage,
    ScheduledMaintenance,
    Service,
    StatusPageModel,
    Word,
)
from functions.publisher.text import day, lasting, line, paragraphs, percent, time_tag
from sentinelmesh.domain.status_pages.status_page import News

SHAPES: dict[Word, str] = {
    "operational": "●", "degraded": "▲", "down": "✕", "maintenance": "◆",
    "unknown": "○", "paused": "‖",
}  # fmt: skip
WORDS: dict[Word, str] = {
    "operational": "Operational", "degraded": "Degraded", "down": "Down",
    "maintenance": "Maintenance", "unknown": "Not known", "paused": "Not watched",
}  # fmt: skip
FAIR_DAY = 99.0


def page(sight: StatusPageModel, logo: str | None = None) -> str:
    """Write the page.

    Args:
        logo: address of the image, on the same origin.
    """
    name = escape(line(sight.page.name))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{name}</title>"
        '<link rel="stylesheet" href="/status/style.css">'
        f'<link rel="alternate" type="application/atom+xml" title="{name}" '
        f'href="/feed/{sight.page.slug}.xml"></head><body>'
        f"{_head(sight, logo)}<main>{_main(sight)}</main>{_foot(sight)}</body></html>"
    )


def _head(sight: StatusPageModel, logo: str | None) -> str:
    image = f'<img src="{escape(logo)}" alt="">' if logo else ""
    about = paragraphs(sight.page.description)
    name = escape(line(sight.page.name))
    return f'<header>{image}<div><h1>{name}</h1><div class="about">{about}</div></div></header>'


def _main(sight: StatusPageModel) -> str:
    open_ones = [each for each in sight.outages if each.ended_at is None]
    over = [each for each in sight.outages if each.ended_at is not None]
    history = [
        *((each.opened_at, _outage(each)) for each in over),
        *((each.at, _post(each, "article", "h3")) for each in sight.posts),
    ]
    told = "".join(text for _, text in sorted(history, reverse=True))
    return (
        f'<p class="all is-{sight.worst}"><span class="shape" aria-hidden="true">'
        f"{SHAPES[sight.worst]}</span> {escape(line(sight.sentence))}</p>"
        + _section("Now", "".join(_outage(each) for each in open_ones))
        + _section("Maintenance", "".join(_announced(each, sight) for each in sight.announced))
        + _section("Services", "".join(_service(each) for each in sight.services))
        + _section("The last 15 days", told or "<p>Nothing has happened.</p>")
        + (_form(sight) if sight.takes_mail else "")
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{title}</h2>{content}</section>" if content else ""


def _service(service: Service) -> str:
    bars = "".join(_bar(each) for each in service.quarter.days)
    share = service.quarter.uptime_percent
    uptime = "no data yet" if share is None else f"{percent(share)} uptime"
    troubled = [each for each in service.quarter.days if each.down_seconds]
    since = service.quarter.since
    began = "90 days ago" if since is None else f"watched since {day(since)}"
    summary = f"{began if since else '90 days'}: {uptime}, downtime on {_days(len(troubled))}"
    return (
        f'<article class="service"><h3><span>{escape(line(service.name))}</span>'
        f'<span class="word is-{service.word}"><span aria-hidden="true">{SHAPES[service.word]}'
        f"</span> {WORDS[service.word]}</span></h3>"
        f'<div class="bars" role="img" aria-label="{summary}">{bars}</div>'
        f'<p class="scale"><span>{began}</span><span>{uptime}</span><span>today</span></p>'
        f"{_in_words(troubled)}</article>"
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _bar(each: Day) -> str:
    return f'<i class="{_quality(each)}" title="{_told(each)}"></i>'


def _quality(each: Day) -> str:
    if each.uptime_percent is None:
        return "none"
    if not each.down_seconds:
        return "good"
    return "fair" if each.uptime_percent >= FAIR_DAY else "bad"


def _told(each: Day) -> str:
    if each.uptime_percent is None:
        return f"{day(each.date)}: no data"
    down = timedelta(seconds=each.down_seconds)
    spent = f", down for {lasting(down)}" if down else ""
    return f"{day(each.date)}: {percent(each.uptime_percent)}{spent}"


def _in_words(troubled: list[Day]) -> str:
    """Tell the bars to whoever does not see them, or cannot hover over them."""
    if not troubled:
        return ""
    rows = "".join(f"<li>{_told(each)}</li>" for each in reversed(troubled))
    return f"<details><summary>Days with downtime</summary><ul>{rows}</ul></details>"


def _outage(outage: Outage) -> str:
    unstable = " It goes up and down." if outage.is_unstable and outage.ended_at is None else ""
    posts = "".join(_post(each, "div", "h4") for each in outage.posts)
    state = "over" if outage.ended_at else "down"
    label = "Over" if outage.ended_at else "Down"
    return (
        f'<article class="event is-{state}"><h3>{label}: {escape(line(outage.name))}</h3>'
        f"<p>{_course(outage)}{unstable}</p>{posts}</article>"
    )


def _course(outage: Outage) -> str:
    if outage.ended_at is None:
        return f"Down since {time_tag(outage.opened_at)}."
    lasted = lasting(outage.ended_at - outage.opened_at)
    return f"Down from {time_tag(outage.opened_at)} to {time_tag(outage.ended_at)}, for {lasted}."


def _post(post: News, tag: str, heading: str) -> str:
    stage = f'<span class="stage">{escape(post.stage.capitalize())}</span> ' if post.stage else ""
    return (
        f'<{tag} class="event post"><{heading}>{stage}{escape(line(post.title))}</{heading}>'
        f'<p class="when">{time_tag(post.at)}</p>{paragraphs(post.text)}</{tag}>'
    )


def _announced(each: ScheduledMaintenance, sight: StatusPageModel) -> str:
    begun = "Under way" if each.span.start <= sight.at else "Announced"
    return (
        f'<article class="event is-maintenance"><h3>{begun}: {escape(line(each.name))}</h3>'
        f"<p>{time_tag(each.span.start)} to {time_tag(each.span.end)}</p></article>"
    )


def _form(sight: StatusPageModel) -> str:
    return (
        '<section><h2>Mail</h2><form class="subscribe" method="post" '
        f'action="/v1/subscriptions/{sight.page.id}">'
        '<label for="email">Get a mail whenever there is news</label>'
        '<span class="ask"><input id="email" name="email" type="email" autocomplete="email" '
        'maxlength="254" required placeholder="you@example.org">'
        '<button type="submit">Subscribe</button></span></form></section>'
    )


def _foot(sight: StatusPageModel) -> str:
    return (
        f"<footer><p>As of {time_tag(sight.at)}, written anew each minute. Times are UTC. "
        f'<a href="/feed/{sight.page.slug}.xml">Feed</a></p></footer>'
    )
