"""Mail, by Amazon SES."""

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING

from functions.alerter.channels.contract import Receipt
from functions.alerter.channels.plain_text import as_text
from functions.alerter.notification import Notification, Tone
from sentinelmesh.delivery.aws_errors import translate_errors
from sentinelmesh.delivery.email import MAX_SUBJECT, NEVER, PAUSED
from sentinelmesh.domain.alerts.alert import Channel
from sentinelmesh.domain.alerts.bounces import PausedAddress
from sentinelmesh.errors import DeliveryFailed

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import MessageHeaderTypeDef

ALL_PAUSED = (
    "mail to {} came back before and is paused; "
    "when it works again, resume it by DELETE /v1/paused-addresses/{{id}}"
)
# Colours of both faces stand in one sheet; programs that take no sheets show the light one.
STYLE = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "@media (prefers-color-scheme:dark){"
    ".page{background:#12151a!important}.card{background:#1c2128!important;"
    "border-color:#343b45!important;color:#e6e9ee!important}"
    ".quiet{color:#9aa4b1!important}.line{border-color:#343b45!important}"
    ".button{color:#e6e9ee!important;border-color:#59636f!important}}"
)
FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
PAGE = f"margin:0;padding:24px 12px;background:#f3f4f6;{FONT};font-size:15px;line-height:1.5"
CARD = (
    "max-width:640px;margin:0 auto;background:#ffffff;color:#1b2027;border:1px solid #dfe3e8;"
    "border-radius:10px;overflow:hidden"
)
# White is readable on each.
COLOURS = {
    Tone.BAD: "#c4271b",
    Tone.WARNING: "#b54708",
    Tone.CALM: "#175cd3",
    Tone.GOOD: "#067647",
}
HEAD = "padding:14px 24px;color:#ffffff;font-size:19px;font-weight:600;overflow-wrap:anywhere"
MARK = "margin:0;padding:10px 24px;background:#fef0c7;color:#7a2e0e;font-weight:600"
LABEL = "padding:7px 16px 7px 0;vertical-align:top;white-space:nowrap;color:#5d6773;width:1%"
VALUE = "padding:7px 0;vertical-align:top;overflow-wrap:anywhere;word-break:break-word"
LINE = "border-top:1px solid #eceff2"
BUTTON = (
    "display:inline-block;margin:0 8px 8px 0;padding:9px 16px;border:1px solid #b6bec9;"
    "border-radius:7px;color:#1b2027;text-decoration:none;font-weight:600"
)


class Email:
    """Sends text and HTML; SES takes no key, so a repeat is marked as one."""

    takes_key = False

    def __init__(
        self,
        client: "SESV2Client",
        mail_from: str,
        paused: Callable[[list[str]], list[PausedAddress]] = lambda _addresses: [],
    ) -> None:
        self._client = client
        self._mail_from = mail_from
        self._paused = paused

    def deliver(
        self,
        notice: Notification,
        channel: Channel,
        secrets: Mapping[str, str],  # noqa: ARG002
    ) -> Receipt:
        """Send one mail to all addresses of the channel that take mail."""
        if not self._mail_from:
            raise DeliveryFailed(
                "this deployment has no sender: set mail_from in cdk.json and deploy",
                permanent=True,
            )
        addresses = list(channel.options.get("to", ()))
        if not addresses:
            raise DeliveryFailed("the channel names no address", permanent=True)
        paused = {each.address.lower(): each for each in self._paused(addresses)}
        addresses = [each for each in addresses if each.lower() not in paused]
        if not addresses:
            raise DeliveryFailed(ALL_PAUSED.format(", ".join(sorted(paused))), permanent=True)
        with translate_errors("SES", never=NEVER, paused=PAUSED):
            answer = self._client.send_email(
                FromEmailAddress=self._mail_from,
                Destination={"ToAddresses": addresses},
                Content={
                    "Simple": {
                        "Subject": {"Data": subject(notice), "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": as_text(notice), "Charset": "UTF-8"},
                            "Html": {"Data": as_html(notice), "Charset": "UTF-8"},
                        },
                        "Headers": headers(notice, self._mail_from),
                    }
                },
                # By these SES's own events tell which alert a mail was.
                EmailTags=[
                    {"Name": "incident", "Value": notice.incident_id},
                    {"Name": "transition", "Value": notice.kind.value},
                    {"Name": "channel", "Value": channel.id},
                ],
            )
        left_out = f"; not to {', '.join(sorted(paused))}, which is paused" if paused else ""
        return Receipt(f"SES took it as {answer['MessageId']}{left_out}")


def headers(notice: Notification, mail_from: str) -> "list[MessageHeaderTypeDef]":
    """Write the headers that hold the mails of an incident together, and out-of-office replies off.

    SES names each mail itself, so a thread cannot begin with the first of them: all refer to a
    name that no mail has, which mail programs take for a mail that they do not have.

    Source: RFC 5322, 3.6.4; RFC 3834, 5
    """
    thread = f"<{notice.incident_id}@{mail_from.rpartition('@')[2].strip('<> ')}>"
    return [
        {"Name": "In-Reply-To", "Value": thread},
        {"Name": "References", "Value": thread},
        {"Name": "Auto-Submitted", "Value": "auto-generated"},
    ]


def subject(notice: Notification) -> str:
    """Write the subject; a title is one line, for a second would start a header of its own."""
    mark = "[test] " if notice.test else "[repeat] " if notice.repeat else ""
    return f"{mark}{notice.title}"[:MAX_SUBJECT]


def as_html(notice: Notification) -> str:
    """Write the HTML part: readable in light and dark, everything from outside escaped."""
    mark = f'<p style="{MARK}">{escape(notice.mark)}</p>' if notice.mark else ""
    links = "".join(
        f'<a class="button" href="{escape(address)}" style="{BUTTON}">{escape(label)}</a>'
        for label, address in notice.links()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(notice.title)}</title><style>{STYLE}</style></head>"
        f'<body class="page" style="{PAGE}"><div class="card" style="{CARD}">{mark}'
        f'<div style="{HEAD};background:{COLOURS[notice.tone]}">{escape(notice.title)}</div>'
        '<div style="padding:18px 24px 16px">'
        f'<p style="margin:0 0 14px">{escape(notice.sentence)}</p>'
        '<table role="presentation" style="border-collapse:collapse;width:100%;'
        f'margin:0 0 18px">{_rows(notice)}</table>{links}</div></div></body></html>'
    )


def _rows(notice: Notification) -> str:
    return "".join(
        f'<tr><td class="quiet line" style="{LABEL};{LINE}">{escape(label)}</td>'
        f'<td class="line" style="{VALUE};{LINE}">{escape(value)}</td></tr>'
        for label, value in notice.facts()
    )
