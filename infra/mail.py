"""Sending mail: the sender, and who hears of mails that came back."""

from aws_cdk import CfnOutput
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra.names import Names
from infra.observability import Alarms


class Mail(Construct):
    """The sender of alert mails; SES writes to that address once, to have it confirmed.

    An alert mail that bounces is an outage of which somebody does not know: the operators are told.
    """

    def __init__(self, scope: Construct, sender: str, names: Names, alarms: Alarms) -> None:
        super().__init__(scope, "Mail")
        settings = ses.ConfigurationSet(
            self, "Settings", configuration_set_name=names.mail_settings
        )
        settings.add_event_destination(
            "Returned",
            destination=ses.EventDestination.sns_topic(alarms.topic),
            events=[
                ses.EmailSendingEvent.BOUNCE,
                ses.EmailSendingEvent.COMPLAINT,
                ses.EmailSendingEvent.REJECT,
            ],
        )
        identity = ses.EmailIdentity(
            self, "Sender", identity=ses.Identity.email(sender), configuration_set=settings
        )
        CfnOutput(scope, "MailFromIdentity", value=identity.email_identity_name)
