"""The registry of channels: a kind is one file and one line here."""

from collections.abc import Callable, Mapping

from functions.alerter.channels.apprise import Apprise
from functions.alerter.channels.contract import Sender
from functions.alerter.channels.discord import Discord
from functions.alerter.channels.email import Email
from functions.alerter.channels.http_sender import HttpSender
from functions.alerter.channels.ntfy import Ntfy
from functions.alerter.channels.opsgenie import Opsgenie
from functions.alerter.channels.pagerduty import PagerDuty
from functions.alerter.channels.slack import Slack
from functions.alerter.channels.sns import Publisher, Sns
from functions.alerter.channels.teams import Teams
from functions.alerter.channels.telegram import Telegram
from functions.alerter.channels.webhook import Webhook


def make_senders(
    mail: Email, poster: HttpSender, sns_of: Callable[[str], Publisher]
) -> Mapping[str, Sender]:
    """Build the senders of all kinds."""
    return {
        "apprise": Apprise(poster.guard),
        "discord": Discord(poster),
        "email": mail,
        "ntfy": Ntfy(poster),
        "opsgenie": Opsgenie(poster),
        "pagerduty": PagerDuty(poster),
        "slack": Slack(poster),
        "sns": Sns(sns_of),
        "teams": Teams(poster),
        "telegram": Telegram(poster),
        "webhook": Webhook(poster),
    }
