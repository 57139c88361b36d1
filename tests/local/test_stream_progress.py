"""How a stream event source moves on after a batch."""

from local.emulator.stream_progress import Progress, SourceSettings, judge

NUMBERS = ("n0", "n1", "n2", "n3")
PARTIAL = SourceSettings(partial_responses=True, bisect=True, maximum_retries=2)
FAILED = {"error": True}


def _failures(*numbers: str) -> dict[str, object]:
    return {"body": {"batchItemFailures": [{"itemIdentifier": number} for number in numbers]}}


def test_a_batch_that_succeeds_is_passed() -> None:
    answers: list[dict[str, object]] = [{}, {"body": None}, {"body": {}}, _failures()]
    for answer in answers:
        assert judge(PARTIAL, Progress(10), NUMBERS, answer, 0).progress == Progress(14)


def test_the_first_failed_record_is_where_it_goes_on() -> None:
    verdict = judge(PARTIAL, Progress(10), NUMBERS, _failures("n3", "n2"), 0)
    assert verdict.progress == Progress(12, attempts=1)


def test_without_partial_responses_failures_in_the_body_mean_nothing() -> None:
    settings = SourceSettings(partial_responses=False)
    assert judge(settings, Progress(0), NUMBERS, _failures("n0"), 0).progress == Progress(4)


def test_an_unknown_identifier_fails_the_whole_batch() -> None:
    assert judge(PARTIAL, Progress(0), NUMBERS, _failures("?"), 0).progress.position == 0


def test_a_failing_batch_is_halved_down_to_the_record_that_fails() -> None:
    progress = Progress(0)
    limits = []
    for size in (4, 2):
        progress = judge(PARTIAL, progress, NUMBERS[:size], FAILED, 0).progress
        limits.append(progress.limit)
    assert limits == [2, 1]


def test_a_record_that_keeps_failing_is_given_up_after_its_retries() -> None:
    progress = Progress(0, limit=1)
    for _ in range(2):
        verdict = judge(PARTIAL, progress, NUMBERS[:1], FAILED, 0)
        assert verdict.given_up is None
        progress = verdict.progress
    verdict = judge(PARTIAL, progress, NUMBERS[:1], FAILED, 0)
    assert verdict.given_up == "RetryAttemptsExhausted"
    assert verdict.progress == Progress(1)


def test_a_record_that_grows_too_old_is_given_up() -> None:
    settings = SourceSettings(maximum_age_seconds=60)
    assert judge(settings, Progress(0), NUMBERS, FAILED, 61).given_up == "MaxRecordAgeExceeded"
    assert judge(settings, Progress(0), NUMBERS, FAILED, 59).given_up is None


def test_without_bounds_a_batch_is_tried_for_ever() -> None:
    verdict = judge(SourceSettings(), Progress(0, attempts=10_000), NUMBERS, FAILED, 1e9)
    assert verdict.given_up is None
    assert verdict.progress.position == 0


def test_settings_are_read_from_the_mapping() -> None:
    mapping = {
        "BatchSize": 50,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "MaximumRetryAttempts": 0,
        "MaximumRecordAgeInSeconds": 3600,
    }
    assert SourceSettings.of(mapping) == SourceSettings(50, True, True, 0, 3600)
