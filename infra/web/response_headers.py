"""Security headers of files: written once in JSON, sent by CloudFront and by the local mesh."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

# CloudFront has names of its own for these, and takes them in no other way.
OWN_NAMES = {
    "content-security-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
}


def response_headers(
    scope: Construct, name: str, wanted: Mapping[str, str]
) -> cloudfront.ResponseHeadersPolicy:
    """Have CloudFront add headers to all answers of a behaviour."""
    others = [
        cloudfront.ResponseCustomHeader(header=header, value=value, override=True)
        for header, value in wanted.items()
        if header not in OWN_NAMES
    ]
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "Headers",
        response_headers_policy_name=name,
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=wanted["content-security-policy"], override=True
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
                referrer_policy=_referrers(wanted["referrer-policy"]), override=True
            ),
        ),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(custom_headers=others),
    )


def _referrers(written: str) -> cloudfront.HeadersReferrerPolicy:
    """Return a policy as the CDK does."""
    return cloudfront.HeadersReferrerPolicy[written.upper().replace("-", "_")]
