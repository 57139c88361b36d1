"""Alarms about the mesh itself, all to one topic; docs/decisions/0020-alarms.md has the prices."""

from collections.abc import Iterable

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.deployment import Deployment
from infra.function import MeshFunction
from infra.names import Names

ONE_MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)
REPEATED_ERRORS = 3
REPEATED_THROTTLES = 10
REPEATED_SERVER_ERRORS = 5
GREATEST_LAG_MS = 120_000
OLDEST_CHECK_SECONDS = 60
# A check whose prober crashed stays hidden for nine minutes: that alone is no news.
WAITING_MINUTES = 10

AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
LESS_THAN = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
SILENCE_IS_FINE = cloudwatch.TreatMissingData.NOT_BREACHING
SILENCE_IS_THE_ALARM = cloudwatch.TreatMissingData.BREACHING


class Alarms(Construct):
    """Alarms of one stack; each says in its description what to look at."""

    def __init__(
        self, scope: Construct, deployment: Deployment, names: Names, topic_name: str
    ) -> None:
        super().__init__(scope, "Alarms")
        self._names = names
        self.topic = sns.Topic(self, "Topic", topic_name=names.of(topic_name), enforce_ssl=True)
        self._let_alarms_publish()
        if deployment.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(deployment.alarm_email))

    def _let_alarms_publish(self) -> None:
        """Restore what a topic loses with its first own policy: our alarms may publish."""
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )

    def on_trouble(self, function: MeshFunction) -> None:
        """Raise when a function fails or is throttled again and again; one crash is retried."""
        self._alarm(
            f"{function.name}-errors",
            f"The {function.name} fails repeatedly: read its log group.",
            function.function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
            threshold=REPEATED_ERRORS,
        )
        self._alarm(
            f"{function.name}-throttled",
            f"The {function.name} is throttled: raise the account's limit of Lambda concurrency.",
            function.function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
            threshold=REPEATED_THROTTLES,
        )

    def on_dead_letters(self, queue: sqs.Queue, name: str) -> None:
        """Raise on the first message that nobody could handle."""
        self._alarm(
            f"{name}-not-empty",
            f"Messages were given up in {name}: see docs/operations.md, when an alarm rings.",
            queue.metric_approximate_number_of_messages_visible(
                period=ONE_MINUTE, statistic="Maximum"
            ),
            threshold=1,
        )

    def on_stream_lag(self, function: MeshFunction) -> None:
        """Raise when a stream's reader falls behind: verdicts or alerts are late."""
        self._alarm(
            f"{function.name}-lag",
            f"The {function.name} is two minutes behind its stream: read its log group.",
            function.function.metric("IteratorAge", period=ONE_MINUTE, statistic="Maximum"),
            threshold=GREATEST_LAG_MS,
        )

    def on_waiting_checks(self, queue: sqs.Queue) -> None:
        """Raise when checks wait: results are late, or say that the check had expired."""
        self._alarm(
            "checks-waiting",
            "Checks wait for their prober: raise prober_concurrency in cdk.json.",
            queue.metric_approximate_age_of_oldest_message(period=ONE_MINUTE, statistic="Maximum"),
            threshold=OLDEST_CHECK_SECONDS,
            periods=WAITING_MINUTES,
        )

    def on_server_errors(self, stage: apigateway.Stage) -> None:
        """Raise when the API answers with faults of its own, whatever stands behind them."""
        self._alarm(
            "api-server-errors",
            "The API answers with 5xx: read the log group of the function api.",
            stage.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            threshold=REPEATED_SERVER_ERRORS,
        )

    def on_silence(self, scheduler: MeshFunction) -> None:
        """Raise when no granule was dispatched: the mesh's heartbeat, and no data is the alarm.

        It covers the whole way: rule, tick planned, tick delivered, checks sent.
        """
        beat = self._logged(scheduler, "GranulesDispatched", "checks_dispatched", counting="1")
        self._alarm(
            "heartbeat-missing",
            "No checks were dispatched for three minutes: nothing is watched. Look at the rule "
            "scheduler-each-minute, the queue ticks and the log group of the scheduler.",
            beat.with_(period=ONE_MINUTE),
            threshold=1,
            periods=3,
            comparison=LESS_THAN,
            silence=SILENCE_IS_THE_ALARM,
        )

    def on_unsent_checks(self, scheduler: MeshFunction) -> None:
        """Raise when checks find no queue for three minutes in a row: a region is away."""
        unsent = self._logged(scheduler, "ChecksUnsent", "checks_unsent", counting="$.unsent")
        self._alarm(
            "checks-unsent",
            "A probe region takes no checks: the log of the scheduler names it (checks_unsent).",
            unsent.with_(period=ONE_MINUTE),
            threshold=1,
            periods=3,
        )

    def on_distrusted_regions(self, verifier: MeshFunction) -> None:
        """Raise when a region fails where all others pass: one alarm instead of its outages."""
        sick = self._logged(verifier, "RegionsDistrusted", "region_distrusted", counting="1")
        self._alarm(
            "region-distrusted",
            "A region fails where all others pass, so its failures count as abstentions: the log "
            "of the verifier names it (region_distrusted), and so does /health.",
            sick.with_(period=FIVE_MINUTES),
            threshold=1,
        )

    def on_unreadable_rows(self, functions: Iterable[MeshFunction]) -> None:
        """Raise when a stored row is left out because this version cannot read it."""
        counted = [
            self._logged(each, "RowsUnreadable", "row_unreadable", counting="1")
            for each in functions
        ]
        self._alarm(
            "rows-unreadable",
            "A stored row is left out, for this version cannot read it: GET /health lists such "
            "rows, and the logs have them (row_unreadable). Deploy the version that wrote it.",
            counted[0].with_(period=FIVE_MINUTES),
            threshold=1,
        )

    def on_blind_mesh(self, verifier: MeshFunction) -> None:
        """Raise when most monitors cannot be judged: one alarm instead of one alert for each."""
        blind = self._logged(verifier, "MeshBlind", "mesh_blind", counting="1")
        self._alarm(
            "mesh-blind",
            "No region can judge most of the monitors, so outages go unnoticed: look at the alarms "
            "of the scheduler and the probers, and at the reasons of unknown results.",
            blind.with_(period=FIVE_MINUTES),
            threshold=1,
        )

    def on_untold_people(self, alerter: MeshFunction) -> None:
        """Raise when an alert was given up, whatever way it would have gone; count repeats."""
        dead = self._logged(alerter, "AlertsDead", "alert_dead", counting="1")
        self._alarm(
            "alerts-dead",
            "Somebody could not be told of an outage or its end: the log of the alerter says whom "
            "and why (alert_dead), and so do the alerts of the incident.",
            dead.with_(period=FIVE_MINUTES),
            threshold=1,
        )
        self._logged(alerter, "AlertsRepeated", "alert_repeated", counting="1")

    def on_blindness(self, prober: MeshFunction) -> None:
        """Raise when a region probes and sees nothing work for a quarter of an hour."""
        seen = self._logged(prober, "ChecksSucceeded", "checks_probed", counting="$.success")
        self._alarm(
            "nothing-succeeds",
            "No check of this region succeeded for fifteen minutes: the region is in trouble, or "
            "all its targets are. Its results do not confirm outages alone.",
            seen.with_(period=FIVE_MINUTES),
            threshold=1,
            periods=3,
            comparison=LESS_THAN,
        )

    def _logged(
        self, function: MeshFunction, metric: str, event: str, *, counting: str
    ) -> cloudwatch.Metric:
        """Build a metric out of the log lines of an event; it costs the function nothing.

        Args:
            counting: what a line counts for, a number or one of its fields.
        """
        return function.logs.add_metric_filter(
            metric,
            filter_name=metric,
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", event),
            metric_namespace=f"SentinelMesh/{self._names.prefix}",
            metric_name=metric,
            metric_value=counting,
        ).metric(statistic="Sum")

    def _alarm(
        self,
        name: str,
        text: str,
        metric: cloudwatch.Metric,
        *,
        threshold: float,
        periods: int = 1,
        comparison: cloudwatch.ComparisonOperator = AT_LEAST,
        silence: cloudwatch.TreatMissingData = SILENCE_IS_FINE,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=self._names.of(name),
            alarm_description=text,
            metric=metric,
            comparison_operator=comparison,
            threshold=threshold,
            evaluation_periods=periods,
            treat_missing_data=silence,
        )
        tell = actions.SnsAction(self.topic)
        alarm.add_alarm_action(tell)
        alarm.add_ok_action(tell)
