"""The audit log on DynamoDB: nothing is written over, and no page shows an entry twice or never."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sentinelmesh.domain.access.audit import AuditEntry, AuditOutcome
from sentinelmesh.errors import AlreadyExists, NotFound
from sentinelmesh.storage.directory.audit import AuditRepository, entry_id
from tests.support.builders import START
from tests.support.moto_mesh import MotoMesh


def an_entry(minute: int = 0, chance: str = "a") -> AuditEntry:
    at = START + timedelta(minutes=minute)
    return AuditEntry(
        entry_id=entry_id(at, chance),
        at=at,
        by="ada",
        by_id="person-1",
        action="monitor.changed",
        item_id="mon_1",
        request_id="req_1",
    )


ENTRIES = [an_entry(minute) for minute in range(5)]


@pytest.fixture
def audit(mesh: MotoMesh) -> AuditRepository:
    return AuditRepository(mesh.dynamodb, mesh.tables["directory"])


@pytest.fixture
def full(audit: AuditRepository) -> AuditRepository:
    for entry in ENTRIES:
        audit.add(entry)
    return audit


def test_an_entry_is_never_written_over(audit: AuditRepository) -> None:
    audit.add(an_entry())
    with pytest.raises(AlreadyExists):
        audit.add(replace(an_entry(), by="eve"))
    assert audit.list_page(5) == [an_entry()]


def test_an_entry_is_kept_for_four_hundred_days(audit: AuditRepository, mesh: MotoMesh) -> None:
    audit.add(an_entry())
    (item,) = mesh.items("directory")
    assert int(item["ttl"]["N"]) == (START + timedelta(days=400)).timestamp()


def test_how_a_write_went_is_corrected_where_it_was_written_down(audit: AuditRepository) -> None:
    audit.add(an_entry())
    audit.correct(an_entry(), AuditOutcome.REFUSED)
    assert audit.list_page(5) == [replace(an_entry(), outcome=AuditOutcome.REFUSED)]
    with pytest.raises(NotFound):
        audit.correct(an_entry(1), AuditOutcome.REFUSED)
    assert len(audit.list_page(5)) == 1


def test_pages_go_back_in_time_and_miss_nothing(full: AuditRepository) -> None:
    seen: list[AuditEntry] = []
    while page := full.list_page(2, before_id=seen[-1].entry_id if seen else None):
        assert len(page) == min(2, len(ENTRIES) - len(seen))
        seen += page
    assert seen == ENTRIES[::-1]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (START + timedelta(minutes=1), START + timedelta(minutes=3), ENTRIES[2:0:-1]),
        (START + timedelta(minutes=3), None, ENTRIES[:2:-1]),
        (None, START + timedelta(minutes=1), ENTRIES[:1]),
        (START, START, []),
        (START + timedelta(minutes=3), START, []),
    ],
)
def test_a_range_of_time_holds_its_first_moment_and_not_its_last(
    full: AuditRepository, start: datetime | None, end: datetime | None, expected: list[AuditEntry]
) -> None:
    assert full.list_page(5, start=start, end=end) == expected


def test_the_last_entry_of_the_page_before_and_the_end_of_the_range_hold_both(
    full: AuditRepository,
) -> None:
    end = START + timedelta(minutes=2)
    assert full.list_page(5, end=end, before_id=ENTRIES[4].entry_id) == ENTRIES[1::-1]
    assert full.list_page(5, end=end, before_id=ENTRIES[1].entry_id) == ENTRIES[:1]
    assert full.list_page(5, start=end, before_id=ENTRIES[1].entry_id) == []
