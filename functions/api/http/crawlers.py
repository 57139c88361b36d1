"""Who visits an address without meaning it: link previews, crawlers, and browsers that prefetch."""

import re
from collections.abc import Mapping

# Names in user agents. Programs of users are called "bot" as well, so only known ones count.
VISITORS = re.compile(
    r"slackbot|slack-imgproxy|discordbot|telegrambot|twitterbot|facebookexternalhit|facebookcatalog"
    r"|meta-externalagent|whatsapp|linkedinbot|skypeuripreview|microsoftpreview|teamsbot"
    r"|mattermost-bot|redditbot|pinterestbot|embedly|iframely|googlebot|google-inspectiontool"
    r"|google-pagerenderer|googleother|bingbot|bingpreview|msnbot|applebot|yandexbot|duckduckbot"
    r"|baiduspider|petalbot|ahrefsbot|semrushbot|mj12bot|dotbot|gptbot|chatgpt-user|claudebot"
    r"|ccbot|bytespider|amazonbot|proofpoint|barracuda|urlscan|virustotal",
    re.IGNORECASE,
)
PREFETCHING = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)


def is_visitor(headers: Mapping[str, str]) -> bool:
    """Return True if a request follows a link without anybody meaning it.

    Args:
        headers: names in lower case.

    >>> is_visitor({"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"})
    True
    >>> is_visitor({"user-agent": "curl/8.5.0"})
    False
    """
    purposes = (headers.get(name) or "" for name in ("purpose", "sec-purpose", "x-moz"))
    is_ahead = any(PREFETCHING.search(each) for each in purposes)
    return is_ahead or bool(VISITORS.search(headers.get("user-agent") or ""))
