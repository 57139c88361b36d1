"""Outages on the running mesh, as the people who are told about them live through them."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.scenes.client import Listeners, Mesh, at, fetch, until
from tests.scenes.words import REGIONS, as_read, however_many

pytestmark = [pytest.mark.mesh, pytest.mark.enable_socket, pytest.mark.timeout(1500)]

SILENCE_SECONDS = 25
PHASES = "(DNS <ms>, connect <ms>, first byte <ms>)"
STORY = """\
Down since <day>, confirmed <span> later; resolved at <day> after <span>.

<day>  up -> verifying
  The probe from A (HTTP 503, expected 200-299) failed; other regions were asked to look at the \
same moment.
  Rule suspected: A failing scheduled probe is only a suspicion: other regions are asked about the \
same moment, and nobody is told.
  Policy: Down when 2 regions fail in the same round; up again after 1 such round that works.

<day>  verifying -> down
  Down: <most> regions failed (needed: 2): <regions> (HTTP 503, expected 200-299).
  Rule quorum: A quorum of regions failed in the same moment, in as many rounds as the policy wants.
  Policy: Down when 2 regions fail in the same round; up again after 1 such round that works.

<day>  down -> up
  Up again: <regions> saw it work.
  Rule recovered: The same quorum that it takes to call it down saw it work.
  Policy: Down when 2 regions fail in the same round; up again after 1 such round that works."""
POLICY = "Down when 2 regions fail in the same round; up again after 1 such round that works."


def test_an_outage_everywhere_is_told_once_and_its_end_once(mesh: Mesh) -> None:
    heard = mesh.add_channels("everywhere")
    monitor_id = mesh.add_monitor("Everywhere", mesh.target("everywhere"), channels=heard.ids)
    mesh.await_status(monitor_id, "up")
    assert heard.counts() == (0, 0, 0)

    mesh.switch("everywhere", "down")
    mesh.await_status(monitor_id, "down")
    heard.await_counts((1, 1, 1))
    (incident,) = mesh.incidents(monitor_id)
    failures = mesh.results(monitor_id, "?outcome=failure")
    assert incident["opened_at"] == min(each["started_at"] for each in failures)
    delay = at(incident["confirmed_at"]) - at(incident["opened_at"])
    assert incident["detection_delay_ms"] == pytest.approx(delay.total_seconds() * 1000, abs=2)
    purposes = {each["purpose"] for each in failures if each["slot"] == failures[-1]["slot"]}
    assert purposes == {"scheduled", "verification"}

    time.sleep(SILENCE_SECONDS)
    assert heard.counts() == (1, 1, 1), "while it stays down there is silence"

    mesh.switch("everywhere", "up")
    mesh.await_status(monitor_id, "up")
    heard.await_counts((2, 2, 2))
    time.sleep(SILENCE_SECONDS)
    assert heard.counts() == (2, 2, 2)
    (incident,) = mesh.incidents(monitor_id)
    assert incident["state"] == "resolved"
    assert incident["duration_seconds"] > SILENCE_SECONDS
    _check_messages(heard)
    tried = mesh.post(f"/v1/monitors/{monitor_id}/backtest", {"window": "24h"})
    assert (tried["spared"], tried["added"], tried["missing_votes"]) == ([], [], 0)
    assert [each["opened_at"] for each in tried["proposed"]["incidents"]] == [incident["opened_at"]]
    assert tried["proposed"]["alerts"] == tried["actual"]["alerts"] == 2 * len(heard.ids)
    story = mesh.get(f"/v1/incidents/{incident['id']}/explanation")
    assert [row["rule"] for row in story["decisions"]] == ["suspected", "quorum", "recovered"]
    _check_story(story, mesh.target("everywhere"))


def _check_story(story: Mapping[str, Any], target: str) -> None:
    """An outage is told from its first failing probe to its end, to the word."""
    first = story["decisions"][0]["votes"][0]["region"]
    parts = [first, *(each for each in REGIONS if each != first)]
    decided, _, listened = as_read(story["text"], parts).partition("\n\nWho was told\n")
    told = however_many(decided).splitlines()
    assert told[0] == f"Everywhere ({target})"
    seen = [line for line in told if line.startswith("  - ")]
    assert "\n".join(line for line in told[1:] if line not in seen) == STORY
    failing = f"saw it fail after <ms>: HTTP 503, expected 200-299 {PHASES}."
    ends = {failing, f"saw it work after <ms> {PHASES}."}
    assert {line.partition(" at <time>, ")[2] for line in seen} == ends
    assert f"  - A, as scheduled at <time>, {failing}" in seen
    messages = [re.split(" ch_|, |: ", line)[::2] for line in listened.splitlines()]
    assert sorted(messages) == [
        [f"  - {kind} to {channel}", "sent at <day>"]
        for kind in ("opened", "resolved")
        for channel in ("email", "slack", "webhook")
    ]


def _check_explanation(dismissed: Mapping[str, Any]) -> None:
    """An alarm that was avoided is explained to somebody who does not know the code."""
    votes = dismissed["votes"]
    (failed,) = [each["region"] for each in votes if each["outcome"] == "failure"]
    parts = [failed, *(each for each in REGIONS if each != failed)]
    explanation = dismissed["explanation"]
    assert as_read(explanation["summary"], parts) == (
        "False alarm avoided: A (HTTP 503, expected 200-299) failed, but B and C saw it work, so "
        "the 2 of 3 failing regions needed to call it down are out of reach; it is a problem of A "
        "only."
    )
    assert sorted(as_read(each, parts) for each in explanation["votes"]) == [
        f"A, as scheduled at <time>, saw it fail after <ms>: HTTP 503, expected 200-299 {PHASES}.",
        f"B, asked to verify at <time>, saw it work after <ms> {PHASES}.",
        f"C, asked to verify at <time>, saw it work after <ms> {PHASES}.",
    ]
    assert explanation["rule"] == (
        "So many regions saw it work in the same moment that a quorum of failures is out of reach."
    )
    assert explanation["policy"] == POLICY


def _check_messages(heard: Listeners) -> None:
    """The three channels tell the same story, each in its own form."""
    subjects = [mail["subject"] for mail in heard.mails()]
    assert all("Everywhere" in subject for subject in subjects)
    assert len(set(subjects)) == 2
    assert [hook["body"]["type"] for hook in heard.hooks()] == [
        "incident.opened",
        "incident.resolved",
    ]
    for hook in heard.hooks():
        assert _signature(heard.secret, hook) in hook["headers"]["webhook-signature"].split(" ")
    assert all("blocks" in message["body"] for message in heard.slack())


def _signature(secret: str, hook: dict[str, dict[str, str]]) -> str:
    """Sign as the Standard Webhooks specification says, independently of the program."""
    headers = hook["headers"]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{hook['raw']}".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_a_failure_in_one_region_is_nobodys_outage(mesh: Mesh) -> None:
    heard = mesh.add_channels("regional")
    monitor_id = mesh.add_monitor("Regional", mesh.target("regional"), channels=heard.ids)
    mesh.await_status(monitor_id, "up")
    mesh.switch("regional", "down", regions="us-east-1")
    ledger = until(
        lambda: mesh.ledger(monitor_id),
        lambda rows: rows[-1]["rule"] == "dismissed",
        "the suspicion to be dismissed",
        90,
    )
    time.sleep(SILENCE_SECONDS)
    monitor = mesh.monitor(monitor_id)
    assert (monitor["status"], monitor["failing_regions"]) == ("up", ["us-east-1"])
    assert mesh.incidents(monitor_id) == []
    assert heard.counts() == (0, 0, 0)
    sentence = ledger[-1]["sentence"]
    assert "us-east-1" in sentence
    assert "saw it work" in sentence
    assert len(mesh.ledger(monitor_id)) == len(ledger), "a known regional failure asks only once"


def test_a_single_failing_request_is_nobodys_outage(mesh: Mesh) -> None:
    heard = mesh.add_channels("blip")
    blip = f"{mesh.run['targets_url']}/blip/scene"
    monitor_id = mesh.add_monitor("Blip", blip, channels=heard.ids)
    mesh.await_status(monitor_id, "up")
    _arm(blip)
    rows = until(
        lambda: mesh.ledger(monitor_id),
        lambda ledger: any(row["rule"] == "dismissed" for row in ledger),
        "the blip to be dismissed",
        90,
    )
    dismissed = next(row for row in rows if row["rule"] == "dismissed")
    assert "False alarm avoided" in dismissed["sentence"]
    assert mesh.items(f"/v1/monitors/{monitor_id}/transitions?avoided=true") == [dismissed]
    _check_explanation(dismissed)
    assert mesh.incidents(monitor_id) == []
    assert heard.counts() == (0, 0, 0)


def test_a_monitor_that_never_worked_is_told_once_after_its_grace_period(mesh: Mesh) -> None:
    heard = mesh.add_channels("grace")
    mesh.switch("grace", "down")
    grace = 45
    monitor_id = mesh.add_monitor(
        "Grace", mesh.target("grace"), channels=heard.ids, grace_period_seconds=grace
    )
    added_at = at(mesh.monitor(monitor_id)["created_at"])
    mesh.await_status(monitor_id, "down", 150)
    heard.await_counts((1, 1, 1))
    (incident,) = mesh.incidents(monitor_id)
    assert (at(incident["confirmed_at"]) - added_at).total_seconds() > grace
    failing = [each for each in mesh.results(monitor_id) if each["outcome"] == "failure"]
    assert len(failing) > 4, "it was probed all the time"
    time.sleep(SILENCE_SECONDS)
    assert heard.counts() == (1, 1, 1)


def test_pausing_a_monitor_during_an_outage_cancels_it_without_a_word_to_people(mesh: Mesh) -> None:
    heard = mesh.add_channels("paused")
    monitor_id = mesh.add_monitor("Paused", mesh.target("paused"), channels=heard.ids)
    mesh.await_status(monitor_id, "up")
    mesh.switch("paused", "down")
    mesh.await_status(monitor_id, "down")
    heard.await_counts((1, 1, 1))
    mesh.post(f"/v1/monitors/{monitor_id}/pause")
    until(
        lambda: mesh.incidents(monitor_id)[0]["state"],
        lambda state: state == "cancelled",
        "the incident to be cancelled",
        30,
    )
    # The webhook keeps an alert open: it is told why that is closed.
    heard.await_counts((1, 1, 2))
    closing = heard.hooks()[1]["body"]
    assert closing["data"]["incident"]["closed_because"] == "The monitor was paused."
    time.sleep(5)
    assert heard.counts() == (1, 1, 2)
    assert mesh.monitor(monitor_id)["status"] == "paused"


def _arm(url: str) -> None:
    assert fetch("POST", url, b"", {}).status == 200
