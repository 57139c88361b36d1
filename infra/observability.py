"""Alarms about the mesh itself, all to one topic."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.deployment import Deployment
from infra.names import Names

FIVE_MINUTES = Duration.minutes(5)
ONE_MINUTE = Duration.minutes(1)
GREATEST_LAG_MS = 120_000
OLDEST_TICK_SECONDS = 90


class Alarms(Construct):
    """Alarms of one stack; each says in its description what to look at."""

    def __init__(self, scope: Construct, deployment: Deployment, names: Names) -> None:
        super().__init__(scope, "Alarms")
        self._names = names
        self.topic = sns.Topic(self, "Topic", topic_name=names.of("platform-alarms"))
        if deployment.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(deployment.alarm_email))

    def on_errors(self, function: lambda_.Function, name: str) -> None:
        """Raise when a function fails again and again: one crash is retried and no news."""
        self._alarm(
            f"{name}-errors",
            function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
            threshold=3,
            text=f"The {name} fails repeatedly: read its log group.",
        )

    def on_dead_letters(self, queue: sqs.Queue, name: str) -> None:
        """Raise on the first message that nobody could handle."""
        self._alarm(
            f"{name}-not-empty",
            queue.metric_approximate_number_of_messages_visible(
                period=ONE_MINUTE, statistic="Maximum"
            ),
            threshold=1,
            text=f"Messages were given up in {name}: see docs/operations.md, dead letters.",
        )

    def on_stream_lag(self, function: lambda_.Function, name: str) -> None:
        """Raise when a stream's reader falls behind: verdicts or alerts are late."""
        self._alarm(
            f"{name}-lag",
            function.metric("IteratorAge", period=ONE_MINUTE, statistic="Maximum"),
            threshold=GREATEST_LAG_MS,
            text=f"The {name} is two minutes behind its stream.",
        )

    def on_old_ticks(self, queue: sqs.Queue) -> None:
        """Raise when ticks wait: checks are late."""
        self._alarm(
            "ticks-waiting",
            queue.metric_approximate_age_of_oldest_message(period=ONE_MINUTE, statistic="Maximum"),
            threshold=OLDEST_TICK_SECONDS,
            text="Ticks are not handled in time: the scheduler is throttled or failing.",
        )

    def on_silence(self, function: lambda_.Function, name: str) -> None:
        """Raise when a function that runs each minute was not invoked: no data is the alarm."""
        alarm = cloudwatch.Alarm(
            self,
            f"{name}-silent",
            alarm_name=self._names.of(f"{name}-silent"),
            alarm_description=f"The {name} did not run for three minutes: nothing is watched.",
            metric=function.metric_invocations(period=ONE_MINUTE, statistic="Sum"),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            threshold=1,
            evaluation_periods=3,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

    def _alarm(self, name: str, metric: cloudwatch.Metric, *, threshold: float, text: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=self._names.of(name),
            alarm_description=text,
            metric=metric,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            threshold=threshold,
            evaluation_periods=1,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
