"""The dashboard: a bucket that only CloudFront may read, and the REST API on the same origin."""

import json
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
from infra.public_pages import PublicPages

# One file says them for the local mesh too.
HEADERS = Path(__file__).resolve().parent.parent / "dashboard" / "headers.json"
# CloudFront has names of its own for these, and takes them in no other way.
OWN_NAMES = {
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
}
# What goes to the API; everything else is a page or a file. The local mesh has the same.
API_PATHS = ("v1", "health", "docs", "ping", "metrics")
# Addresses of pages are no files: their last part has no dot.
TO_THE_INDEX = """function handler(event) {
  var request = event.request;
  if (request.uri.split('/').pop().indexOf('.') < 0) request.uri = '/index.html';
  return request;
}"""


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
                **pages.behaviours(names),
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
        return {"domain_names": [host], "certificate": certificate}

    def _files(self) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            compress=True,
            response_headers_policy=self._headers(),
            function_associations=[
                cloudfront.FunctionAssociation(
                    event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
                    function=cloudfront.Function(
                        self,
                        "ToTheIndex",
                        code=cloudfront.FunctionCode.from_inline(TO_THE_INDEX),
                        runtime=cloudfront.FunctionRuntime.JS_2_0,
                    ),
                )
            ],
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

    def _headers(self) -> cloudfront.ResponseHeadersPolicy:
        """Add the security headers of `dashboard/headers.json`."""
        wanted: dict[str, str] = json.loads(HEADERS.read_text(encoding="utf-8"))
        policy = wanted["content-security-policy"]
        others = [
            cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
            for name, value in wanted.items()
            if name not in OWN_NAMES
        ]
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=self._names.of("dashboard"),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=policy, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(730),
                    include_subdomains=True,
                    override=True,
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(custom_headers=others),
        )
