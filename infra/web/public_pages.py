"""The files of status pages: a bucket that the publisher writes, and how CloudFront serves it."""

import json
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.deployment import Deployment
from infra.names import Names
from infra.web.response_headers import response_headers
from infra.web.viewer_requests import at_each_request

# Keys begin with these, as addresses do. The local mesh has the same.
PUBLIC_PATHS = ("status", "badge", "feed")
# One file says them for the local mesh too.
HEADERS = Path(__file__).resolve().parents[2] / "functions" / "publisher" / "headers.json"
# A slash at the end makes no other page.
TO_THE_PAGE = """function handler(event) {
  var request = event.request;
  if (request.uri.slice(-1) === '/') request.uri = request.uri.slice(0, -1);
  return request;
}"""


class PublicPages(Construct):
    """Files that are there when API and tables are away; all of them can be written anew."""

    def __init__(self, scope: Construct, deployment: Deployment, names: Names) -> None:
        super().__init__(scope, "PublicPages")
        self._names = names
        local = deployment.local
        self.bucket = s3.Bucket(
            self,
            "Files",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not local,
            removal_policy=RemovalPolicy.DESTROY if local else RemovalPolicy.RETAIN,
        )

    def behaviours(self) -> dict[str, cloudfront.BehaviorOptions]:
        """Return how CloudFront serves them: from the bucket alone, as long as the files say."""
        served = cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(
                self.bucket,
                # Without the second, what is not there would be forbidden instead.
                origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST],
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=self._caching(),
            compress=True,
            response_headers_policy=response_headers(
                self, self._names.of("public-pages"), json.loads(HEADERS.read_text("utf-8"))
            ),
            function_associations=at_each_request(self, "ToThePage", TO_THE_PAGE),
        )
        return {f"/{path}/*": served for path in PUBLIC_PATHS}

    def _caching(self) -> cloudfront.CachePolicy:
        """Keep a file as long as it says, and what is not there for a moment only."""
        return cloudfront.CachePolicy(
            self,
            "Caching",
            cache_policy_name=self._names.of("public-pages"),
            default_ttl=Duration.seconds(30),
            min_ttl=Duration.seconds(0),
            max_ttl=Duration.minutes(5),
            enable_accept_encoding_gzip=True,
            enable_accept_encoding_brotli=True,
        )
