import json
from datetime import UTC, datetime, timedelta

from infra.home_stack import SHOWN
from sentinelmesh.domain.uptime.rollup_schedule import ROUND, round_at
from sentinelmesh.storage.dynamodb import keys
from tests.fake_aws import streams
from tests.infra.mesh import FunctionInTemplate, MeshInTemplates
from tests.infra.templates import Assembly, Properties

HOUR = 3600
FOREVER = -1  # Source: what Lambda takes for no bound
EACH_MINUTE = "cron(* * * * ? *)"
BY_THE_CLOCK = {
    "scheduler": EACH_MINUTE,
    "verifier": EACH_MINUTE,
    "alerter": EACH_MINUTE,
    "publisher": EACH_MINUTE,
    "rollup": "cron(6/10 * * * ? *)",
}
ONE_QUEUE = "arn:aws:sqs:eu-west-1:123456789012:sentinelmesh-"


def stream_sources(mesh: MeshInTemplates) -> list[tuple[FunctionInTemplate, Properties]]:
    return [(function, each) for function in mesh.functions for each in function.stream_sources]


def table_of(source: Properties) -> str:
    return str(source["EventSourceArn"]).split("/")[1]


def test_streams_feed_the_functions_that_the_design_names(mesh: MeshInTemplates) -> None:
    feeding = {(function.name, table_of(each)) for function, each in stream_sources(mesh)}
    assert feeding == {
        ("verifier", "sentinelmesh-check-results"),
        ("verifier", "sentinelmesh-monitors"),
        ("alerter", "sentinelmesh-alerts"),
        ("rollup", "sentinelmesh-transitions"),
        ("publisher", "sentinelmesh-incidents"),
        ("publisher", "sentinelmesh-directory"),
    }


def test_a_record_is_given_up_by_its_age_and_never_by_how_often_it_was_tried(
    mesh: MeshInTemplates,
) -> None:
    """Ten tries are over within half a minute, sooner than most outages of tables."""
    for _, source in stream_sources(mesh):
        assert source.get("MaximumRetryAttempts", FOREVER) == FOREVER
        assert source["MaximumRecordAgeInSeconds"] == HOUR
    assert streams.STREAM_AGE.total_seconds() == HOUR, "the simulation does the same"


def test_a_bad_record_neither_blocks_its_shard_for_a_day_nor_gets_lost(
    mesh: MeshInTemplates,
) -> None:
    for _, source in stream_sources(mesh):
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["BisectBatchOnFunctionError"] is True
        assert "-dlq" in source["DestinationConfig"]["OnFailure"]["Destination"]
        assert source["StartingPosition"] == "TRIM_HORIZON"


def test_only_new_rows_wake_the_verifier_and_the_alerter(mesh: MeshInTemplates) -> None:
    """An expired or changed result is nobody's news; any change of a monitor or incident is."""
    for _, source in stream_sources(mesh):
        filters = [
            json.loads(each["Pattern"])
            for each in source.get("FilterCriteria", {}).get("Filters", ())
        ]
        wanted: dict[str, list[object]] = {
            "sentinelmesh-monitors": [],
            "sentinelmesh-incidents": [],
            "sentinelmesh-directory": list(SHOWN),
        }
        assert filters == wanted.get(table_of(source), [{"eventName": ["INSERT"]}])


def test_signs_of_life_and_the_audit_log_wake_no_publisher() -> None:
    """They are written all the time; what Lambda drops costs nothing."""
    changed, created = (pattern["dynamodb"]["Keys"]["kind"]["S"] for pattern in SHOWN)
    assert changed == [keys.STATUS_PAGE, keys.MAINTENANCE_WINDOW]
    assert created[0] == keys.OPT_IN
    assert keys.news_key("sp_1").startswith(created[1]["prefix"])
    for other in (keys.HEARTBEAT, keys.AUDIT, keys.IDEMPOTENCY, keys.subscribers_key("sp_1")):
        assert other not in {*changed, keys.OPT_IN}
        assert not other.startswith(created[1]["prefix"])


def test_the_publisher_is_not_woken_by_the_marks_that_it_makes_while_it_mails() -> None:
    """Each would be a round of all pages."""
    assert SHOWN[1]["eventName"] == ["INSERT", "REMOVE"]


def test_results_are_read_in_several_lanes(mesh: MeshInTemplates) -> None:
    lanes = {table_of(each): each.get("ParallelizationFactor") for _, each in stream_sources(mesh)}
    assert lanes["sentinelmesh-check-results"] == 4


def test_only_failed_messages_of_a_batch_come_back(mesh: MeshInTemplates) -> None:
    sources = [each for function in mesh.functions for each in function.queue_sources]
    assert len(sources) == 4 + 2 * 3
    for source in sources:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 1 <= source["BatchSize"] <= 10
        assert "MaximumBatchingWindowInSeconds" not in source, "a check must not wait for others"


def test_shards_are_dispatched_side_by_side(mesh: MeshInTemplates) -> None:
    """In one batch they would wait for each other."""
    (ticks,) = [
        source
        for function in mesh.functions
        for source in function.queue_sources
        if str(source["EventSourceArn"]).endswith("-ticks")
    ]
    assert ticks["BatchSize"] == 1


def test_probers_are_bounded_without_burning_receives(
    standard: Assembly, other: Assembly, local: Assembly
) -> None:
    for assembly, wanted in ((standard, 20), (other, 50), (local, 4)):
        for function in MeshInTemplates(assembly).functions:
            assert "ReservedConcurrentExecutions" not in function.properties
            if function.name == "prober":
                bounds = {
                    each["EventSourceArn"].rpartition("-")[2]: each["ScalingConfig"]
                    for each in function.queue_sources
                }
                assert bounds == {
                    "checks.fifo": {"MaximumConcurrency": wanted},
                    "spool": {"MaximumConcurrency": 2},
                }


def test_functions_that_run_by_the_clock_are_not_repeated(mesh: MeshInTemplates) -> None:
    waking = {
        each.name: each.rules_by_the_clock for each in mesh.functions if each.rules_by_the_clock
    }
    assert set(waking) == set(BY_THE_CLOCK)
    for name, (rule,) in waking.items():
        assert rule["ScheduleExpression"] == BY_THE_CLOCK[name]
        assert rule["State"] == "ENABLED"
        (target,) = rule["Targets"]
        assert target["RetryPolicy"] == {
            "MaximumEventAgeInSeconds": 120,
            "MaximumRetryAttempts": 0,
        }
        assert target["DeadLetterConfig"] == {"Arn": f"{ONE_QUEUE}{name}-dlq"}


def test_only_what_comes_again_by_the_clock_is_tried_once(mesh: MeshInTemplates) -> None:
    """A rule invokes asynchronously, without retries: any other event would be lost for good."""
    for function in mesh.functions:
        assert function.rules == function.rules_by_the_clock, function.name
        for each in function.invoke_configs:
            assert each["MaximumRetryAttempts"] == 0
            assert each["DestinationConfig"]["OnFailure"]["Destination"]


def test_the_rule_of_counting_fires_when_a_round_begins() -> None:
    fired = datetime(2026, 1, 1, 12, 6, tzinfo=UTC)
    assert (round_at(fired), ROUND) == (fired, timedelta(minutes=10))


def test_the_scheduler_is_told_the_time_and_the_others_that_it_is_a_sweep(
    mesh: MeshInTemplates,
) -> None:
    (tick,) = mesh.function("scheduler").rules_by_the_clock
    assert "Input" not in tick["Targets"][0], "EventBridge's own event carries the time"
    for name in ("verifier", "alerter", "publisher"):
        (sweep,) = mesh.function(name).rules_by_the_clock
        wanted = {"publish": True} if name == "publisher" else {"sweep": True}
        assert json.loads(sweep["Targets"][0]["Input"]) == wanted


def test_a_failed_minute_is_not_repeated_but_kept(mesh: MeshInTemplates) -> None:
    for name in BY_THE_CLOCK:
        (config,) = mesh.function(name).invoke_configs
        assert config["MaximumRetryAttempts"] == 0
        assert config["MaximumEventAgeInSeconds"] == 120
        assert config["DestinationConfig"]["OnFailure"]["Destination"] == f"{ONE_QUEUE}{name}-dlq"


def test_only_its_own_rule_may_wake_a_function_by_the_clock(mesh: MeshInTemplates) -> None:
    rules = [
        each.properties["SourceArn"]
        for each in mesh.assembly.home.of_kind("AWS::Lambda::Permission")
        if each.properties["Principal"] == "events.amazonaws.com"
    ]
    assert sum("EachMinute" in each for each in rules) == len(BY_THE_CLOCK) - 1
    (other,) = [each for each in rules if "EachMinute" not in each]
    assert "EachRound" in other


def test_the_rule_may_write_to_the_dead_letters(mesh: MeshInTemplates) -> None:
    for name in BY_THE_CLOCK:
        senders = [
            statement["Principal"]
            for policy in mesh.assembly.home.of_kind("AWS::SQS::QueuePolicy")
            for statement in policy.properties["PolicyDocument"]["Statement"]
            if statement["Resource"] == f"{ONE_QUEUE}{name}-dlq" and statement["Effect"] == "Allow"
        ]
        assert {each["Service"] for each in senders} == {"events.amazonaws.com"}
