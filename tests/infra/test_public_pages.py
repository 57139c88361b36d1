"""Status pages on AWS: files in a bucket that CloudFront alone reads, on the origin of the API."""

import json
import subprocess
from typing import Any

from infra.web.public_pages import HEADERS, PUBLIC_PATHS, TO_THE_PAGE
from tests.infra.mesh import MeshInTemplates
from tests.infra.templates import Assembly, Properties

SAID: dict[str, str] = json.loads(HEADERS.read_text())


def own(assembly: Assembly, kind: str) -> Properties:
    (found,) = [
        each for each in assembly.home.of_kind(kind) if each.logical_id.startswith("PublicPages")
    ]
    return found.properties


def served(assembly: Assembly) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the behaviours of the files, and the origin that they come from."""
    (found,) = assembly.home.of_kind("AWS::CloudFront::Distribution")
    config = found.properties["DistributionConfig"]
    behaviours = {each["PathPattern"]: each for each in config["CacheBehaviors"]}
    files = [behaviours[f"/{name}/*"] for name in PUBLIC_PATHS]
    (origin,) = {each["TargetOriginId"] for each in files}
    return files, next(each for each in config["Origins"] if each["Id"] == origin)


def test_readers_get_files_from_the_bucket_alone_so_that_they_are_there_without_the_api(
    standard: Assembly,
) -> None:
    files, origin = served(standard)
    assert "S3OriginConfig" in origin
    assert origin["OriginAccessControlId"]
    assert "PublicPagesFiles" in json.dumps(origin["DomainName"])
    for each in files:
        assert set(each.get("AllowedMethods", ["GET", "HEAD"])) == {"GET", "HEAD"}
        assert each["ViewerProtocolPolicy"] == "redirect-to-https"
        assert each["Compress"] is True


def test_nobody_but_this_distribution_reads_the_bucket_and_nobody_in_the_clear(
    standard: Assembly,
) -> None:
    bucket = own(standard, "AWS::S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    statements = own(standard, "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    assert {action for each in allowed for action in _listed(each["Action"])} == {
        "s3:GetObject", "s3:ListBucket",
    }  # fmt: skip
    for each in allowed:
        assert each["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert "AWS:SourceArn" in json.dumps(each["Condition"])
    refused = [each["Condition"] for each in statements if each["Effect"] == "Deny"]
    assert refused == [{"Bool": {"aws:SecureTransport": "false"}}]


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_pages_are_kept_for_moments_only(standard: Assembly) -> None:
    config = own(standard, "AWS::CloudFront::CachePolicy")["CachePolicyConfig"]
    assert (config["MinTTL"], config["DefaultTTL"], config["MaxTTL"]) == (0, 30, 300)


def test_the_policy_of_the_pages_lets_nothing_in_but_their_own_style_and_image(
    standard: Assembly,
) -> None:
    policies = own(standard, "AWS::CloudFront::ResponseHeadersPolicy")
    security = policies["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert policy == SAID["content-security-policy"]
    allowed = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert allowed == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    # Not none at all: browsers would send the form as if it came from nowhere.
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == SAID["referrer-policy"] == "same-origin"
    others = policies["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
    assert {each["Header"]: each["Value"] for each in others} == {
        "permissions-policy": SAID["permissions-policy"]
    }
    files, _ = served(standard)
    assert all(each["ResponseHeadersPolicyId"] for each in files)


def test_a_slash_at_the_end_makes_no_other_page() -> None:
    script = f"""{TO_THE_PAGE}
const ask = uri => handler({{request: {{uri}}}}).uri;
console.log(JSON.stringify(['/status/shop', '/status/shop/', '/badge/mon_1.svg'].map(ask)))"""
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)  # noqa: S603, S607
    assert json.loads(done.stdout) == ["/status/shop", "/status/shop", "/badge/mon_1.svg"]


def test_the_bucket_outlives_its_stack_on_aws_and_goes_with_the_local_mesh(
    standard: Assembly, local: Assembly
) -> None:
    for assembly, wanted in ((standard, "Retain"), (local, "Delete")):
        (bucket,) = [
            each
            for each in assembly.home.of_kind("AWS::S3::Bucket")
            if each.logical_id.startswith("PublicPages")
        ]
        assert bucket.raw["DeletionPolicy"] == wanted


def test_the_publisher_is_told_which_bucket_is_its_own(mesh: MeshInTemplates) -> None:
    named = mesh.function("publisher").environment["PAGES_BUCKET"]
    assert "PublicPagesFiles" in named
