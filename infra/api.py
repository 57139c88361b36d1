"""The REST API: one proxy to the API function."""

import json

from aws_cdk import RemovalPolicy, Size
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.deployment import Deployment
from infra.log_groups import log_group
from infra.names import Names

REQUESTS_PER_SECOND = 50
BURST = 100
# No path: the address of a heartbeat is its password.
LOGGED = {
    "request_id": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "at": "$context.requestTime",
    "method": "$context.httpMethod",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "bytes": "$context.responseLength",
    "error": "$context.error.message",
}


class RestApi(Construct):
    """Routes, rights, checking and errors are the function's business."""

    def __init__(
        self, scope: Construct, deployment: Deployment, names: Names, function: lambda_.IFunction
    ) -> None:
        super().__init__(scope, "Rest")
        log, log_format = (None, None) if deployment.local else self._log(deployment, names)
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=names.of("api"),
            description="SentinelMesh REST API",
            # A list of a thousand monitors is 400 KB as it is, and 40 compressed.
            min_compression_size=None if deployment.local else Size.kibibytes(2),
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # Without this role of the whole account no stage may have an access log.
            # See docs/decisions/0022-one-role-for-the-logs-of-api-gateway.md.
            cloud_watch_role=not deployment.local,
            cloud_watch_role_removal_policy=None if deployment.local else RemovalPolicy.RETAIN,
            deploy_options=apigateway.StageOptions(
                stage_name="live",
                throttling_rate_limit=REQUESTS_PER_SECOND,
                throttling_burst_limit=BURST,
                tracing_enabled=True,
                access_log_destination=log,
                access_log_format=log_format,
            ),
        )
        integration = apigateway.LambdaIntegration(function, proxy=True, allow_test_invoke=False)
        self.api.root.add_method("ANY", integration)
        self.api.root.add_proxy(default_integration=integration, any_method=True)

    def _log(
        self, deployment: Deployment, names: Names
    ) -> tuple[apigateway.IAccessLogDestination, apigateway.AccessLogFormat]:
        """Build the access log, and say what of a request is written there."""
        name = f"/aws/apigateway/{names.of('api')}"
        group = log_group(self, "AccessLog", name, deployment.log_retention_days)
        written = apigateway.AccessLogFormat.custom(json.dumps(LOGGED))
        return apigateway.LogGroupLogDestination(group), written
