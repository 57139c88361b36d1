"""Mistakes in monitors: each gets its place and a sentence, and leaves nothing behind."""

from collections.abc import Iterator

import pytest

from tests.integration.api.stage import Stage, api_stage

WANTED = {"name": "Shop", "kind": "http", "target": "https://shop.example/health"}
MISTAKES: dict[str, tuple[dict[str, object], str, str]] = {
    "no name": ({"name": ""}, "/name", "1 character"),
    "a name of blanks": ({"name": "  "}, "/name", "1 character"),
    "a name of two lines": ({"name": "a\nb"}, "/name", "one line"),
    "a long name": ({"name": "x" * 121}, "/name", "120"),
    "half a character": ({"name": "\ud800"}, "/name", "half a character"),
    "an unknown kind": ({"kind": "smtp"}, "/kind", "'http', 'tcp'"),
    "an interval between two": ({"interval_seconds": 45}, "/interval_seconds", "30, 60"),
    "a number as text": ({"interval_seconds": "60"}, "/interval_seconds", "integer"),
    "a timeout like the interval": (
        {"interval_seconds": 10, "timeout_ms": 10_000}, "/timeout_ms", "shorter than the interval",
    ),
    "a tiny timeout": ({"timeout_ms": 1}, "/timeout_ms", "500"),
    "a region that is not deployed": ({"regions": ["mars-1"]}, "/regions/0", "eu-west-1"),
    "a region twice": ({"regions": ["us-east-1", "us-east-1"]}, "/regions", "twice"),
    "no region": ({"regions": []}, "/regions", "at least 1"),
    "more votes than regions": ({"verification": {"quorum": 4}}, "/verification/quorum", "3"),
    "no vote": ({"verification": {"quorum": 0}}, "/verification/quorum", "1"),
    "a channel that is not there": ({"channels": ["ch_1"]}, "/channels/0", "no channel ch_1"),
    "another kind's block": ({"tcp": {}}, "/tcp", "kind http"),
    "a target of another kind": ({"target": "shop.example:80"}, "/target", "http://"),
    "a target with a space": ({"target": "https://shop.example/a b"}, "/target", "no spaces"),
    "a target without a host": ({"target": "https:///x"}, "/target", "http://"),
    "a target with a port of letters": ({"target": "https://a:b/"}, "/target", "no web address"),
    "a target with port zero": ({"target": "https://a:0/"}, "/target", "no web address"),
    "a port of mail": ({"target": "http://shop.example:25/"}, "/target", "sending mail"),
    "a private target": ({"target": "http://10.0.0.1/"}, "/target", "public internet"),
    "the metadata service": ({"target": "http://169.254.169.254/"}, "/target", "public internet"),
    "an assertion of no source": (
        {"assertions": [{"source": "dom", "operator": "equals", "value": 1}]},
        "/assertions/0", "source is one of",
    ),
    "an assertion that compares text": (
        {"assertions": [{"source": "status", "operator": "equals", "value": "200"}]},
        "/assertions/0", "a number",
    ),
    "a number that cannot be kept": (
        {"assertions": [{"source": "status", "operator": "equals", "value": 1e300}]},
        "/assertions/0/value", "less than",
    ),
    "a number too close to zero": (
        {"assertions": [{"source": "status", "operator": "equals", "value": 1e-300}]},
        "/assertions/0/value", "close to zero",
    ),
    "a header of two lines": (
        {"http": {"headers": {"X-A": "a\r\nX-B: b"}}}, "/http/headers/X-A", "no header can carry",
    ),
    "a header of an odd name": (
        {"http": {"headers": {"X A": "a"}}}, "/http/headers/X A", "no name of a header",
    ),
    "a header twice": ({"http": {"headers": {"A": "1", "a": "2"}}}, "/http/headers", "twice"),
    "a status that is none": (
        {"http": {"expected_status": ["600"]}}, "/http/expected_status/0", "200-299",
    ),
    "a range from high to low": (
        {"http": {"expected_status": ["299-200"]}}, "/http/expected_status", "lower to the higher",
    ),
    "a secret to keep where there is none": (
        {"http": {"headers": {"Authorization": "***"}}}, "/http/headers/Authorization", "no value",
    ),
    "secrets that have no room": (
        {"http": {"headers": {f"X-Key-{n}": "k" * 2000 for n in range(3)}}},
        "/http/headers", "4096",
    ),
    "a pattern that is none": (
        {"assertions": [{"source": "body", "operator": "matches", "value": "(a"}]},
        "/assertions/0", "no pattern",
    ),
    "a path that is none": (
        {"assertions": [{"source": "json", "operator": "equals", "value": 1, "path": "$..a"}]},
        "/assertions/0", "no step of a path",
    ),
    "a source that the kind has not got": (
        {"assertions": [{"source": "records", "operator": "contains", "value": "1.2.3.4"}]},
        "/assertions/0/source", "http monitors know body",
    ),
    "a password to keep where there is none": (
        {"http": {"auth": {"kind": "basic", "username": "ann", "password": "***"}}},
        "/http/auth/password", "no value",
    ),
    "a user name that cannot be sent": (
        {"http": {"auth": {"kind": "basic", "username": "a:b", "password": "x"}}},
        "/http/auth/username", "no colon",
    ),
    "a token of two lines": (
        {"http": {"auth": {"kind": "bearer", "token": "a\r\nX-B: b"}}},
        "/http/auth/token", "no blanks",
    ),
    "a key that is none": (
        {"http": {"client_certificate": {"certificate": "-----BEGIN CERTIFICATE-----\nMA==",
                                         "key": "MIIE"}}},
        "/http/client_certificate/key", "in PEM",
    ),
    "a name for TLS that is none": (
        {"http": {"server_name": "a b"}}, "/http/server_name", "no name of a host",
    ),
    "a name server that is none": (
        {"kind": "dns", "target": "shop.example", "dns": {"resolver": "http://x/"}},
        "/dns/resolver", "host:port",
    ),
    "a name that is an address": (
        {"kind": "dns", "target": "https://shop.example/"}, "/target", "give a name",
    ),
    "exactly nothing": (
        {"kind": "dns", "target": "shop.example", "dns": {"exact": True}}, "/dns", "expected",
    ),
    "a name server with a port that is none": (
        {"kind": "dns", "target": "shop.example", "dns": {"resolver": "9.9.9.9:99999"}},
        "/dns/resolver", "host:port",
    ),
    "a name server that is no address": (
        {"kind": "dns", "target": "shop.example", "dns": {"resolver": "999.1.1.1"}},
        "/dns/resolver", "no IPv4 address",
    ),
    "a name server with half an address": (
        {"kind": "dns", "target": "shop.example", "dns": {"resolver": "[2606:4700::"}},
        "/dns/resolver", "host:port",
    ),
    "a private name server": (
        {"kind": "dns", "target": "shop.example", "dns": {"resolver": "10.0.0.2"}},
        "/dns/resolver", "public internet",
    ),
    "a wildcard for a web address": (
        {"target": "https://*.shop.example/"}, "/target", "wildcard",
    ),
    "a wildcard for a port": (
        {"kind": "tcp", "target": "*.shop.example:443"}, "/target", "wildcard",
    ),
    "a wildcard for TLS": ({"kind": "tls", "target": "*.shop.example"}, "/target", "wildcard"),
    "a wildcard for a WebSocket": (
        {"kind": "websocket", "target": "wss://*.shop.example/"}, "/target", "wildcard",
    ),
    "a wildcard for gRPC": (
        {"kind": "grpc", "target": "*.shop.example:443"}, "/target", "wildcard",
    ),
    "a wildcard for a name server to look up": (
        {"kind": "dns", "target": "*.shop.example"}, "/target", "wildcard",
    ),
    "a host that nobody can look up": (
        {"target": "https://shop!.example/"}, "/target", "is no host",
    ),
    "a host with an empty part": ({"target": "https://shop..example/"}, "/target", "empty"),
    "a host with an endless part": (
        {"target": f"https://{'x' * 64}.example/"}, "/target", "63 characters",
    ),
    "a host that is almost an address": ({"target": "https://10.0.0.256/"}, "/target", "no IPv4"),
    "a private address in another spelling": (
        {"target": "http://127.1/"}, "/target", "public internet",
    ),
    "a host and a bracket": ({"kind": "tcp", "target": "shop]:80"}, "/target", "host:port"),
    "a name for TLS with an empty part": (
        {"http": {"server_name": "shop..example"}}, "/http/server_name", "empty",
    ),
    "a private place for TLS": (
        {"kind": "tls", "target": "10.0.0.1"}, "/target", "public internet",
    ),
    "an unknown field deep down": (
        {"http": {"follow": True}}, "/http/follow", "check its spelling",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One mesh for all mistakes: none of them leaves anything."""
    with api_stage() as made:
        yield made


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_place_and_a_sentence(stage: Stage, mistake: str) -> None:
    fields, pointer, hint = MISTAKES[mistake]
    answer = stage.call("POST", "/v1/monitors", {**WANTED, **fields})
    assert answer.status == 422, answer
    assert pointer in answer.errors, answer.errors
    assert hint in answer.errors[pointer], answer.errors
    assert stage.get("/v1/monitors")["items"] == []


def test_all_mistakes_are_told_at_once_up_to_a_number_that_helps(stage: Stage) -> None:
    answer = stage.call("POST", "/v1/monitors", {"kind": "http", "x": 1, "timeout_ms": "a"})
    assert set(answer.errors) == {"/name", "/target", "/x", "/timeout_ms"}
    flood = {f"f{number}": 1 for number in range(3000)}
    assert len(stage.call("POST", "/v1/monitors", flood).body["errors"]) == 50


def test_a_password_in_a_target_is_refused_and_not_repeated(stage: Stage) -> None:
    for target in ("https://ann:canary@shop.example/", "https://ann:cana/ry@shop.example/"):
        answer = stage.call("POST", "/v1/monitors", {**WANTED, "target": target})
        assert answer.status == 422
        assert "cana" not in answer.text
    assert (
        "headers.authorization"
        in stage.call(
            "POST", "/v1/monitors", {**WANTED, "target": "https://ann:x@shop.example/"}
        ).body["detail"]
    )
