"""What people configure, on DynamoDB: nobody writes over what they never saw."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from sentinelmesh.domain.access.api_token import ApiToken
from sentinelmesh.domain.access.scopes import Scope
from sentinelmesh.domain.alerts.escalation import EscalationPolicy, EscalationStep
from sentinelmesh.domain.monitors.maintenance_window import MaintenanceWindow
from sentinelmesh.domain.status_pages.status_page import StatusPage
from sentinelmesh.errors import AlreadyExists, NotFound, StaleState
from sentinelmesh.storage.directory.escalation_policies import EscalationPoliciesRepository
from sentinelmesh.storage.directory.maintenance import MaintenanceRepository
from sentinelmesh.storage.directory.repositories import ApiTokensRepository, ChannelsRepository
from sentinelmesh.storage.directory.status_pages import StatusPagesRepository
from tests.support.builders import START, a_channel
from tests.support.moto_mesh import MotoMesh


@dataclass(frozen=True)
class Kept:
    """A kind of entry that has revisions, and what keeps it."""

    entry: Any
    repository: Callable[[Any, str], Any]

    def on(self, mesh: MotoMesh) -> Any:
        return self.repository(mesh.dynamodb, mesh.tables["directory"])


WINDOW = MaintenanceWindow(
    id="mw_1",
    name="Move",
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    created_at=START,
    updated_at=START,
)
TOKEN = ApiToken(
    token_id="tok_1",
    name="ci",
    scope=Scope.READ,
    secret_hash="5f" * 32,
    created_at=START,
    created_by="ada",
)
POLICY = EscalationPolicy(
    id="esc_1",
    name="On call",
    steps=(EscalationStep(after_minutes=5, channels=("ch_1",)),),
    created_at=START,
    updated_at=START,
)
PAGE = StatusPage(id="sp_1", slug="shop", name="Shop", created_at=START, updated_at=START)
with_revisions = pytest.mark.parametrize(
    "kept",
    [
        Kept(a_channel(), ChannelsRepository),
        Kept(WINDOW, MaintenanceRepository),
        Kept(POLICY, EscalationPoliciesRepository),
        Kept(PAGE, StatusPagesRepository),
    ],
    ids=["channel", "window", "policy", "page"],
)


@with_revisions
def test_an_entry_comes_into_being_once(kept: Kept, mesh: MotoMesh) -> None:
    kept.on(mesh).create(kept.entry)
    with pytest.raises(AlreadyExists):
        kept.on(mesh).create(replace(kept.entry, name="Another"))
    assert kept.on(mesh).get(kept.entry.id) == kept.entry
    assert kept.on(mesh).list() == [kept.entry]


@with_revisions
def test_an_edit_counts_on_top_of_the_revision_that_its_author_saw(
    kept: Kept, mesh: MotoMesh
) -> None:
    first, second = (replace(kept.entry, name=name, revision=2) for name in ("First", "Second"))
    with pytest.raises(StaleState):
        kept.on(mesh).replace(first)
    assert kept.on(mesh).list() == []
    kept.on(mesh).create(kept.entry)
    kept.on(mesh).replace(first)
    with pytest.raises(StaleState):
        kept.on(mesh).replace(second)
    with pytest.raises(StaleState):
        kept.on(mesh).replace(replace(second, revision=4))
    assert kept.on(mesh).get(kept.entry.id) == first


@with_revisions
def test_what_its_author_did_not_see_is_not_deleted(kept: Kept, mesh: MotoMesh) -> None:
    kept.on(mesh).create(kept.entry)
    for other in (0, 2):
        with pytest.raises(StaleState):
            kept.on(mesh).delete(replace(kept.entry, revision=other))
    assert kept.on(mesh).list() == [kept.entry]
    kept.on(mesh).delete(kept.entry)
    assert kept.on(mesh).get(kept.entry.id) is None
    with pytest.raises(StaleState):
        kept.on(mesh).delete(kept.entry)


@pytest.fixture
def tokens(mesh: MotoMesh) -> ApiTokensRepository:
    return ApiTokensRepository(mesh.dynamodb, mesh.tables["directory"])


def test_a_token_is_given_once(tokens: ApiTokensRepository) -> None:
    tokens.create(TOKEN)
    with pytest.raises(AlreadyExists):
        tokens.create(replace(TOKEN, scope=Scope.ADMIN))
    assert tokens.get(TOKEN.secret_hash) == TOKEN


def test_the_use_of_a_token_is_noted_and_revives_no_revoked_one(
    tokens: ApiTokensRepository,
) -> None:
    tokens.create(TOKEN)
    tokens.touch(TOKEN, START)
    assert tokens.get(TOKEN.secret_hash) == replace(TOKEN, last_used_at=START)
    tokens.delete(TOKEN)
    with pytest.raises(NotFound):
        tokens.touch(TOKEN, START)
    assert tokens.list() == []


def test_a_token_is_revoked_once(tokens: ApiTokensRepository) -> None:
    with pytest.raises(NotFound):
        tokens.delete(TOKEN)
    tokens.create(TOKEN)
    tokens.delete(TOKEN)
    assert tokens.get(TOKEN.secret_hash) is None
