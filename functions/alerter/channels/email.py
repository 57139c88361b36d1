"""Mail, by Amazon SES."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ParamValidationError,
)

from functions.alerter.notice import Notice
from sentinelmesh.domain.alert import Channel
from sentinelmesh.errors import DeliveryFailed

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (errors)
NEVER = frozenset({"BadRequestException", "MessageRejected", "NotFoundException"})
# The account may not send for now: every mail would fail, so none is tried for a while.
PAUSED = frozenset(
    {"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"}
)
PAUSE_SECONDS = 900.0
MOST_SUBJECT = 180
RED, GREEN = "#d92d20", "#079455"  # dark enough on white, light enough on black
PAGE = "font:15px/1.5 -apple-system,Segoe UI,Roboto,sans-serif;margin:24px"
LABEL = "padding:4px 16px 4px 0;vertical-align:top;white-space:nowrap;opacity:.7"
VALUE = "padding:4px 0;vertical-align:top;word-break:break-word"
BUTTON = "display:inline-block;padding:8px 16px;border:1px solid;border-radius:6px"


class Email:
    """Sends text and HTML; SES takes no key, so a repeat is marked as one."""

    takes_key = False

    def __init__(self, client: "SESV2Client", mail_from: str) -> None:
        self._client = client
        self._mail_from = mail_from

    def deliver(self, notice: Notice, channel: Channel, secrets: Mapping[str, str]) -> str:  # noqa: ARG002
        """Send one mail to all addresses of the channel."""
        if not self._mail_from:
            raise DeliveryFailed(
                "this deployment has no sender: set mail_from in cdk.json and deploy",
                permanent=True,
            )
        addresses = list(channel.options.get("to", ()))
        if not addresses:
            raise DeliveryFailed("the channel names no address", permanent=True)
        try:
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
                    }
                },
                # By these SES's own events tell which alert a mail was.
                EmailTags=[
                    {"Name": "incident", "Value": notice.incident_id},
                    {"Name": "transition", "Value": notice.kind.value},
                    {"Name": "channel", "Value": channel.id},
                ],
            )
        except ClientError as error:
            raise _refused(error) from error
        except ParamValidationError as error:
            raise DeliveryFailed("SES takes no such mail", permanent=True) from error
        except HTTPClientError as error:
            # The request was on its way: SES may have taken it before the connection was lost.
            text = f"SES gave no complete answer: {type(error).__name__}"
            raise DeliveryFailed(text, uncertain=True) from error
        except BotoCoreError as error:
            raise DeliveryFailed(f"SES is out of reach: {type(error).__name__}") from error
        return f"SES took it as {answer['MessageId']}"


def _refused(error: ClientError) -> DeliveryFailed:
    code = error.response["Error"]["Code"]
    text = f"SES: {code}: {error.response['Error'].get('Message', '')}"
    if code in PAUSED:
        return DeliveryFailed(text, retry_after_seconds=PAUSE_SECONDS)
    return DeliveryFailed(text, permanent=code in NEVER)


def subject(notice: Notice) -> str:
    """Write the subject; a title is one line, for a second would start a header of its own."""
    mark = "[test] " if notice.test else "[repeat] " if notice.repeat else ""
    return f"{mark}{notice.title}"[:MOST_SUBJECT]


def as_text(notice: Notice) -> str:
    """Write the plain part."""
    lines = [notice.mark, ""] if notice.mark else []
    lines += [notice.title, "", notice.sentence, ""]
    lines += [f"{label + ':':<16}{value}" for label, value in notice.facts()]
    if notice.link:
        lines += ["", notice.link]
    return "\n".join(lines) + "\n"


def as_html(notice: Notice) -> str:
    """Write the HTML part: readable in light and dark, everything from outside escaped."""
    mark = f'<p style="margin:0 0 12px"><b>{escape(notice.mark)}</b></p>' if notice.mark else ""
    colour = GREEN if notice.is_over else RED
    title = f"margin:0 0 8px;padding-left:12px;border-left:6px solid {colour};font-size:20px"
    link = (
        f'<p style="margin:24px 0 0"><a href="{escape(notice.link)}" style="{BUTTON}">'
        "Open the incident</a></p>"
        if notice.link
        else ""
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"></head>'
        f'<body style="{PAGE}">{mark}<h1 style="{title}">{escape(notice.title)}</h1>'
        f'<p style="margin:0 0 16px">{escape(notice.sentence)}</p>'
        f'<table style="border-collapse:collapse">{_rows(notice)}</table>{link}</body></html>'
    )


def _rows(notice: Notice) -> str:
    return "".join(
        f'<tr><td style="{LABEL}">{escape(label)}</td><td style="{VALUE}">{escape(value)}</td></tr>'
        for label, value in notice.facts()
    )
