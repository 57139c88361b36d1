"""When the prober says nothing about the target: the trouble is, or may be, its own."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from functions.prober.control_targets import ControlTargets
from functions.prober.net.stopwatch import Stopwatch
from functions.prober.observation import (
    ABSTAINING,
    REASONS,
    WITHOUT_ANSWER,
    Observation,
    ProbeFailed,
)
from functions.prober.probes.context import Assignment, ProbeContext
from sentinelmesh.errors import InvalidSetting
from sentinelmesh.target_guard import HostNotFound
from tests.integration.prober.probing import HERE, LoopbackDial, a_context, get, probe
from tests.integration.prober.servers import Conversation, greeting, serving


@contextmanager
def nowhere() -> Iterator[str]:
    """Have a host and port where nobody listens."""
    with socket.socket() as reserved:
        reserved.bind((HERE, 0))
        yield f"{HERE}:{reserved.getsockname()[1]}"


async def accept(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def failing(_assignment: Assignment, _context: ProbeContext) -> Observation:
    raise ProbeFailed("connect_timeout", "no connection within 1 ms")


def test_a_prober_that_reaches_nothing_at_all_abstains() -> None:
    with nowhere() as target, nowhere() as one, nowhere() as other:
        seen = get(f"http://{target}/", control=[one, other])
    assert (seen.outcome, seen.error) == ("unknown", "prober_offline")
    assert seen.detail is not None
    assert "nothing listens at" in seen.detail


def test_one_control_target_that_answers_makes_it_the_targets_fault() -> None:
    with nowhere() as target, nowhere() as away, greeting(accept) as well:
        seen = get(f"http://{target}/", control=[away, f"{HERE}:{well.port}"])
    assert (seen.outcome, seen.error) == ("failure", "connect_refused")


def test_without_control_targets_a_prober_trusts_itself() -> None:
    with nowhere() as target:
        assert get(f"http://{target}/").error == "connect_refused"


@pytest.mark.parametrize("code", sorted(WITHOUT_ANSWER))
def test_no_answer_of_any_kind_counts_before_the_control_targets_were_asked(code: str) -> None:
    async def fail(_assignment: Assignment, _context: ProbeContext) -> Observation:
        raise ProbeFailed(code, "no answer")

    with nowhere() as away:
        assert probe("x", probes={"http": fail}, control=[away]).error == "prober_offline"


@pytest.mark.parametrize(
    "code", sorted(set(REASONS) - WITHOUT_ANSWER - ABSTAINING - {"assertion_failed"})
)
def test_whoever_answered_was_reached(code: str) -> None:
    async def fail(_assignment: Assignment, _context: ProbeContext) -> Observation:
        raise ProbeFailed(code, "an answer, but a bad one")

    with nowhere() as away:
        assert probe("x", probes={"http": fail}, control=[away]).error == code


def test_an_answer_asks_no_control_target() -> None:
    async def refuse(conversation: Conversation) -> None:
        await conversation.answer(500)

    with serving(refuse) as site, nowhere() as away:
        assert get(site.url(), control=[away]).error == "status_mismatch"


def test_control_targets_are_found_by_name_too_and_need_no_permission() -> None:
    with greeting(accept) as control:
        seen = probe("x", probes={"http": failing}, control=[f"localhost:{control.port}"])
    assert seen.error == "connect_timeout"


def test_probes_that_fail_together_ask_the_control_targets_once() -> None:
    async def ask(control: ControlTargets) -> list[bool]:
        began = Stopwatch().began
        return await asyncio.gather(*(control.all_unreachable(began) for _ in range(10)))

    dial = LoopbackDial()
    with greeting(accept) as site, a_context(dial=dial) as context:
        control = ControlTargets([f"{HERE}:{site.port}"], context.connector)
        assert asyncio.run(ask(control)) == [False] * 10
    assert dial.called == [HERE]


def test_what_was_found_before_a_probe_began_says_nothing_about_it() -> None:
    async def ask_twice(control: ControlTargets) -> None:
        await control.all_unreachable(Stopwatch().began)
        await control.all_unreachable(Stopwatch().began)

    dial = LoopbackDial()
    with greeting(accept) as site, a_context(dial=dial) as context:
        asyncio.run(ask_twice(ControlTargets([f"{HERE}:{site.port}"], context.connector)))
    assert dial.called == [HERE, HERE]


def test_control_targets_whose_names_are_unknown_are_unreachable() -> None:
    def look_up(host: str, _port: int) -> list[str]:
        raise HostNotFound(f"{host} has no address", is_temporary=False)

    with a_context(resolver=look_up) as context:
        control = ControlTargets(["one.example:443"], context.connector)
        assert asyncio.run(control.all_unreachable(Stopwatch().began))


@pytest.mark.parametrize("setting", ["one.example", "one.example:https", ":443", ""])
def test_a_control_target_without_a_port_is_a_wrong_setting(setting: str) -> None:
    with a_context() as context, pytest.raises(InvalidSetting, match="CONTROL_TARGETS"):
        ControlTargets([setting], context.connector)


def test_a_kind_that_this_prober_does_not_know_is_not_the_targets_fault() -> None:
    seen = probe("x", check={"kind": "telepathy"})
    assert (seen.outcome, seen.error) == ("unknown", "unsupported_kind")


def test_a_bug_of_ours_is_not_the_targets_fault() -> None:
    async def buggy(_assignment: Assignment, _context: ProbeContext) -> Observation:
        raise ZeroDivisionError

    seen = probe("x", probes={"http": buggy})
    assert (seen.outcome, seen.error) == ("unknown", "internal_error")
    assert seen.detail == "the prober failed: ZeroDivisionError"


def test_a_bug_in_a_redirect_is_not_an_answer() -> None:
    """Wrong options, such as a newer API might send, end in an abstention too."""
    seen = get("http://127.0.0.1:9/", options={"headers": ["not", "a", "mapping"]})
    assert (seen.outcome, seen.error) == ("unknown", "internal_error")


def test_every_abstention_has_a_reason_of_its_own() -> None:
    assert set(REASONS) >= ABSTAINING | WITHOUT_ANSWER
    assert not ABSTAINING & WITHOUT_ANSWER


def test_an_unreachable_name_server_and_control_targets_by_name_mean_offline() -> None:
    def look_up(host: str, _port: int) -> list[str]:
        raise HostNotFound(f"{host} could not be resolved", is_temporary=True)

    with nowhere() as away:
        seen = get("http://shop.example/", resolver=look_up, control=[away])
    assert seen.error == "prober_offline"
