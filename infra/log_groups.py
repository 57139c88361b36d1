"""Log groups that forget in time; CloudWatch's own default keeps everything for ever."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

# What CloudWatch offers, in days.
# Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
OFFERED = {
    1: "ONE_DAY", 3: "THREE_DAYS", 5: "FIVE_DAYS", 7: "ONE_WEEK", 14: "TWO_WEEKS",
    30: "ONE_MONTH", 60: "TWO_MONTHS", 90: "THREE_MONTHS", 120: "FOUR_MONTHS", 150: "FIVE_MONTHS",
    180: "SIX_MONTHS", 365: "ONE_YEAR", 400: "THIRTEEN_MONTHS", 545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS", 1096: "THREE_YEARS", 1827: "FIVE_YEARS", 2192: "SIX_YEARS",
    2557: "SEVEN_YEARS", 2922: "EIGHT_YEARS", 3288: "NINE_YEARS", 3653: "TEN_YEARS",
}  # fmt: skip


def log_group(scope: Construct, construct: str, name: str, days: int) -> logs.LogGroup:
    """Build a log group that keeps its lines for so many days, or a little longer."""
    return logs.LogGroup(
        scope,
        construct,
        log_group_name=name,
        retention=logs.RetentionDays[shortest_retention(days)],
        removal_policy=RemovalPolicy.DESTROY,
    )


def shortest_retention(days: int) -> str:
    """Return the shortest retention on offer that is long enough.

    >>> shortest_retention(14), shortest_retention(366)
    ('TWO_WEEKS', 'THIRTEEN_MONTHS')
    """
    return next(name for offered, name in OFFERED.items() if days <= offered)
