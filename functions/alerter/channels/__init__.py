"""The registry of channels: a kind is one file and one line here."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from functions.alerter.channels.contract import Sender
from functions.alerter.channels.discord import Discord
from functions.alerter.channels.email import Email
from functions.alerter.channels.ntfy import Ntfy
from functions.alerter.channels.opsgenie import Opsgenie
from functions.alerter.channels.pagerduty import PagerDuty
from functions.alerter.channels.posting import Poster
from functions.alerter.channels.slack import Slack
from functions.alerter.channels.sns import Publisher, Sns
from functions.alerter.channels.teams import Teams
from functions.alerter.channels.telegram import Telegram
from functions.alerter.channels.webhook import Webhook

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def make_senders(
    ses: "SESV2Client", mail_from: str, poster: Poster, sns_of: Callable[[str], Publisher]
) -> Mapping[str, Sender]:
    """Make the senders of all kinds."""
    return {
        "discord": Discord(poster),
        "email": Email(ses, mail_from),
        "ntfy": Ntfy(poster),
        "opsgenie": Opsgenie(poster),
        "pagerduty": PagerDuty(poster),
        "slack": Slack(poster),
        "sns": Sns(sns_of),
        "teams": Teams(poster),
        "telegram": Telegram(poster),
        "webhook": Webhook(poster),
    }
