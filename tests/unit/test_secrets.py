"""Secrets of monitors and channels, kept in the parameter store."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from sentinelmesh.secrets import FRESH_SECONDS, SecretStore, SecretsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

PREFIX = "/sentinelmesh/secrets"


class Counting:
    """A client that counts its reads, and can go away."""

    def __init__(self, client: "SSMClient") -> None:
        self.reads = 0
        self.is_away = False
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_parameter(self, **wanted: Any) -> Any:
        self.reads += 1
        if self.is_away:
            raise EndpointConnectionError(endpoint_url="https://ssm.example")
        return self._client.get_parameter(**wanted)


@pytest.fixture
def client() -> Iterator[Counting]:
    with mock_aws():
        session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
        yield Counting(session.client("ssm", region_name="eu-west-1"))


@pytest.fixture
def store(client: Counting) -> SecretStore:
    return SecretStore(client, PREFIX)  # type: ignore[arg-type]


def test_secrets_come_back_and_are_encrypted_at_rest(store: SecretStore, client: Counting) -> None:
    store.put("mon_1", {"headers.authorization": "Bearer x"})
    assert store.get("mon_1") == {"headers.authorization": "Bearer x"}
    kept = client.get_parameter(Name=f"{PREFIX}/mon_1")["Parameter"]
    assert kept["Type"] == "SecureString"
    assert "Bearer" not in kept["Value"].replace("kms:", "").partition("{")[0]


def test_an_owner_without_secrets_has_none(store: SecretStore) -> None:
    assert store.get("mon_unknown") == {}


def test_secrets_are_read_once_in_five_minutes(
    store: SecretStore, client: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("sentinelmesh.secrets.time.monotonic", lambda: now)
    store.put("ch_1", {"url": "https://a"})
    assert [store.get("ch_1") for _ in range(3)] == [{"url": "https://a"}] * 3
    assert client.reads == 1
    now += FRESH_SECONDS
    store.get("ch_1")
    assert client.reads == 2


def test_an_edit_elsewhere_counts_with_the_first_check_of_its_version(
    store: SecretStore, client: Counting
) -> None:
    """A check that used the secret of five minutes ago would fail, and call the target down."""
    elsewhere = SecretStore(client, PREFIX)  # type: ignore[arg-type]
    elsewhere.put("mon_1", {"headers.authorization": "old"})
    assert store.get("mon_1", 1) == {"headers.authorization": "old"}
    elsewhere.put("mon_1", {"headers.authorization": "new"})
    assert store.get("mon_1", 2) == {"headers.authorization": "new"}
    assert store.get("mon_1", 2) == {"headers.authorization": "new"}
    assert client.reads == 2


def test_old_secrets_are_better_than_none_while_the_store_is_away(
    store: SecretStore, client: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("sentinelmesh.secrets.time.monotonic", lambda: now)
    store.put("mon_1", {"url": "https://a"})
    store.get("mon_1", 1)
    now += FRESH_SECONDS
    client.is_away = True
    assert store.get("mon_1", 1) == {"url": "https://a"}
    with pytest.raises(SecretsUnavailable):
        store.get("mon_1", 2)


def test_a_version_stays_readable_after_the_next_one_was_put(store: SecretStore) -> None:
    """An edit that fails after it put its secrets changes nothing for the revision before."""
    first = store.put("mon_1", {"url": "https://a"})
    second = store.put("mon_1", {"url": "https://b"})
    assert store.get("mon_1", first) == {"url": "https://a"}
    assert store.get("mon_1", second) == store.get("mon_1") == {"url": "https://b"}


def test_a_version_that_is_not_there_yet_is_no_lack_of_secrets(store: SecretStore) -> None:
    store.put("mon_1", {"url": "https://a"})
    with pytest.raises(SecretsUnavailable):
        store.get("mon_1", 2)


def test_a_change_counts_at_once_where_it_was_made(store: SecretStore) -> None:
    store.put("ch_1", {"url": "https://a"})
    store.get("ch_1")
    store.put("ch_1", {"url": "https://b"})
    assert store.get("ch_1") == {"url": "https://b"}


def test_no_secrets_left_means_no_parameter_left(store: SecretStore, client: Counting) -> None:
    store.put("ch_1", {"url": "https://a"})
    store.put("ch_1", {})
    assert store.get("ch_1") == {}
    assert client.describe_parameters()["Parameters"] == []


def test_deleting_what_is_not_there_is_fine(store: SecretStore) -> None:
    store.delete("ch_unknown")
    store.put("ch_1", {"url": "https://a"})
    store.delete("ch_1")
    store.delete("ch_1")
    assert store.get("ch_1") == {}


def test_a_store_that_is_away_is_told_apart_from_having_no_secrets(
    store: SecretStore, client: Counting
) -> None:
    store.put("ch_1", {"url": "https://a"})
    client.is_away = True
    with pytest.raises(SecretsUnavailable, match="ch_1"):
        store.get("ch_1")


def test_the_trouble_with_a_secret_does_not_tell_it(store: SecretStore, client: Counting) -> None:
    store.put("ch_1", {"url": "https://canary.example"})
    client.is_away = True
    with pytest.raises(SecretsUnavailable) as refused:
        store.get("ch_1")
    assert "canary" not in str(refused.value)
