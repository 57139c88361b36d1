"""The REST API and the people who may sign in to it."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.deployment import Deployment
from infra.names import Names

ROLES = ("viewer", "editor", "admin")
REQUESTS_PER_SECOND = 50
BURST = 100


class People(Construct):
    """The user pool: an administrator invites people, nobody signs up."""

    def __init__(self, scope: Construct, deployment: Deployment, names: Names) -> None:
        super().__init__(scope, "People")
        self.pool = cognito.UserPool(
            self,
            "Pool",
            user_pool_name=names.of("people"),
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(email=True),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=False,
            ),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=not deployment.local,
            removal_policy=RemovalPolicy.DESTROY if deployment.local else RemovalPolicy.RETAIN,
        )
        self.client = self.pool.add_client(
            "Dashboard",
            user_pool_client_name=names.of("dashboard"),
            auth_flows=cognito.AuthFlow(user_password=True),
            generate_secret=False,
            prevent_user_existence_errors=True,
            access_token_validity=Duration.minutes(60),
            id_token_validity=Duration.minutes(60),
            disable_o_auth=True,
        )
        for role in ROLES:
            cognito.CfnUserPoolGroup(
                self, role.capitalize(), user_pool_id=self.pool.user_pool_id, group_name=role
            )


class RestApi(Construct):
    """One proxy to the API function: routes, rights and errors are the function's business."""

    def __init__(
        self, scope: Construct, deployment: Deployment, names: Names, function: lambda_.IFunction
    ) -> None:
        super().__init__(scope, "Rest")
        access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{names.of('api')}",
            retention=logs.RetentionDays.TWO_WEEKS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=names.of("api"),
            description="SentinelMesh REST API",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,
            deploy_options=apigateway.StageOptions(
                stage_name="live",
                throttling_rate_limit=REQUESTS_PER_SECOND,
                throttling_burst_limit=BURST,
                tracing_enabled=True,
                access_log_destination=None
                if deployment.local
                else apigateway.LogGroupLogDestination(access_log),
                access_log_format=None
                if deployment.local
                else apigateway.AccessLogFormat.json_with_standard_fields(
                    caller=False,
                    http_method=True,
                    ip=True,
                    protocol=True,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=False,
                ),
            ),
        )
        integration = apigateway.LambdaIntegration(function, proxy=True)
        self.api.root.add_method("ANY", integration)
        self.api.root.add_proxy(default_integration=integration, any_method=True)
