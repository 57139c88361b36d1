"""The dashboard: a bucket that only CloudFront may read, and the REST API on the same origin."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.deployment import Deployment
from infra.names import Names
from infra.web.public_pages import PublicPages
from infra.web.response_headers import response_headers
from infra.web.viewer_requests import at_each_request

# One file says them for the local mesh too.
HEADERS = Path(__file__).resolve().parents[2] / "dashboard" / "headers.json"
# What goes to the API; everything else is a page or a file. The local mesh has the same.
API_PATHS = ("v1", "health", "docs", "ping", "api", "metrics")
# Addresses of pages are no files: their last part has no dot. A host of a status page's own has
# nothing to show but that page.
TO_THE_INDEX = """var PAGES = %s;
function handler(event) {
  var request = event.request;
  var host = request.headers.host;
  var page = host ? PAGES[host.value] : undefined;
  if (page) {
    var headers = {location: {value: '/status/' + page}};
    return {statusCode: 302, statusDescription: 'Found', headers: headers};
  }
  if (request.uri.split('/').pop().indexOf('.') < 0) request.uri = '/index.html';
  return request;
}"""


def to_the_index(domains: Mapping[str, str]) -> str:
    """Write the program that finds the file of an address.

    Args:
        domains: hosts of status pages, with the slug of the page that each shows.
    """
    return TO_THE_INDEX % json.dumps(dict(domains))


class Dashboard(Construct):
    """Static files of which `scripts/deploy.py` puts the newest there, and a distribution."""

    def __init__(
        self,
        scope: Construct,
        deployment: Deployment,
        names: Names,
        api: apigateway.RestApi,
        pages: PublicPages,
    ) -> None:
        super().__init__(scope, "Dashboard")
        self._names = names
        self._domains = deployment.status_domains
        self.bucket = s3.Bucket(
            self,
            "Files",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(noncurrent_version_expiration=Duration.days(30)),
            ],
            removal_policy=RemovalPolicy.RETAIN,
        )
        to_the_api = self._api(api)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=names.of("dashboard"),
            default_root_object="index.html",
            default_behavior=self._files(),
            additional_behaviors={
                **{path: to_the_api for name in API_PATHS for path in (f"/{name}", f"/{name}/*")},
                **pages.behaviours(),
            },
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            **self._own_domain(deployment),
        )
        stack = Stack.of(self)
        address = deployment.public_url or f"https://{self.distribution.distribution_domain_name}"
        CfnOutput(stack, "DashboardUrl", value=address)
        CfnOutput(stack, "DashboardBucket", value=self.bucket.bucket_name)
        CfnOutput(stack, "DistributionId", value=self.distribution.distribution_id)

    def _own_domain(self, deployment: Deployment) -> dict[str, Any]:
        """Serve under the host of public_url, where there is a certificate for it."""
        if not deployment.certificate_arn:
            return {}
        certificate = acm.Certificate.from_certificate_arn(
            self, "Certificate", deployment.certificate_arn
        )
        host = urlsplit(deployment.public_url).hostname
        names = [host, *deployment.status_domains]
        return {"domain_names": names, "certificate": certificate}

    def _files(self) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            compress=True,
            response_headers_policy=response_headers(
                self, self._names.of("dashboard"), json.loads(HEADERS.read_text("utf-8"))
            ),
            function_associations=at_each_request(self, "ToTheIndex", to_the_index(self._domains)),
        )

    def _api(self, api: apigateway.RestApi) -> cloudfront.BehaviorOptions:
        """Pass everything on as it came, and keep nothing: the API says no-store anyway."""
        return cloudfront.BehaviorOptions(
            origin=origins.RestApiOrigin(api),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            # The host has to be API Gateway's own; the Authorization header is among the others.
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        )
