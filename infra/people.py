"""The people who may sign in, and their roles."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from infra.deployment import Deployment
from infra.names import Names

ROLES = ("viewer", "editor", "admin")
SESSION = Duration.minutes(60)


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
            # Ada@Shop.example and ada@shop.example are one person; it cannot be changed later.
            sign_in_case_sensitive=False,
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
            access_token_validity=SESSION,
            id_token_validity=SESSION,
            disable_o_auth=True,
        )
        for role in ROLES:
            cognito.CfnUserPoolGroup(
                self, role.capitalize(), user_pool_id=self.pool.user_pool_id, group_name=role
            )
