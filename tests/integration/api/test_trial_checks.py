"""A check of a monitor that is not saved: all regions look, and nothing of it stays."""

from functions.api.schemas.web import HIDDEN
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.messages import CheckMessage, decode
from tests.integration.api.stage import SECRETS_PREFIX, Stage
from tests.integration.api.watched import put_results
from tests.support.builders import REGIONS, a_monitor, a_result

WANTED = {
    "name": "Draft",
    "kind": "http",
    "target": "https://shop.example/",
    "http": {"headers": {"Authorization": "Bearer canary"}},
}


def answering(stage: Stage, seen: list[CheckMessage]) -> None:
    """Have probers take what was ordered, and answer."""

    def probe() -> None:
        for region in REGIONS:
            for body in stage.mesh.drain("checks.fifo", region):
                check = decode(body, CheckMessage)
                seen.append(check)
                stored = stage.mesh.client("ssm").get_parameters_by_path(Path=SECRETS_PREFIX)
                assert len(stored["Parameters"]) == 1, "a prober can read the secret"
                drawn = a_monitor(id=check.monitor_id)
                put_results(
                    stage,
                    [
                        a_result(
                            drawn,
                            check.slot,
                            region,
                            purpose=Purpose.MANUAL,
                            outcome=Outcome.FAILURE,
                        )
                    ],
                )

    stage.while_waiting = probe


def test_every_region_says_what_it_sees_and_nothing_is_kept(stage: Stage) -> None:
    seen: list[CheckMessage] = []
    answering(stage, seen)
    answer = stage.call("POST", "/v1/checks", WANTED)
    assert answer.status == 200, answer
    assert [each["region"] for each in answer.body["items"]] == list(REGIONS)
    assert answer.body["complete"] is True
    assert {check.purpose for check in seen} == {Purpose.MANUAL}
    assert "canary" not in answer.text
    assert stage.get("/v1/monitors")["items"] == []
    left = stage.mesh.client("ssm").get_parameters_by_path(Path=SECRETS_PREFIX, Recursive=True)
    assert left["Parameters"] == []


def test_a_draft_is_checked_like_a_monitor_that_is_to_be_saved(stage: Stage) -> None:
    kept = {**WANTED, "http": {"headers": {"Authorization": HIDDEN}}}
    assert stage.call("POST", "/v1/checks", kept).errors.keys() == {"/http/headers/Authorization"}
    bad = {**WANTED, "timeout_ms": 60_000}
    assert stage.call("POST", "/v1/checks", bad).errors.keys() == {"/timeout_ms"}
