"""The registry of channels: a kind is one file and one line here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from functions.alerter.channels.contract import Sender
from functions.alerter.channels.email import Email
from functions.alerter.channels.posting import Poster
from functions.alerter.channels.slack import Slack
from functions.alerter.channels.webhook import Webhook

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def make_senders(ses: "SESV2Client", mail_from: str, poster: Poster) -> Mapping[str, Sender]:
    """Make the senders of all kinds."""
    return {
        "email": Email(ses, mail_from),
        "slack": Slack(poster),
        "webhook": Webhook(poster),
    }
