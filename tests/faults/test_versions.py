"""Fault 32: functions of different age meet each other's messages while a mesh is deployed."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import sentinelmesh.messages
from sentinelmesh.domain.probing.result import Outcome
from tests.fake_aws.queues import Queue
from tests.faults.story import ONE_OUTAGE, SHOP, Story, Watched, after, undisturbed
from tests.support.moto_mesh import PROBE_REGIONS

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(300)]

Message = dict[str, Any]
# Everything that is not needed: code that did not know these fields yet wrote none of them.
NEEDED = {
    "monitor_id", "monitor_name", "revision", "slot", "scheduled_at", "expires_at", "region",
    "purpose", "kind", "target", "timeout_ms", "granule_at", "shard", "incident_id", "alert_key",
}  # fmt: skip


def rewrite(story: Story, rewritten: Callable[[Message], Message], *names: str) -> None:
    """Have all messages of ours be as other code would have written them."""
    for source in story.cloud.sources:
        if not names or source.queue.name.endswith(names):
            _rewrite(source.queue, rewritten)


def _rewrite(queue: Queue, rewritten: Callable[[Message], Message]) -> None:
    send = queue.send

    def sending(body: str, now: Any, asked: Mapping[str, Any]) -> str:
        message = json.loads(body)
        if "schema_version" in message:
            body = json.dumps(rewritten(message))
        return send(body, now, asked)

    queue.send = sending  # type: ignore[method-assign]


def as_older_code_writes(message: Message) -> Message:
    return {name: value for name, value in message.items() if name in NEEDED}


def as_a_patched_version_writes(message: Message) -> Message:
    return {**message, "colour": "blue"}


@pytest.mark.parametrize("written", [as_older_code_writes, as_a_patched_version_writes])
def test_fault_32_messages_of_older_code_are_understood(
    written: Callable[[Message], Message],
) -> None:
    story = Story()
    rewrite(story, written)
    story.keeps_its_promises()
    assert story.scheduled() == undisturbed().scheduled()
    assert story.news_of("shop") == ONE_OUTAGE


def test_fault_32_messages_of_newer_code_wait_until_theirs_is_here_and_make_no_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home was deployed first: for two minutes the probers do not understand the scheduler."""
    story = Story(SHOP, Watched("blog"), calm_minutes=20)

    def as_newer_code_writes(message: Message) -> Message:
        is_new = after(3) <= story.hub.now < after(5)
        return {**message, "schema_version": 2 if is_new else 1}

    rewrite(story, as_newer_code_writes, "checks.fifo")
    story.when(5, lambda: monkeypatch.setattr(sentinelmesh.messages, "SCHEMA_VERSION", 2))
    story.keeps_its_promises()
    missed = [each for each in story.results_of("blog") if each.error == "expired"]
    assert len(missed) == 12, "what was not probed in time is a gap that can be seen"
    assert all(each.outcome is Outcome.UNKNOWN for each in missed)
    assert all(after(3) <= each.slot < after(5) for each in missed)
    assert story.rules_of("blog") == ["first_pass"]
    assert story.news_of("shop") == ONE_OUTAGE


def test_fault_32_messages_of_newer_code_that_never_comes_are_kept_as_dead_letters() -> None:
    story = Story(Watched("blog"), calm_minutes=20)

    def as_newer_code_writes(message: Message) -> Message:
        is_new = after(3) <= story.hub.now < after(4)
        return {**message, "schema_version": 2 if is_new else 1}

    rewrite(story, as_newer_code_writes, "checks.fifo")
    story.keeps_its_promises()
    dead = [queue.dead for queues in story.cloud.queues.values() for queue in queues.values()]
    kept = [json.loads(each.body) for queue in dead if queue for each in queue.messages]
    assert len(kept) == 6
    assert {each["region"] for each in kept} == set(PROBE_REGIONS)
    assert story.rules_of("blog") == ["first_pass"]


Spoil = Callable[[Story], None]


def spoil_channel(story: Story) -> None:
    """Add a channel whose events this version does not know."""
    table = story.cloud.table("directory")
    kept = next(each for each in table.items.values() if each["kind"]["S"] == "channel")
    events = {"L": [{"S": "opened"}, {"S": "unknown_for_long"}]}
    put(story, "directory", {**kept, "id": {"S": "ch_new"}, "events": events})


def spoil_window(story: Story) -> None:
    """Add a maintenance window without an end."""
    long_ago = {"S": "2026-03-01T00:00:00Z"}
    window = dict.fromkeys(("starts_at", "created_at", "updated_at"), long_ago)
    row = {"kind": {"S": "maintenance_window"}, "id": {"S": "mw_1"}, "name": {"S": "x"}}
    put(story, "directory", {**row, **window})


def spoil_policy(story: Story) -> None:
    """Return the shop an escalation policy whose steps this version does not understand."""
    steps = {"L": [{"M": {"after_minutes": {"S": "soon"}, "channels": {"L": []}}}]}
    row = {"kind": {"S": "escalation_policy"}, "id": {"S": "esc_1"}, "steps": steps}
    put(story, "directory", row)
    put(story, "monitors", {**story.item_of("shop"), "escalation_policy": {"S": "esc_1"}})


def spoil_monitor(story: Story) -> None:
    """Return the monitor beside the shop a strategy that this version does not know."""
    put(story, "monitors", {**story.item_of("blog"), "strategy": {"S": "by the moon"}})


def spoil_time_zone(story: Story) -> None:
    """Add a maintenance window for everything in a time zone that is not known here."""
    put_recurring_window(story, time_zone="Mars/Olympus")


def spoil_recurrence(story: Story) -> None:
    """Add a maintenance window for everything with a rule that this version cannot follow."""
    put_recurring_window(story, recurrence="FREQ=LUNAR")


def put_recurring_window(story: Story, **odd: str) -> None:
    instants = {
        "starts_at": "2026-03-01T00:00:00Z",
        "ends_at": "2026-03-01T23:59:00Z",
        "created_at": "2026-03-01T00:00:00Z",
        "updated_at": "2026-03-01T00:00:00Z",
    }
    words = {"kind": "maintenance_window", "id": "mw_1", "name": "x", "recurrence": "FREQ=DAILY"}
    texts = {name: {"S": value} for name, value in {**instants, **words, **odd}.items()}
    put(story, "directory", {**texts, "everything": {"BOOL": True}})


def spoil_policy_value(story: Story) -> None:
    """Return the shop an escalation policy with a step after longer than there is time."""
    channels = {"L": [{"S": each} for each in story.people.channels]}
    steps = {"L": [{"M": {"after_minutes": {"N": "9" * 15}, "channels": channels}}]}
    instants = {each: {"S": "2026-03-01T00:00:00Z"} for each in ("created_at", "updated_at")}
    row = {"kind": {"S": "escalation_policy"}, "id": {"S": "esc_1"}, "name": {"S": "x"}}
    put(story, "directory", {**row, **instants, "steps": steps})
    put(story, "monitors", {**story.item_of("shop"), "escalation_policy": {"S": "esc_1"}})


def spoil_interval(story: Story) -> None:
    """Return the monitor beside the shop an interval that is none."""
    put(story, "monitors", {**story.item_of("blog"), "interval_seconds": {"N": "0"}})


def put(story: Story, name: str, item: Mapping[str, Any]) -> None:
    table = story.cloud.table(name)
    table.write({each: item[each] for each in table.keys}, dict(item), story.hub.now)


SPOILS = [
    spoil_channel, spoil_window, spoil_time_zone, spoil_recurrence, spoil_policy,
    spoil_policy_value, spoil_monitor, spoil_interval,
]  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS)
def test_fault_33_a_row_that_this_version_cannot_read_silences_nobody_else(spoil: Spoil) -> None:
    story = Story(SHOP, Watched("blog"))
    story.when(1, lambda: spoil(story))
    story.run(lambda _mesh: [])
    assert story.rules_of("shop") == ["first_pass", "suspected", "quorum", "recovered"]
    assert story.news_of("shop") == ONE_OUTAGE
    assert not [line for _, line in story.story if "evaluation_failed" in line]
    assert [line for _, line in story.story if "row_unreadable" in line]
