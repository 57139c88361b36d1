"""A publisher that dies: no mail is lost by it, and one at most is sent twice."""

from contextlib import suppress

import pytest

from sentinelmesh.domain.status_pages.status_page import News, NewsKind
from tests.integration.publisher.publishing import PAGE, PageStage, page_stage
from tests.support.calls import Crash, crash_at


def scene(stage: PageStage) -> None:
    """Something of every kind."""
    stage.subscribe("ann", "bob")
    stage.ask("eve")
    stage.pass_time(minutes=1)
    stage.break_down()
    stage.post()


def test_a_crash_after_any_write_loses_no_mail_and_doubles_at_most_one() -> None:
    with page_stage() as stage:
        scene(stage)
        stage.calls.made.clear()
        stage.publish()
        wanted = sorted(stage.ses.told)
        made = enumerate(stage.calls.made, start=1)
        writes = [number for number, name in made if name == "PutItem"]
    assert len(wanted) == 5
    assert len(writes) >= 10
    for number in writes:
        with page_stage() as stage:
            scene(stage)
            stage.calls.made.clear()
            stage.calls.after = crash_at(number)
            with suppress(Crash):
                stage.publish()
            stage.calls.after = None
            check_recovery(stage, wanted)


@pytest.mark.parametrize("number", range(5))
def test_a_crash_right_after_a_mail_left_repeats_that_mail_alone(number: int) -> None:
    with page_stage() as stage:
        scene(stage)
        stage.publish()
        wanted = sorted(stage.ses.told)
    with page_stage() as stage:
        scene(stage)
        send = stage.ses.send_email

        def dying(**mail: object) -> dict[str, str]:
            taken = send(**mail)
            if len(stage.ses.taken) == number + 1:
                raise Crash
            return taken

        stage.ses.send_email = dying  # type: ignore[method-assign]
        with suppress(Crash):
            stage.publish()
        stage.ses.send_email = send  # type: ignore[method-assign]
        assert len(stage.ses.taken) == number + 1
        doubled = check_recovery(stage, wanted)
        assert doubled == 1


def check_recovery(stage: PageStage, wanted: list[tuple[str, str]]) -> int:
    """Go on for a while; everybody is told everything, and one mail at most twice."""
    for _ in range(3):
        stage.pass_time(minutes=6)
        stage.publish()
    told = [(to, subject.removeprefix("[repeat] ")) for to, subject in stage.ses.told]
    assert sorted(set(told)) == wanted
    assert len(told) <= len(wanted) + 1
    rows: list[News] = stage.news.list(PAGE.id, stage.now)
    assert {each.about for each in rows} == {NewsKind.POST, NewsKind.OPENED}
    assert all(each.due_at is None for each in rows)
    return len(told) - len(wanted)
