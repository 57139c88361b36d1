"""The clock of the mesh: rules that fire each minute and give up soon."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.names import Names

# A tick that is older finds its slots expired; AWS would otherwise repeat it for a day.
MOST_AGE = Duration.seconds(120)


def each_minute(
    scope: Construct,
    names: Names,
    function: lambda_.Function,
    dead: sqs.Queue,
    *,
    event: Mapping[str, object] | None = None,
) -> events.Rule:
    """Invoke a function at every full minute.

    Args:
        event: a constant event in place of EventBridge's own.
    """
    function.configure_async_invoke(max_event_age=MOST_AGE, retry_attempts=0)
    described = events.RuleTargetInput.from_object(event) if event else None
    return events.Rule(
        scope,
        "EachMinute",
        rule_name=names.of(f"{scope.node.id.lower()}-each-minute"),
        # `rate(1 minute)` would begin at an arbitrary second.
        schedule=events.Schedule.expression("cron(* * * * ? *)"),
        targets=[
            targets.LambdaFunction(
                function,
                event=described,
                dead_letter_queue=dead,
                max_event_age=MOST_AGE,
                retry_attempts=0,
            )
        ],
    )
