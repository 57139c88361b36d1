"""A monitor's life through an outage, with every alarm, every check and every redelivery played."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import time_machine

from functions.verifier.handler import Verifier
from functions.verifier.verification import SOON
from sentinelmesh.domain.probing.result import Outcome, Purpose
from sentinelmesh.errors import MeshError
from sentinelmesh.messages import EvaluationMessage, encode
from tests.integration.verifier.test_deciding import CHANNELS
from tests.support.builders import REGIONS, a_monitor, a_result, a_slot
from tests.support.deliveries import queue_record
from tests.support.verifier_stage import Crash, Stage

HERE = REGIONS[0]
MONITOR = a_monitor()
Decided = dict[str, list[dict[str, Any]]]
Take = Callable[[Verifier], Any]

FAILS_FROM = a_slot(MONITOR, 1)
WORKS_FROM = a_slot(MONITOR, 2) + timedelta(seconds=5)
# When something is due: a slot of the timetable, the alarm of the suspicion, and the two checks
# between slots: one still fails, the other passes.
MOMENTS = tuple(FAILS_FROM + timedelta(seconds=each) for each in (-59, 1, 22, 51, 61, 71))
CHECKS = (MOMENTS[3], MOMENTS[5])
# The probe of the region in turn that sees it work between two slots.
RECOVERY_CHECK = MOMENTS[-1] + timedelta(seconds=2)
# A stream or a queue that had to deliver more often would have given up.
MAX_DELIVERIES = 60


def live_through_an_outage(stage: Stage) -> Decided:
    """Play up, down, up as stream, queues and probers would; return what was decided in the end."""
    stage.configure(MONITOR, *CHANNELS)
    with time_machine.travel(MOMENTS[0], tick=False) as clock:
        _Life(stage, clock).live()
        return stage.decided()


@dataclass(frozen=True)
class _Life:
    stage: Stage
    clock: time_machine.Traveller

    def live(self) -> None:
        for moment in MOMENTS:
            self._move_to(moment)
            self._probe_as_planned()
            if not self._wake_up() and moment in CHECKS:
                self._sweep()
            self._answer_checks()

    def _sweep(self) -> None:
        """Evaluate what is down as the sweep would: it finds a check whose alarm was lost."""
        message = queue_record("sweep", encode(EvaluationMessage(monitor_id=MONITOR.id)))
        self._insist(partial(Verifier.take_messages, messages=[message]))

    def _wake_up(self, within: timedelta = timedelta(0)) -> bool:
        """Deliver the alarms that are due by then; return whether there were any."""
        self.clock.move_to(self.stage.now + within)
        messages = self.stage.take_alarms()
        self.clock.move_to(self.stage.now)
        for message in messages:
            self._insist(partial(Verifier.take_messages, messages=[message]))
        return bool(messages)

    def _move_to(self, moment: Any) -> None:
        self.stage.now = moment
        self.clock.move_to(moment)

    def _probe_as_planned(self) -> None:
        slot = self.stage.now - timedelta(seconds=1)
        if (slot - FAILS_FROM) % MONITOR.interval == timedelta(0):
            self._report(a_result(MONITOR, slot, HERE, outcome=self._outcome()))

    def _answer_checks(self) -> None:
        """Answer what is asked, and what is asked because of the answers."""
        while asked := self._take_checks():
            self._move_to(self.stage.now + timedelta(seconds=2))
            self._report(
                *(
                    a_result(
                        MONITOR,
                        slot,
                        region,
                        outcome=self._outcome(),
                        purpose=Purpose.VERIFICATION,
                        started_at=self.stage.now,
                    )
                    for slot, region in asked
                )
            )

    def _take_checks(self) -> list[tuple[Any, str]]:
        """Return slot and region of each check that waits; who is asked twice answers once."""
        self._retry()
        found = self.stage.asked().items()
        return sorted({(check.slot, region) for region, checks in found for check in checks})

    def _outcome(self) -> Outcome:
        fails = FAILS_FROM <= self.stage.now < WORKS_FROM
        return Outcome.FAILURE if fails else Outcome.SUCCESS

    def _report(self, *results: Any) -> None:
        records = self.stage.see(*results)
        self._insist(partial(Verifier.take_records, records=records))

    def _retry(self) -> None:
        """Deliver what was put off for some seconds as if no time had passed."""
        while self._wake_up(within=SOON + timedelta(seconds=1)):
            pass

    def _insist(self, take: Take) -> None:
        """Deliver until nothing failed, to a new process after each crash."""
        for _ in range(MAX_DELIVERIES):
            try:
                if not take(self.stage.verifier())["batchItemFailures"]:
                    return
            except (Crash, MeshError):
                continue
        raise AssertionError("a stream would have given up")
