"""The dashboard on AWS: its files, CloudFront, and the API on the same origin."""

import json
import subprocess
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.web.dashboard import API_PATHS, to_the_index
from infra.web.public_pages import PUBLIC_PATHS
from local.front.public_files import PUBLIC_PREFIXES
from local.front.server import API_PREFIXES
from tests.infra.programs import program
from tests.infra.synthesizing import REPOSITORY
from tests.infra.templates import Assembly, Properties

deploy = program("deploy")
HEADERS = json.loads((REPOSITORY / "dashboard" / "headers.json").read_text())


def only(assembly: Assembly, kind: str) -> Properties:
    (found,) = assembly.home.of_kind(kind)
    return found.properties


def of_the_dashboard(assembly: Assembly, kind: str) -> Properties:
    """Return its own one of what the status pages have too."""
    (found,) = [
        each for each in assembly.home.of_kind(kind) if each.logical_id.startswith("Dashboard")
    ]
    return found.properties


def distribution(assembly: Assembly) -> dict[str, Any]:
    config: dict[str, Any] = only(assembly, "AWS::CloudFront::Distribution")["DistributionConfig"]
    return config


def test_nobody_but_this_distribution_reads_the_files(standard: Assembly) -> None:
    bucket = of_the_dashboard(standard, "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    statements = of_the_dashboard(standard, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    (reading,) = allowed
    assert reading["Action"] == "s3:GetObject"
    assert reading["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert "AWS:SourceArn" in json.dumps(reading["Condition"])
    origins = distribution(standard)["Origins"]
    files = [each for each in origins if "S3OriginConfig" in each]
    assert all(each["OriginAccessControlId"] for each in files)


def test_the_api_is_on_the_same_origin_and_never_kept(standard: Assembly) -> None:
    behaviours = {
        each["PathPattern"]: each
        for each in distribution(standard)["CacheBehaviors"]
        if each["PathPattern"].strip("/*") not in PUBLIC_PATHS
    }
    assert set(behaviours) == {
        pattern for name in API_PATHS for pattern in (f"/{name}", f"/{name}/*")
    }
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    all_but_the_host = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    for each in behaviours.values():
        assert each["CachePolicyId"] == caching_disabled
        assert each["OriginRequestPolicyId"] == all_but_the_host
        assert each["ViewerProtocolPolicy"] == "https-only"
        assert "DELETE" in each["AllowedMethods"]
    (api,) = [each for each in distribution(standard)["Origins"] if "CustomOriginConfig" in each]
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert "OriginPath" in api


def test_the_local_mesh_sends_the_same_paths_to_the_api() -> None:
    assert set(API_PATHS) == set(API_PREFIXES)
    assert set(PUBLIC_PATHS) == set(PUBLIC_PREFIXES)


def test_pages_carry_the_headers_that_the_local_mesh_sends(standard: Assembly) -> None:
    policies = of_the_dashboard(standard, "AWS::CloudFront::ResponseHeadersPolicy")
    config = policies["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert policy == HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    strict = security["StrictTransportSecurity"]
    said = HEADERS["strict-transport-security"]
    assert f"max-age={strict['AccessControlMaxAgeSec']}" in said
    assert security["FrameOptions"]["FrameOption"] == HEADERS["x-frame-options"]
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == HEADERS["referrer-policy"]
    others = {each["Header"]: each["Value"] for each in config["CustomHeadersConfig"]["Items"]}
    assert {"cross-origin-opener-policy", "permissions-policy"} == set(others)
    assert all(HEADERS[name] == value for name, value in others.items())
    default = distribution(standard)["DefaultCacheBehavior"]
    assert default["ResponseHeadersPolicyId"]
    assert default["ViewerProtocolPolicy"] == "redirect-to-https"


PATHS = {
    "/": "/index.html",
    "/monitors/mon_1": "/index.html",
    "/incidents/": "/index.html",
    "/index.html": "/index.html",
    "/assets/index-1a2b.js": "/assets/index-1a2b.js",
    "/icon.svg": "/icon.svg",
}


def test_addresses_of_pages_lead_to_the_index_and_those_of_files_to_files() -> None:
    asked = json.dumps(list(PATHS))
    script = f"""{to_the_index({})}
console.log(JSON.stringify({asked}.map(uri => handler({{request: {{uri, headers: {{}}}}}}).uri)))"""
    assert run_in_node(script) == list(PATHS.values())


def run_in_node(script: str) -> object:
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)  # noqa: S603, S607
    return json.loads(done.stdout)


def test_a_host_of_its_own_shows_a_status_page_and_nothing_else() -> None:
    script = f"""{to_the_index({"status.shop.example": "shop"})}
const ask = (host, uri) => handler({{request: {{uri, headers: {{host: {{value: host}}}}}}}});
console.log(JSON.stringify([
  ask('status.shop.example', '/'), ask('status.shop.example', '/monitors/1'),
  ask('mesh.example', '/').uri,
]))"""
    found = {
        "statusCode": 302,
        "statusDescription": "Found",
        "headers": {"location": {"value": "/status/shop"}},
    }
    assert run_in_node(script) == [found, found, "/index.html"]


def test_a_name_of_ones_own_comes_with_a_certificate(standard: Assembly, other: Assembly) -> None:
    own = distribution(other)
    assert own["Aliases"] == ["status.shop.example", "shop-status.example"]
    assert own["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert "Aliases" not in distribution(standard)


def test_the_local_mesh_has_no_distribution(local: Assembly) -> None:
    assert list(local.all_of("AWS::CloudFront::Distribution")) == []
    assert len(list(local.all_of("AWS::S3::Bucket"))) == 1, "that of the status pages"


@mock_aws
def test_a_deployment_publishes_pages_after_their_assets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
    store = session.client("s3", region_name="us-east-1")
    store.create_bucket(Bucket="pages")
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html>")
    (tmp_path / "dist" / "assets" / "index-1a2b.js").write_text("js")
    outputs = tmp_path / "outputs.json"
    home = {"DashboardBucket": "pages", "DistributionId": "E1"}
    outputs.write_text(json.dumps({"mesh-probe": {}, "mesh-home": home}))
    invalidated: list[Any] = []
    real = boto3.Session.client

    def client(self: boto3.Session, name: str, **more: Any) -> Any:
        made = real(self, name, **more)  # type: ignore[call-overload]
        if name == "cloudfront":
            monkeypatch.setattr(
                made, "create_invalidation", lambda **asked: invalidated.append(asked)
            )
        return made

    monkeypatch.setattr(boto3.Session, "client", client)
    deploy.publish(session, "us-east-1", outputs, tmp_path / "dist")
    page = store.get_object(Bucket="pages", Key="index.html")
    asset = store.get_object(Bucket="pages", Key="assets/index-1a2b.js")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", "no-cache")
    assert "javascript" in asset["ContentType"]
    assert "immutable" in asset["CacheControl"]
    assert asset["LastModified"] <= page["LastModified"]
    assert [each["DistributionId"] for each in invalidated] == ["E1"]
