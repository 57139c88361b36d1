"""Results, the decision ledger and CSV: pages, spans, filters, and what they cost."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.api.http import csv_export
from sentinelmesh.domain.incidents.incident import Status, Vote
from sentinelmesh.domain.monitors.monitor import Policy
from sentinelmesh.domain.probing.result import Outcome, Purpose, Result
from sentinelmesh.domain.values.instant import text
from sentinelmesh.domain.verification.monitor_state import Rule
from sentinelmesh.storage import result_search
from tests.integration.api.stage import Answer, Stage
from tests.integration.api.watched import put_results, put_transition
from tests.support.builders import REGIONS, START, a_monitor, a_result

MONITOR = a_monitor()
RESULTS = "/v1/monitors/mon_1/results"
LEDGER = "/v1/monitors/mon_1/transitions"


@pytest.fixture(autouse=True)
def monitor(stage: Stage) -> None:
    stage.backend.monitors.create(MONITOR)


def a_row(minute: int, **changes: Any) -> Result:
    region = changes.pop("region", REGIONS[minute % 3])
    return a_result(MONITOR, START + timedelta(minutes=minute), region, **changes)


def put_hour(stage: Stage) -> list[Result]:
    """Record an hour in which every tenth result fails; gives it newest first."""
    made = [
        a_row(minute, outcome=Outcome.FAILURE if minute % 10 == 0 else Outcome.SUCCESS)
        for minute in range(60)
    ]
    put_results(stage, made)
    return made[::-1]


def slots(items: list[dict[str, Any]]) -> list[str]:
    return [each["slot"] for each in items]


def walk(stage: Stage, address: str) -> Iterator[list[dict[str, Any]]]:
    """Read a list page by page."""
    cursor = ""
    while True:
        page = stage.get(f"{address}{cursor}")
        yield page["items"]
        if page["next_cursor"] is None:
            return
        cursor = f"&cursor={page['next_cursor']}"


def test_results_come_newest_first_page_by_page(stage: Stage) -> None:
    made = put_hour(stage)
    pages = list(walk(stage, f"{RESULTS}?limit=25"))
    assert [len(page) for page in pages] == [25, 25, 10]
    assert [slot for page in pages for slot in slots(page)] == [text(row.slot) for row in made]


def test_a_page_of_results_goes_on_where_the_last_one_ended(stage: Stage) -> None:
    put_hour(stage)
    first = stage.get(f"{RESULTS}?limit=2")
    put_results(stage, [a_row(60)])
    second = stage.get(f"{RESULTS}?limit=2&cursor={first['next_cursor']}")
    assert slots(second["items"]) == ["2026-01-01T12:57:00Z", "2026-01-01T12:56:00Z"]


def test_results_can_be_narrowed_to_region_and_outcome(stage: Stage) -> None:
    put_hour(stage)
    failed = stage.get(f"{RESULTS}?outcome=failure")["items"]
    assert [each["slot"][14:16] for each in failed] == ["50", "40", "30", "20", "10", "00"]
    here = stage.get(f"{RESULTS}?outcome=failure&region=us-east-1")["items"]
    assert [each["slot"][14:16] for each in here] == ["40", "10"]
    assert stage.get(f"{RESULTS}?region=mars-1")["items"] == []
    pages = list(walk(stage, f"{RESULTS}?outcome=failure&limit=4"))
    assert [len(page) for page in pages] == [4, 2]


SPANS = {
    "from=2026-01-01T12:57:00Z": [59, 58, 57],
    "to=2026-01-01T12:02:00Z": [1, 0],
    "from=2026-01-01T12:10:00Z&to=2026-01-01T12:12:00Z": [11, 10],
    "from=2026-01-01T12:10:00.5Z&to=2026-01-01T12:11:00.5Z": [11],
    "from=2026-01-01T13:57:00%2B01:00": [59, 58, 57],
    "from=2026-01-01T13:57:00+01:00": [59, 58, 57],
    "from=2026-01-01T12:10:00Z&to=2026-01-01T12:10:00Z": [],
    "from=2027-01-01T00:00:00Z": [],
}


def test_a_span_is_half_open(stage: Stage) -> None:
    put_hour(stage)
    for query, minutes in SPANS.items():
        found = stage.get(f"{RESULTS}?{query}")["items"]
        assert [int(each["slot"][14:16]) for each in found] == minutes, query


ODD = (
    "from=yesterday",
    "from=2026-01-01",
    "from=2026-01-01T12:00:00",
    "to=",
    "to=99",
    "from=0001-01-01T00:00:00%2B23:00",
    "to=9999-12-31T23:59:59.9Z",
    "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
    "outcome=bad",
    "region=",
)


def test_an_odd_span_is_refused(stage: Stage) -> None:
    for query in ODD:
        assert stage.call("GET", f"{RESULTS}?{query}").status == 400, query


def test_a_cursor_outside_of_a_new_span_finds_nothing(stage: Stage) -> None:
    put_hour(stage)
    cursor = stage.get(f"{RESULTS}?limit=50")["next_cursor"]
    found = stage.get(f"{RESULTS}?from=2026-01-01T12:30:00Z&cursor={cursor}")
    assert found == {"items": [], "next_cursor": None}


def test_a_search_for_what_is_rare_ends_early_and_goes_on_from_there(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results that fill several answers of the store, the wanted one at the far end."""
    monkeypatch.setattr(result_search, "MAX_ANSWERS", 1)
    put_results(stage, [a_row(0, region="ap-southeast-1")])
    put_results(stage, (a_row(n, region="us-east-1", detail="x" * 390_000) for n in range(1, 7)))
    pages = list(walk(stage, f"{RESULTS}?region=ap-southeast-1"))
    assert len(pages) > 1
    assert [slots(page) for page in pages if page] == [["2026-01-01T12:00:00Z"]]


def table_of(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_csv_has_the_same_rows(stage: Stage) -> None:
    put_hour(stage)
    answer = stage.call("GET", f"{RESULTS}.csv?outcome=failure")
    rows = table_of(answer)
    assert [row["slot"] for row in rows] == slots(stage.get(f"{RESULTS}?outcome=failure")["items"])
    assert set(rows[0]) == set(csv_export.COLUMNS)
    assert "mon_1-results.csv" in answer.headers["content-disposition"]
    assert "x-next-cursor" not in answer.headers


def test_csv_does_not_let_a_target_write_formulas(stage: Stage) -> None:
    nasty = ["=cmd()", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", 'plain, "quoted"\nlines']
    put_results(stage, (a_row(n, detail=detail) for n, detail in enumerate(nasty)))
    found = [row["detail"] for row in table_of(stage.call("GET", f"{RESULTS}.csv"))][::-1]
    assert [each.replace("\r\n", "\n") for each in found[:7]] == [f"'{each}" for each in nasty[:7]]
    assert found[7] == nasty[7]


def test_a_long_table_comes_in_parts(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    put_hour(stage)
    parts, cursor = [], ""
    while True:
        answer = stage.call("GET", f"{RESULTS}.csv?limit=25{cursor}")
        parts.append(len(table_of(answer)))
        if "x-next-cursor" not in answer.headers:
            break
        cursor = f"&cursor={answer.headers['x-next-cursor']}"
    assert parts == [25, 25, 10]
    monkeypatch.setattr(csv_export, "MAX_CHARACTERS", 1000)
    answer = stage.call("GET", f"{RESULTS}.csv")
    first = table_of(answer)
    rest = stage.get(f"{RESULTS}?limit=200")["items"][len(first) :]
    again = stage.call("GET", f"{RESULTS}.csv?cursor={answer.headers['x-next-cursor']}")
    assert table_of(again)[0]["slot"] == rest[0]["slot"]


def test_a_ledger_row_says_why(stage: Stage) -> None:
    vote = Vote(
        region="us-east-1",
        outcome=Outcome.FAILURE,
        purpose=Purpose.VERIFICATION,
        started_at=START,
        error="connect_refused",
    )
    put_transition(
        stage,
        1,
        to_status=Status.DOWN,
        rule=Rule.QUORUM,
        slot=START,
        votes=(vote,),
        policy=Policy(quorum=2),
        failing_regions=("us-east-1",),
        incident_id="inc_1",
    )
    (row,) = stage.get(LEDGER)["items"]
    (shown,) = row.pop("votes")
    assert shown == {
        "region": "us-east-1",
        "outcome": "failure",
        "purpose": "verification",
        "started_at": "2026-01-01T12:00:00Z",
        "error": "connect_refused",
        **dict.fromkeys(("detail", "status_code", "latency_ms", "timings")),
        **dict.fromkeys(("remote_address", "tls_fingerprint")),
        "degraded": False,
    }
    row.pop("explanation")
    assert row.pop("policy")["quorum"] == 2
    assert row == {
        "from": "up",
        "to": "down",
        "monitor_id": "mon_1",
        "version": 1,
        "at": "2026-01-01T12:00:00Z",
        "rule": "quorum",
        "sentence": "One region failed.",
        "revision": 1,
        "slot": "2026-01-01T12:00:00Z",
        "failing_regions": ["us-east-1"],
        "incident_id": "inc_1",
        "superseded": None,
        "flapping": False,
        "tells": None,
    }


def test_the_ledger_goes_newest_first_and_outlives_its_monitor(stage: Stage) -> None:
    for version in range(1, 6):
        put_transition(stage, version)
    stage.backend.monitors.delete("mon_1")
    pages = [[row["version"] for row in page] for page in walk(stage, f"{LEDGER}?limit=2")]
    assert pages == [[5, 4], [3, 2], [1]]
    assert stage.call("GET", "/v1/monitors/mon_none/transitions").status == 404


def test_a_ledger_cursor_that_somebody_made_up_is_refused(stage: Stage) -> None:
    from functions.api.http.pagination import encode

    for key in ("x", "٣", "9" * 40, "-1", "1.5"):
        answer = stage.call("GET", f"{LEDGER}?cursor={encode(LEDGER, key)}")
        assert answer.status == 400, key
