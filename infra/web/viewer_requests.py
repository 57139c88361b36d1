"""Small functions of CloudFront that look at each request before the cache does."""

from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct


def at_each_request(scope: Construct, name: str, code: str) -> list[cloudfront.FunctionAssociation]:
    """Run a function (JavaScript) on the requests of a behaviour."""
    function = cloudfront.Function(
        scope,
        name,
        code=cloudfront.FunctionCode.from_inline(code),
        runtime=cloudfront.FunctionRuntime.JS_2_0,
    )
    return [
        cloudfront.FunctionAssociation(
            event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=function
        )
    ]
