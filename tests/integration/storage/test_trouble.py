"""What a repository's caller learns when DynamoDB refuses or does not answer."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from sentinelmesh.domain.alerts.alert import AlertKind
from sentinelmesh.domain.alerts.notification_history import NotificationHistory
from sentinelmesh.domain.incidents.incident import IncidentNote
from sentinelmesh.errors import MeshError, NotFound, StaleState, StoreUnavailable
from sentinelmesh.storage.alerts import AlertsRepository
from sentinelmesh.storage.dynamodb.error_translation import TRANSIENT, translate_errors
from sentinelmesh.storage.incidents import IncidentsRepository
from sentinelmesh.storage.monitors import MonitorsRepository
from sentinelmesh.storage.results import ResultsRepository, bounds
from sentinelmesh.storage.states import StatesRepository
from sentinelmesh.storage.transitions import TransitionsRepository
from tests.support.alerts import an_alert, an_incident
from tests.support.builders import REGIONS, START, a_monitor, a_result
from tests.support.calls import refusal

Call = Callable[[Any], object]
INCIDENT, ROW = an_incident(), an_alert()
NOTHING_TOLD = NotificationHistory(monitor_id="mon_1", channel_id="ch_1")
NOTE = IncidentNote(at=START, by="ada", text="!")


class Refusing:
    """A client that refuses everything, for the same reason."""

    def __init__(self, reason: Exception) -> None:
        self._reason = reason

    def __getattr__(self, _operation: str) -> Callable[..., Any]:
        def refuse(*_args: object, **_options: object) -> Any:
            raise self._reason

        return refuse

    def get_paginator(self, _operation: str) -> "Refusing":
        return self

    def paginate(self, **_options: object) -> Any:
        yield self.anything()


def monitors(client: Any) -> MonitorsRepository:
    return MonitorsRepository(client, "t")


def states(client: Any) -> StatesRepository:
    return StatesRepository(client, "t")


def incidents(client: Any) -> IncidentsRepository:
    return IncidentsRepository(client, "t")


def results(client: Any) -> ResultsRepository:
    return ResultsRepository(client, "t")


def alerts(client: Any) -> AlertsRepository:
    return AlertsRepository(client, "t")


CALLS: dict[str, Call] = {
    "monitors.create": lambda client: monitors(client).create(a_monitor()),
    "monitors.replace": lambda client: monitors(client).replace(a_monitor()),
    "monitors.delete": lambda client: monitors(client).delete("mon_1"),
    "monitors.get": lambda client: monitors(client).get("mon_1"),
    "monitors.find_readable": lambda client: monitors(client).find_readable("mon_1"),
    "monitors.iterate_watched": lambda client: list(monitors(client).iterate_watched()),
    "states.list_suspects": lambda client: states(client).list_suspects(START, 5),
    "states.list_failing_regions": lambda client: states(client).list_failing_regions(),
    "monitors.get_many": lambda client: monitors(client).get_many(["mon_1"]),
    "monitors.list_page": lambda client: monitors(client).list_page(5),
    "monitors.list_due": lambda client: list(monitors(client).list_due("60#0#0")),
    "states.get": lambda client: states(client).get("mon_1"),
    "states.get_many": lambda client: states(client).get_many(["mon_1"]),
    "states.everything": lambda client: states(client).everything(),
    "incidents.get": lambda client: incidents(client).get("mon_1", "inc_1"),
    "incidents.get_many": lambda client: incidents(client).get_many([("mon_1", "inc_1")]),
    "incidents.find": lambda client: incidents(client).find("inc_1"),
    "incidents.list_page": lambda client: incidents(client).list_page(5),
    "incidents.list_of_monitor": lambda client: incidents(client).list_of_monitor("mon_1", 5),
    "incidents.list_open": lambda client: incidents(client).list_open(5),
    "incidents.acknowledge": lambda client: incidents(client).acknowledge(INCIDENT, START, "ada"),
    "incidents.add_note": lambda client: incidents(client).add_note(INCIDENT, NOTE),
    "transitions.list_page": lambda client: TransitionsRepository(client, "t").list_page("m", 5),
    "results.put": lambda client: results(client).put(a_result(a_monitor(), START, REGIONS[0])),
    "results.list_since": lambda client: results(client).list_since("mon_1", START),
    "results.list_newest": lambda client: results(client).list_newest("mon_1", 5),
    "results.iterate": lambda client: list(results(client).iterate("mon_1", bounds(None, None))),
    "results.count_failures": lambda client: results(client).count_failures("mon_1", START, START),
    "alerts.get": lambda client: alerts(client).get("inc_1", "opened#ch_1"),
    "alerts.attention": lambda client: alerts(client).attention("mon_1", "ch_1"),
    "alerts.note": lambda client: alerts(client).note(NOTHING_TOLD, NOTHING_TOLD, START),
    "alerts.list_of_incident": lambda client: alerts(client).list_of_incident("inc_1"),
    "alerts.list_of_channel": lambda client: alerts(client).list_of_channel("ch_1", 5),
    "alerts.create": lambda client: alerts(client).create(ROW),
    "alerts.iterate_due": lambda client: list(alerts(client).iterate_due(START)),
    "alerts.claim": lambda client: alerts(client).claim(ROW, ROW, NOTHING_TOLD),
    "alerts.advance": lambda client: alerts(client).advance((ROW, ROW)),
    "alerts.advance two": lambda client: alerts(client).advance(
        (ROW, ROW), (an_alert(kind=AlertKind.RESOLVED), ROW)
    ),
}
REASONS = {
    "throttled": refusal("Any"),
    "in conflict": refusal("TransactWriteItems", "TransactionConflict"),
    "5xx": refusal("Any", "Odd", ResponseMetadata={"HTTPStatusCode": 503}),
    "no connection": ConnectTimeoutError(endpoint_url="https://dynamodb.example"),
    "no answer": ReadTimeoutError(endpoint_url="https://dynamodb.example"),
}


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS.keys())
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_store_in_trouble_is_told_apart_from_an_answer(call: Call, reason: Exception) -> None:
    with pytest.raises(StoreUnavailable):
        call(Refusing(reason))


def test_every_method_of_every_repository_is_in_the_table_above() -> None:
    kinds = (
        MonitorsRepository, StatesRepository, IncidentsRepository, TransitionsRepository,
        ResultsRepository, AlertsRepository,
    )  # fmt: skip
    wanted = {
        f"{kind.__name__.removesuffix('Repository').lower()}.{name}"
        for kind in kinds
        for name in vars(kind)
        if not name.startswith("_")
    }
    assert wanted <= set(CALLS)


@pytest.mark.parametrize("code", sorted(TRANSIENT))
def test_trouble_that_passes_is_known_by_its_code(code: str) -> None:
    with pytest.raises(StoreUnavailable, match=code), translate_errors(NotFound, "it"):
        raise refusal("GetItem", code)


@pytest.mark.parametrize("call", ["monitors.get", "alerts.claim", "alerts.iterate_due"])
def test_a_fault_of_ours_is_not_mistaken_for_trouble_that_passes(call: str) -> None:
    """Retrying a request that AWS finds wrong would only hide the fault."""
    fault = refusal("Any", "ValidationException", ResponseMetadata={"HTTPStatusCode": 400})
    with pytest.raises(type(fault), match="ValidationException") as raised:
        CALLS[call](Refusing(fault))
    assert not isinstance(raised.value, MeshError)


def test_a_failed_condition_counts_more_than_a_conflict_beside_it() -> None:
    reasons = [{"Code": "TransactionConflict"}, {"Code": "ConditionalCheckFailed"}]
    mixed = refusal(
        "TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons
    )
    with pytest.raises(StaleState):
        CALLS["alerts.claim"](Refusing(mixed))


def answered(status: int | None, code: str = "Odd", *reasons: str) -> ClientError:
    response = {
        "Error": {"Code": code},
        "CancellationReasons": [{"Code": each} for each in reasons],
        **({} if status is None else {"ResponseMetadata": {"HTTPStatusCode": status}}),
    }
    return ClientError(response, "PutItem")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (answered(500), StoreUnavailable),
        (answered(499), ClientError),
        (answered(None), ClientError),
        (answered(400, "ThrottlingException"), StoreUnavailable),
        (answered(400, "TransactionCanceledException", "TransactionConflict"), StoreUnavailable),
        (
            answered(400, "TransactionCanceledException", "None", "ConditionalCheckFailed"),
            StaleState,
        ),
        (answered(400, "TransactionCanceledException", "ValidationError"), ClientError),
        (refusal("PutItem", "ConditionalCheckFailedException"), StaleState),
        (EndpointConnectionError(endpoint_url="x"), StoreUnavailable),
    ],
)
def test_errors_are_told_apart_by_what_has_to_be_done(
    error: Exception, told: type[Exception]
) -> None:
    with pytest.raises(told), translate_errors(StaleState, "a row"):
        raise error
