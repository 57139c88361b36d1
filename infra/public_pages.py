"""The public status pages: a bucket that the historian writes, and how CloudFront serves it."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.deployment import Deployment
from infra.names import Names

# Keys begin with these, as addresses do. The local mesh has the same.
PUBLIC_PATHS = ("status", "badge", "feed")
# A page is one file with its own style; its logo may come from anywhere.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class PublicPages(Construct):
    """Files that are there when API and tables are away; all of them can be written anew."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(scope, "PublicPages")
        local = deployment.local
        self.bucket = s3.Bucket(
            self,
            "Files",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=not local,
            removal_policy=RemovalPolicy.DESTROY if local else RemovalPolicy.RETAIN,
        )

    def behaviours(self, names: Names) -> dict[str, cloudfront.BehaviorOptions]:
        """Say how CloudFront serves them: from the bucket alone, for half a minute each."""
        served = cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            compress=True,
            response_headers_policy=self._headers(names),
        )
        return {f"/{path}/*": served for path in PUBLIC_PATHS}

    def _headers(self, names: Names) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            response_headers_policy_name=names.of("public-pages"),
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=POLICY, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(730),
                    include_subdomains=True,
                    override=True,
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
            ),
        )
