"""Sending mail: the sender, and who hears of mails that came back."""

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.names import Names
from infra.observability import Alarms

RETURNED = [
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
]
MAX_AGE = Duration.hours(2)


def queue_returned_mail(scope: Construct, names: Names, queue: sqs.Queue, dead: sqs.Queue) -> None:
    """Put events about mail that came back, of this mesh's mails only, into a queue.

    A function that a rule invokes gets an event once, for that is right for what comes each
    minute; a queue hands it out until it was taken.

    Args:
        dead: takes events that could not be put into the queue.
    """
    events.Rule(
        scope,
        "ReturnedMail",
        rule_name=names.of("returned-mail"),
        event_pattern=events.EventPattern(
            source=["aws.ses"],
            detail={"mail": {"tags": {"ses:configuration-set": [names.mail_settings]}}},
        ),
        targets=[targets.SqsQueue(queue, dead_letter_queue=dead, max_event_age=MAX_AGE)],
    )


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
            events=RETURNED,
        )
        # The alerter pauses the address and tells the fallback; events go over the default bus.
        settings.add_event_destination(
            "ToAlerter",
            destination=ses.EventDestination.event_bus(
                events.EventBus.from_event_bus_name(self, "Bus", "default")
            ),
            events=RETURNED,
        )
        identity = ses.EmailIdentity(
            self, "Sender", identity=ses.Identity.email(sender), configuration_set=settings
        )
        CfnOutput(scope, "MailFromIdentity", value=identity.email_identity_name)
