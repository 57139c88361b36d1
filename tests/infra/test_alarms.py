"""Alarms: what the mesh says about itself, to whom, and what it costs."""

from collections import Counter

from tests.infra.mesh import MeshInTemplates
from tests.infra.templates import Assembly, Properties, Template

ALARM = "AWS::CloudWatch::Alarm"
# See docs/decisions/0020-alarms.md: every alarm costs $0.10 a month, every metric of ours $0.30.
HOME_ALARMS = 32
REGION_ALARMS = 6
HOME_METRICS = 7
REGION_METRICS = 1


def alarm(template: Template, name: str) -> Properties:
    return next(
        each.properties
        for each in template.of_kind(ALARM)
        if each.properties["AlarmName"] == f"sentinelmesh-{name}"
    )


def test_every_function_has_an_alarm_for_errors_and_one_for_throttles(
    mesh: MeshInTemplates,
) -> None:
    for function in mesh.functions:
        raised = mesh.alarms(function.template, FunctionName=function.physical)
        metrics = Counter(each["MetricName"] for each in raised)
        assert metrics["Errors"] == metrics["Throttles"] == 1, function.name


def test_whoever_reads_a_stream_is_watched_for_falling_behind(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        raised = mesh.alarms(function.template, FunctionName=function.physical)
        lags = [each for each in raised if each["MetricName"] == "IteratorAge"]
        assert len(lags) == bool(function.stream_sources)
        assert all(each["Threshold"] == 120_000 for each in lags)


def test_a_mesh_that_dispatches_nothing_for_three_minutes_raises_the_alarm_by_its_silence(
    standard: Assembly,
) -> None:
    heartbeat = alarm(standard.home, "heartbeat-missing")
    assert heartbeat["MetricName"] == "GranulesDispatched"
    assert heartbeat["TreatMissingData"] == "breaching"
    assert heartbeat["ComparisonOperator"] == "LessThanThreshold"
    assert (heartbeat["Threshold"], heartbeat["Statistic"]) == (1, "Sum")
    assert (heartbeat["Period"], heartbeat["EvaluationPeriods"]) == (60, 3)


def test_nothing_else_is_alarmed_by_silence(standard: Assembly) -> None:
    silent = [
        each.properties["AlarmName"]
        for _, each in standard.all_of(ALARM)
        if each.properties["TreatMissingData"] != "notBreaching"
    ]
    assert silent == ["sentinelmesh-heartbeat-missing"]


def test_a_region_that_sees_nothing_work_raises_one_alarm(standard: Assembly) -> None:
    for template in standard.probes:
        blind = alarm(template, "nothing-succeeds")
        assert blind["MetricName"] == "ChecksSucceeded"
        assert blind["ComparisonOperator"] == "LessThanThreshold"
        assert (blind["Threshold"], blind["Statistic"]) == (1, "Sum")
        assert blind["Period"] * blind["EvaluationPeriods"] == 15 * 60


def test_a_crashed_batch_alone_does_not_look_like_waiting_checks(mesh: MeshInTemplates) -> None:
    for template in mesh.assembly.probes:
        waiting = alarm(template, "checks-waiting")
        checks = mesh.queue(f"arn:aws:sqs:{template.region}:123456789012:sentinelmesh-checks.fifo")
        assert waiting["MetricName"] == "ApproximateAgeOfOldestMessage"
        assert waiting["Period"] * waiting["EvaluationPeriods"] > (
            checks["VisibilityTimeout"] - waiting["Threshold"]
        )


def test_a_region_that_takes_no_checks_is_noticed_at_home(standard: Assembly) -> None:
    unsent = alarm(standard.home, "checks-unsent")
    assert unsent["MetricName"] == "ChecksUnsent"
    assert (unsent["Threshold"], unsent["EvaluationPeriods"]) == (1, 3)


def test_a_row_that_any_function_at_home_left_out_is_noticed(standard: Assembly) -> None:
    unreadable = alarm(standard.home, "rows-unreadable")
    assert unreadable["MetricName"] == "RowsUnreadable"
    assert (unreadable["Threshold"], unreadable["Statistic"]) == (1, "Sum")
    groups = {
        str(each.properties["LogGroupName"])
        for each in standard.home.of_kind("AWS::Logs::MetricFilter")
        if each.properties["FilterName"] == "RowsUnreadable"
    }
    assert len(groups) == len(standard.home.of_kind("AWS::Lambda::Function"))


def test_faults_of_the_api_are_counted_where_callers_see_them(standard: Assembly) -> None:
    faults = alarm(standard.home, "api-server-errors")
    assert faults["MetricName"] == "5XXError"
    assert {each["Name"]: each["Value"] for each in faults["Dimensions"]} == {
        "ApiName": "sentinelmesh-api",
        "Stage": "live",
    }


def test_every_alarm_says_what_to_do_and_tells_the_operators_when_it_is_raised_and_over(
    standard: Assembly,
) -> None:
    for template, each in standard.all_of(ALARM):
        (topic,) = template.of_kind("AWS::SNS::Topic")
        arn = f"arn:aws:sns:{template.region}:123456789012:{topic.properties['TopicName']}"
        assert each.properties["AlarmActions"] == [arn]
        assert each.properties["OKActions"] == [arn]
        assert len(each.properties["AlarmDescription"]) > 30


def test_no_two_alarms_or_topics_of_a_region_have_the_same_name(standard: Assembly) -> None:
    for kind, name in ((ALARM, "AlarmName"), ("AWS::SNS::Topic", "TopicName")):
        named = Counter((t.region, each.properties[name]) for t, each in standard.all_of(kind))
        assert max(named.values()) == 1


def test_the_operators_get_mail_from_every_region(standard: Assembly, other: Assembly) -> None:
    for template in standard.templates.values():
        (subscription,) = template.of_kind("AWS::SNS::Subscription")
        assert subscription.properties["Protocol"] == "email"
        assert subscription.properties["Endpoint"] == "ops@shop.example"
    assert not list(other.all_of("AWS::SNS::Subscription")), "nobody is named there"


def test_a_deployment_whose_alarms_nobody_hears_is_warned(
    standard: Assembly, other: Assembly, local: Assembly
) -> None:
    warned = {
        each.home.stack
        for each in (standard, other, local)
        if any("alarm_email is empty" in file.read_text() for file in each.folder.glob("*.json"))
    }
    assert warned == {"watch-home"}


def test_alarms_of_this_account_may_publish_and_nobody_without_tls(standard: Assembly) -> None:
    """A topic with a policy of its own has lost the default one: alarms would be dropped."""
    for template in standard.templates.values():
        (policy,) = template.of_kind("AWS::SNS::TopicPolicy")
        rules = policy.properties["PolicyDocument"]["Statement"]
        refused = [each for each in rules if each["Effect"] == "Deny"]
        assert [each["Condition"] for each in refused] == [
            {"Bool": {"aws:SecureTransport": "false"}}
        ]
        allowed = [
            each
            for each in rules
            if each["Effect"] == "Allow"
            and each["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        ]
        assert [each["Condition"] for each in allowed] == [
            {"StringEquals": {"aws:SourceAccount": "123456789012"}}
        ]


def test_alarms_cost_what_the_decision_says(standard: Assembly) -> None:
    assert len(standard.home.of_kind(ALARM)) == HOME_ALARMS
    filters = standard.home.of_kind("AWS::Logs::MetricFilter")
    # Filters cost nothing; several of one name count into one metric.
    assert len({each.properties["FilterName"] for each in filters}) == HOME_METRICS
    for template in standard.probes:
        assert len(template.of_kind(ALARM)) == REGION_ALARMS
        assert len(template.of_kind("AWS::Logs::MetricFilter")) == REGION_METRICS
    for _, each in standard.all_of(ALARM):
        assert "Metrics" not in each.properties, "an alarm on several metrics costs several times"
