from functions.verifier.handler import PAUSES
from tests.fake_aws import account
from tests.infra.mesh import MeshInTemplates
from tests.infra.templates import Properties

HOUR, DAY = 3600, 86_400
TIMES_THE_FUNCTIONS_TIMEOUT = 6
# The longest that a message is delayed on purpose: a tick is planned up to two minutes ahead.
MAX_DELAY = {"ticks": 120, "evaluations": 900, "recounts": 900, "alert-retries": 900}


def fed_queues(mesh: MeshInTemplates) -> dict[str, Properties]:
    return {arn: each for arn, each in mesh.queues.items() if "RedrivePolicy" in each}


def dead_queues(mesh: MeshInTemplates) -> dict[str, Properties]:
    return {arn: each for arn, each in mesh.queues.items() if "RedrivePolicy" not in each}


def test_every_queue_that_a_function_reads_has_dead_letters_of_its_own_kind(
    mesh: MeshInTemplates,
) -> None:
    read = {
        each["EventSourceArn"] for function in mesh.functions for each in function.queue_sources
    }
    assert read == set(fed_queues(mesh))
    for each in fed_queues(mesh).values():
        dead = mesh.queue(each["RedrivePolicy"]["deadLetterTargetArn"])
        assert dead.get("FifoQueue", False) == each.get("FifoQueue", False)
        assert "RedrivePolicy" not in dead


def test_no_queue_takes_the_dead_letters_of_two(mesh: MeshInTemplates) -> None:
    taken = [each["RedrivePolicy"]["deadLetterTargetArn"] for each in fed_queues(mesh).values()]
    assert len(set(taken)) == len(taken)


def test_dead_letters_are_kept_for_two_weeks_and_watched(mesh: MeshInTemplates) -> None:
    assert len(dead_queues(mesh)) == 9 + 2 * 3
    for arn, each in dead_queues(mesh).items():
        assert each["MessageRetentionPeriod"] == 14 * DAY
        template = next(
            one for one in mesh.assembly.templates.values() if arn in _arns_of(mesh, one.stack)
        )
        (alarm,) = mesh.alarms(template, QueueName=each["QueueName"])
        assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (1, 1)


def _arns_of(mesh: MeshInTemplates, stack: str) -> set[str]:
    template = mesh.assembly.templates[stack]
    names = {each.properties["QueueName"] for each in template.of_kind("AWS::SQS::Queue")}
    return {f"arn:aws:sqs:{template.region}:123456789012:{name}" for name in names}


def test_a_message_stays_hidden_for_six_times_as_long_as_its_reader_may_take(
    mesh: MeshInTemplates,
) -> None:
    for function in mesh.functions:
        for source in function.queue_sources:
            hidden = mesh.queue(source["EventSourceArn"])["VisibilityTimeout"]
            assert hidden >= TIMES_THE_FUNCTIONS_TIMEOUT * function.properties["Timeout"]


def test_what_fails_for_good_reaches_the_dead_letters_before_it_expires(
    mesh: MeshInTemplates,
) -> None:
    for arn, each in fed_queues(mesh).items():
        name = arn.rpartition(":")[2].removeprefix("sentinelmesh-")
        tries = each["RedrivePolicy"]["maxReceiveCount"]
        takes = MAX_DELAY.get(name, 0) + tries * each["VisibilityTimeout"]
        assert takes < each["MessageRetentionPeriod"], name


def test_a_spooled_result_outlasts_a_home_region_that_is_away_for_days(
    mesh: MeshInTemplates,
) -> None:
    spool = mesh.queue("arn:aws:sqs:eu-west-1:123456789012:sentinelmesh-results-spool")
    tried_for = spool["RedrivePolicy"]["maxReceiveCount"] * spool["VisibilityTimeout"]
    assert tried_for >= 3 * DAY


def test_an_evaluation_outlasts_an_outage_of_tables_of_two_hours(mesh: MeshInTemplates) -> None:
    queue = mesh.queue("arn:aws:sqs:eu-west-1:123456789012:sentinelmesh-evaluations")
    tries = range(1, queue["RedrivePolicy"]["maxReceiveCount"] + 1)
    hidden = int(queue["VisibilityTimeout"])
    waits = [PAUSES.get(each, hidden) for each in tries]
    assert sum(waits) >= 2 * HOUR
    assert max(waits[: len(PAUSES)]) <= 20, "soon after tables are back, it is tried"
    assert sum(waits[: len(PAUSES)]) >= HOUR / 4


def test_checks_are_soon_forgotten_and_never_wait_for_each_other(mesh: MeshInTemplates) -> None:
    for template in mesh.assembly.probes:
        checks = mesh.queue(f"arn:aws:sqs:{template.region}:123456789012:sentinelmesh-checks.fifo")
        assert checks["FifoQueue"]
        assert checks["DeduplicationScope"] == "messageGroup"
        assert checks["FifoThroughputLimit"] == "perMessageGroupId"
        assert checks["MessageRetentionPeriod"] <= 1200


def test_every_queue_is_encrypted(mesh: MeshInTemplates) -> None:
    for each in mesh.queues.values():
        assert each["SqsManagedSseEnabled"] is True


def test_every_queue_refuses_whoever_does_not_use_tls(mesh: MeshInTemplates) -> None:
    refusing: list[str] = []
    for template, policy in mesh.assembly.all_of("AWS::SQS::QueuePolicy"):
        for each in policy.properties["PolicyDocument"]["Statement"]:
            if each["Effect"] == "Deny":
                assert each["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                assert each["Action"] == "sqs:*"
                assert each["Principal"] == {"AWS": "*"}
                assert template.region in each["Resource"]
                refusing.append(each["Resource"])
    assert sorted(refusing) == sorted(mesh.queues)


def test_the_simulation_keeps_and_tries_messages_as_the_queues_do(mesh: MeshInTemplates) -> None:
    timeouts = {each.name: each.properties["Timeout"] for each in mesh.functions}
    assert {name: timeouts[name] for name in account.TIMEOUTS} == account.TIMEOUTS
    for arn, each in fed_queues(mesh).items():
        name = arn.rpartition(":")[2].removeprefix("sentinelmesh-")
        tries = account.TRIES.get(name, account.MAX_TRIES)
        assert tries == each["RedrivePolicy"]["maxReceiveCount"], name
        kept = account.KEPT.get(name, account.MAX_KEPT).total_seconds()
        assert kept == each["MessageRetentionPeriod"], name
