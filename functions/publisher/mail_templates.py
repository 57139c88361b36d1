"""Mails to readers: what they asked for, in plain words, with a way out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from functions.publisher.text import line, lines, paragraphs
from sentinelmesh.delivery.aws_errors import translate_errors
from sentinelmesh.delivery.email import MAX_SUBJECT, NEVER, PAUSED, REPEAT_MARK
from sentinelmesh.domain.status_pages.status_page import News, StatusPage
from sentinelmesh.domain.status_pages.subscription import OptIn, Subscriber

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;line-height:1.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail before it is sent.

    Args:
        links: labels and addresses, the most important first.
        way_out: address that ends the subscription with one click (RFC 8058).
    """

    subject: str
    text: str
    links: Sequence[tuple[str, str]]
    way_out: str | None = None


@dataclass(frozen=True, slots=True)
class Mailer:
    """Sends mails one by one; SES takes no key, so a repeat is marked as one.

    Args:
        mail_from: the sender; empty means that nobody is mailed.
        base: address of the mesh, for the links in mails.
    """

    client: "SESV2Client"
    mail_from: str
    base: str

    @property
    def works(self) -> bool:
        """Whether anybody can be mailed: without links nobody could confirm, or leave."""
        return bool(self.mail_from and self.base)

    def confirmation(self, page: StatusPage, opt_in: OptIn, *, repeat: bool) -> Mail:
        """Write the mail that asks whether an address wants mail."""
        name = line(page.name)
        link = _link(self.base, opt_in.page_id, opt_in.subscriber_id, opt_in.secret)
        text = (
            f"Somebody asked for mail of {name} at this address. If that was you, follow the "
            "link within a day. If not, there is nothing to do: nobody will write again."
        )
        mark = f"{REPEAT_MARK}\n\n" if repeat else ""
        return Mail(
            subject=f"Confirm: mail from {name}"[:MAX_SUBJECT],
            text=mark + text,
            links=[("Confirm", link)],
        )

    def news(self, page: StatusPage, news: News, reader: Subscriber, *, repeat: bool) -> Mail:
        """Write the mail that tells news."""
        stage = f"{news.stage.capitalize()}: " if news.stage else ""
        mark = f"{REPEAT_MARK}\n\n" if repeat else ""
        way_out = _link(self.base, reader.page_id, reader.id, reader.secret)
        title = line(f"{stage}{news.title}")
        return Mail(
            subject=f"{'[repeat] ' if repeat else ''}{line(page.name)}: {title}"[:MAX_SUBJECT],
            text=f"{mark}{title}\n\n{news.text}",
            links=[
                ("See the status page", f"{self.base}/status/{page.slug}"),
                ("Unsubscribe", way_out),
            ],
            way_out=f"{way_out}/end",
        )

    def send(self, address: str, mail: Mail) -> None:
        """Send a mail.

        Raises:
            DeliveryFailed: it was not taken, or nobody knows.
        """
        headers = [{"Name": "Auto-Submitted", "Value": "auto-generated"}]
        if mail.way_out:
            headers += [
                {"Name": "List-Unsubscribe", "Value": f"<{mail.way_out}>"},
                {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
            ]
        with translate_errors("SES", never=NEVER, paused=PAUSED):
            self.client.send_email(
                FromEmailAddress=self.mail_from,
                Destination={"ToAddresses": [address]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": as_text(mail), "Charset": "UTF-8"},
                            "Html": {"Data": as_html(mail), "Charset": "UTF-8"},
                        },
                        "Headers": headers,  # type: ignore[typeddict-item]
                    }
                },
            )


def as_text(mail: Mail) -> str:
    """Write the text part."""
    links = [f"{label}: {address}" for label, address in mail.links]
    return "\n".join([*lines(mail.text), "", *links]) + "\n"


def as_html(mail: Mail) -> str:
    """Write the HTML part."""
    links = " · ".join(
        f'<a href="{escape(address)}">{escape(label)}</a>' for label, address in mail.links
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(mail.subject)}</title></head>"
        f'<body style="{FONT}">{paragraphs(mail.text)}<p>{links}</p></body></html>'
    )


def _link(base: str, page_id: str, subscriber: str, secret: str) -> str:
    return f"{base}/v1/subscriptions/{page_id}/{subscriber}/{secret}"
