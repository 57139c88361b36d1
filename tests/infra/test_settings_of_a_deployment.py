"""The settings in cdk.json: usable ones are taken, others get a sentence that names them."""

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.deployment import LOCAL_SENDER, BadSetting, Deployment
from infra.log_groups import OFFERED, shortest_retention
from tests.infra.deployments import a_deployment
from tests.infra.synthesizing import CONTEXT

SETTINGS = sorted(asdict(a_deployment()))

BAD = [
    ("name", "mesh of ours", "letters, digits and hyphens"),
    ("name", "m" * 33, "at most 32"),
    ("name", "1st-mesh", "a letter first"),
    ("name", "aws-mesh", "not begin with aws or ssm"),
    ("name", "mäsh", "letters, digits and hyphens"),
    ("name", 7, "letters, digits and hyphens"),
    ("home_region", "", "an AWS region such as eu-west-1"),
    ("home_region", "europe", "an AWS region such as eu-west-1"),
    ("home_region", "eu--west", "an AWS region such as eu-west-1"),
    ("regions", [], "at least one region"),
    ("regions", None, "at least one region"),
    ("regions", 5, "at least one region"),
    ("regions", ["eu-west-1", "eu-west-1"], "named twice"),
    ("regions", ["eu-west-1", "moon"], "'moon' must be an AWS region"),
    ("regions", [None], "None must be an AWS region"),
    ("regions", "eu-west-1,,us-east-1", "'' must be an AWS region"),
    ("shards", 0, "a whole number from 1 to 64"),
    ("shards", 65, "a whole number from 1 to 64"),
    ("shards", None, "a whole number from 1 to 64"),
    ("retention_days", "many", "a whole number from 1 to 3650"),
    ("log_retention_days", -1, "a whole number from 1 to 3653"),
    ("log_retention_days", 3654, "a whole number from 1 to 3653"),
    ("prober_concurrency", 1, "a whole number from 2 to 1000"),
    ("prober_concurrency", 2.5, "a whole number from 2 to 1000"),
    ("prober_memory_mb", True, "a whole number from 128 to 10240"),
    ("mail_from", "alerts", "one mail address"),
    ("mail_from", "a@shop.example, b@shop.example", "one mail address"),
    ("alarm_email", "ops @shop.example", "one mail address"),
    ("public_url", "status.shop.example", "https://status.example.com"),
    ("public_url", "ftp://status.shop.example", "https://status.example.com"),
    ("sns_topics", ["outages"], "the ARN of an SNS topic"),
    ("sns_topics", "arn:aws:sns:eu-west-1:1:x", "the ARN of an SNS topic"),
    ("other_resolvers", ["dns.google"], "an IP address"),
    ("other_resolvers", {"1.1.1.1": 1}, "a list of addresses"),
    ("apprise", "always", "true or false"),
    ("certificate_arn", "arn:aws:acm:eu-west-1:123456789012:certificate/1a", "in us-east-1"),
    ("certificate_arn", "arn:aws:acm:us-east-1:123456789012:certificate/1a", "in public_url"),
    ("status_domains", {"status.shop.example": "shop"}, "give the certificate"),
    ("status_domains", {"https://status.shop.example": "shop"}, "a host and the slug"),
    ("status_domains", {"status.shop.example": "The Shop"}, "a host and the slug"),
    ("status_domains", ["status.shop.example"], "name hosts and slugs"),
    ("allow_private_targets", "yes", "true or false"),
    ("allow_private_targets", [True], "true or false"),
    ("local", "on", "true or false"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), BAD)
def test_a_bad_setting_gets_a_sentence_that_names_it(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(BadSetting) as refused:
        a_deployment(**{name: value})
    assert str(refused.value).startswith(f"{name}: ")
    assert sentence in str(refused.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(name=st.sampled_from(SETTINGS), value=anything)
def test_whatever_stands_in_a_setting_it_is_usable_or_gets_a_sentence(
    name: str, value: Any
) -> None:
    made, sentence = read(name, value)
    if made is None:
        assert sentence.startswith(f"{name}: ")
    else:
        assert all(region.count("-") >= 2 for region in made.all_regions)
        assert 1 <= made.shards <= 64
        assert made.name
        assert isinstance(made.allow_private_targets, bool)


def read(name: str, value: Any) -> tuple[Deployment | None, str]:
    """Read a setting; where it is refused, give the sentence."""
    try:
        return a_deployment(**{name: value}), ""
    except BadSetting as refused:
        return None, str(refused)


def test_the_command_line_gives_everything_as_text() -> None:
    """`cdk deploy -c regions=... -c shards=4`."""
    made = a_deployment(
        regions="eu-west-1, us-east-1", shards="4", allow_private_targets="True", local="0"
    )
    assert made.regions == ("eu-west-1", "us-east-1")
    assert made.shards == 4
    assert made.allow_private_targets
    assert not made.local


@pytest.mark.parametrize(
    "region",
    [
        "eu-west-1",
        "ap-southeast-2",
        "us-gov-east-1",
        "mx-central-1",
        "eusc-de-east-1",
        "il-central-1",
    ],
)
def test_regions_of_all_kinds_are_taken(region: str) -> None:
    assert a_deployment(home_region=region, regions=[region]).all_regions == (region,)


def test_every_region_is_deployed_to_once_home_first() -> None:
    made = a_deployment(home_region="us-east-1", regions=["eu-west-1", "us-east-1"])
    assert made.all_regions == ("us-east-1", "eu-west-1")


def test_a_local_mesh_has_a_sender_and_may_probe_private_addresses() -> None:
    made = a_deployment(local="1")
    assert made.local
    assert made.mail_from == LOCAL_SENDER
    assert made.allow_private_targets


def test_cdk_json_is_a_usable_deployment_on_aws() -> None:
    made = Deployment.from_context(CONTEXT.get)
    assert not made.local
    assert not made.allow_private_targets
    assert made.home_region in made.regions


@given(days=st.integers(1, 3653))
def test_logs_are_kept_for_the_shortest_time_on_offer_that_is_long_enough(days: int) -> None:
    kept = next(offered for offered, name in OFFERED.items() if name == shortest_retention(days))
    assert kept >= days
    assert not [offered for offered in OFFERED if days <= offered < kept]


@pytest.mark.parametrize("reason", [{"allow_private_targets": True}, {"local": "1"}])
def test_names_that_may_be_internal_are_told_to_no_other_resolver(reason: dict[str, Any]) -> None:
    assert a_deployment().other_resolvers == ("1.1.1.1", "8.8.8.8")
    assert a_deployment(other_resolvers="9.9.9.9, 2620:fe::fe").other_resolvers == (
        "9.9.9.9",
        "2620:fe::fe",
    )
    assert a_deployment(other_resolvers=[]).other_resolvers == ()
    assert a_deployment(**reason).other_resolvers == ()
