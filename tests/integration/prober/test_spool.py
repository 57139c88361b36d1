"""While home is away: facts wait in the spool of their region, and none is measured again."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.integration.prober.batches import REGION, Bench, a_bench, checks
from tests.integration.prober.probing import KeptSecrets, a_check
from tests.integration.prober.servers import Conversation, serving


def refused(code: str) -> ClientError:
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}
    return ClientError(answer, "PutItem")  # type: ignore[arg-type]


TROUBLES: list[BotoCoreError | ClientError] = [
    EndpointConnectionError(endpoint_url="https://dynamodb.eu-west-1.amazonaws.com"),
    ReadTimeoutError(endpoint_url="https://dynamodb.eu-west-1.amazonaws.com"),
    refused("ThrottlingException"),
    refused("InternalServerError"),
    refused("AccessDeniedException"),
    refused("ResourceNotFoundException"),
]


def home_is_away(call: str, _body: str) -> None:
    if call == "PutItem":
        raise TROUBLES[0]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: str(each)[:40])
def test_while_home_is_away_results_go_to_the_regions_own_spool(
    bench: Bench, trouble: Exception
) -> None:
    def strike(call: str, _body: str) -> None:
        if call == "PutItem":
            raise trouble

    bench.before_call = strike
    assert bench.take(*checks(10)) == []
    assert bench.results == []
    bench.before_call = None
    bodies = bench.spooled()
    assert bench.unspool(*bodies) == []
    assert bench.unspool(*bodies) == [], "delivered twice"
    assert len(bench.results) == 10
    assert len(bench.succeeding.made) == 10, "no second measurement was made"


def test_a_fact_is_the_same_after_its_way_over_the_spool() -> None:
    async def refuse(conversation: Conversation) -> None:
        await conversation.answer(503, "grün".encode())

    with serving(refuse) as site, a_bench() as bench:
        bench.before_call = home_is_away
        bench.take(a_check(site.url(), region=REGION))
        bench.before_call = None
        bench.unspool(*bench.spooled())
        (spooled,) = bench.results
    assert spooled.body_sample == "grün"
    assert (spooled.error, spooled.status_code) == ("status_mismatch", 503)
    assert spooled.timings is not None
    assert spooled.timings.total_ms == spooled.latency_ms
    assert spooled.started_at == bench.now


def test_a_write_that_timed_out_but_happened_is_one_result(bench: Bench) -> None:
    def time_out(call: str, _body: str) -> None:
        if call == "PutItem":
            raise TROUBLES[1]

    bench.after_call = time_out
    assert bench.take(*checks(1)) == []
    bench.after_call = None
    assert len(bench.results) == 1
    assert bench.unspool(*bench.spooled()) == []
    assert len(bench.results) == 1


def test_only_the_check_whose_result_nobody_takes_comes_back(bench: Bench) -> None:
    def refuse_the_third(_call: str, body: str) -> None:
        if "mon_2" in body:
            raise TROUBLES[0]

    bench.before_call = refuse_the_third
    assert bench.take(*checks(5)) == [2]
    assert len(bench.results) == 4
    bench.before_call = None
    assert bench.take(checks(5)[2]) == []
    assert len(bench.results) == 5


def test_spooled_results_stay_while_home_is_away_and_it_is_asked_once(bench: Bench) -> None:
    bench.before_call = home_is_away
    bench.take(*checks(10))
    bodies = bench.spooled()
    bench.calls.clear()
    assert bench.unspool(*bodies) == list(range(10))
    asked = ["PutItem", "ChangeMessageVisibilityBatch"]
    assert bench.calls == asked, "waiting for each of them would outlast the function"


def test_spooled_results_that_home_does_not_take_come_again_within_seconds(bench: Bench) -> None:
    """Most troubles of home are over in a moment, and the spool hides a message for minutes."""
    waits: list[str] = []
    bench.before_call = home_is_away
    bench.take(*checks(2))
    bodies = bench.spooled()

    def note(call: str, body: str) -> None:
        home_is_away(call, body)
        if call == "ChangeMessageVisibilityBatch":
            waits.append(body)

    bench.before_call = note
    assert bench.unspool(*bodies) == [0, 1]
    (asked,) = waits
    assert asked.count("'VisibilityTimeout': 2") + asked.count('"VisibilityTimeout": 2') == 2


@pytest.mark.parametrize("poison", ["", "{}", "[" * 100_000, '{"monitor_id": 1}'])
def test_a_spooled_message_that_is_no_result_stops_alone(bench: Bench, poison: str) -> None:
    bench.before_call = home_is_away
    bench.take(*checks(2))
    bench.before_call = None
    one, other = bench.spooled()
    assert bench.unspool(one, poison, other) == [1]
    assert len(bench.results) == 2


def test_secrets_are_neither_in_the_table_nor_in_the_spool_nor_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def echo(conversation: Conversation) -> None:
        await conversation.answer(500, str(conversation.asked.headers).encode())

    secrets = KeptSecrets({"mon_1": {"headers.authorization": "Bearer canary-0123456789"}})
    check = {"region": REGION, "secret_fields": ("headers.authorization",)}
    with serving(echo) as site, a_bench(secrets=secrets) as bench:
        bench.take(a_check(site.url(), **check))
        bench.before_call = home_is_away
        bench.take(a_check(site.url(), revision=4, **check))
        written = f"{bench.mesh.items('results')}{bench.spooled()}"
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert site.asked[0].header("authorization") == "Bearer canary-0123456789"
    assert "***" in written
    assert "canary" not in written + logged
