"""The clock of the mesh: rules that fire each minute, or every ten, and give up soon."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs

from infra.function import MeshFunction
from infra.names import Names

# A tick that is older finds its slots expired; AWS would otherwise repeat it for a day.
MAX_AGE = Duration.seconds(120)


def each_minute(
    function: MeshFunction,
    names: Names,
    dead: sqs.Queue,
    *,
    event: Mapping[str, object] | None = None,
) -> None:
    """Invoke a function at every full minute; what fails is not repeated, the next minute comes.

    Args:
        dead: takes events that the rule could not hand over, and those that the function failed on.
        event: a constant event in place of EventBridge's own.
    """
    target = _target(function, dead, event)
    events.Rule(
        function,
        "EachMinute",
        rule_name=names.of(f"{function.name}-each-minute"),
        # `rate(1 minute)` would begin at an arbitrary second.
        schedule=events.Schedule.expression("cron(* * * * ? *)"),
        targets=[target],
    )


def each_round(function: MeshFunction, names: Names, dead: sqs.Queue) -> None:
    """Invoke a function for each round of counting; what fails waits for the next round."""
    target = _target(function, dead, None)
    events.Rule(
        function,
        "EachRound",
        rule_name=names.of(f"{function.name}-each-round"),
        # Source: sentinelmesh.domain.uptime.rollup_schedule, ROUND and OFFSET.
        schedule=events.Schedule.expression("cron(6/10 * * * ? *)"),
        targets=[target],
    )


def _target(
    function: MeshFunction, dead: sqs.Queue, event: Mapping[str, object] | None
) -> targets.LambdaFunction:
    function.function.configure_async_invoke(
        max_event_age=MAX_AGE, retry_attempts=0, on_failure=destinations.SqsDestination(dead)
    )
    return targets.LambdaFunction(
        function.function,
        event=events.RuleTargetInput.from_object(event) if event else None,
        dead_letter_queue=dead,
        max_event_age=MAX_AGE,
        retry_attempts=0,
    )
