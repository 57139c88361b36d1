"""The home region: tables, scheduler, verifier, alerter and API."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import permissions
from infra.api import People, RestApi
from infra.deployment import Deployment
from infra.function import TIMEOUTS, Layers, MeshFunction
from infra.messaging import dead_letters, queue
from infra.names import Names
from infra.observability import Alarms
from infra.schedule import each_minute
from infra.sources import read_queue, read_stream
from infra.storage import Storage

VERIFIER_LANES = 4
# A message stays hidden for six function timeouts, as AWS asks for.
VISIBILITY_FACTOR = 6


class HomeStack(Stack):
    """Everything but the probers."""

    def __init__(self, scope: Construct, deployment: Deployment, *, region: str) -> None:
        names = Names(deployment.name, deployment.home_region)
        super().__init__(
            scope,
            names.of("home"),
            stack_name=names.of("home"),
            env={"region": region},
            description="SentinelMesh: tables, scheduler, verifier, alerter and API",
        )
        self.deployment, self.names = deployment, names
        self.layers = Layers(self, deployment)
        self.alarms = Alarms(self, deployment, names)
        self.tables = Storage(self, "Storage", deployment, names).tables
        self.people = People(self, deployment, names)
        self._mail()
        self._scheduler()
        self._verifier()
        self.alerter = self._alerter()
        self._api()

    def _queue(self, name: str, reader: str, *, retention: Duration) -> sqs.Queue:
        """Make a queue with its dead letters and their alarm."""
        construct = name.title().replace("-", "")
        dead = self._dead(f"{name}-dlq")
        return queue(
            self,
            construct,
            self.names,
            name,
            visibility=Duration.seconds(VISIBILITY_FACTOR * TIMEOUTS[reader]),
            retention=retention,
            dead=dead,
        )

    def _dead(self, name: str) -> sqs.Queue:
        dead = dead_letters(self, name.title().replace("-", ""), self.names, name)
        self.alarms.on_dead_letters(dead, name)
        return dead

    def _function(
        self, name: str, environment: dict[str, str], allowed: list[object]
    ) -> MeshFunction:
        made = MeshFunction(
            self,
            name,
            deployment=self.deployment,
            names=self.names,
            layers=self.layers,
            environment=environment,
            permissions=allowed,  # type: ignore[arg-type]
        )
        self.alarms.on_errors(made.function, name)
        return made

    def _table_names(self, *owners: str) -> dict[str, str]:
        return {f"{owner.upper()}_TABLE": self.names.table(owner) for owner in owners}

    def _home_url(self, name: str) -> str:
        return self.names.queue_url(name, self.deployment.home_region)

    def _checks_url(self) -> str:
        """URL with the placeholder that the functions fill in."""
        return self.names.queue_url("checks.fifo", "{region}")

    def _mail(self) -> None:
        """Let SES send as the address in the settings; it mails that address to verify it."""
        self.mail_identity_arns: list[str] = []
        if not self.deployment.mail_from:
            return
        identity = ses.EmailIdentity(
            self, "MailFrom", identity=ses.Identity.email(self.deployment.mail_from)
        )
        self.mail_identity_arns = [
            self.format_arn(
                service="ses",
                resource="identity",
                resource_name=self.deployment.mail_from,
            )
        ]
        CfnOutput(self, "MailFromIdentity", value=identity.email_identity_name)

    def _scheduler(self) -> None:
        ticks = self._queue("ticks", "scheduler", retention=Duration.minutes(15))
        environment = {
            **self._table_names("monitors", "directory"),
            "TICKS_QUEUE_URL": self._home_url("ticks"),
            "CHECKS_QUEUE_URL": self._checks_url(),
            "REGIONS": ",".join(self.deployment.regions),
            "SHARDS": str(self.deployment.shards),
        }
        allowed = permissions.scheduler(self.names, self.deployment)
        scheduler = self._function("scheduler", environment, [*allowed])
        scheduler.allow_recursion()
        each_minute(scheduler, self.names, scheduler.function, self._dead("scheduler-dlq"))
        read_queue(scheduler.function, ticks)
        self.alarms.on_old_ticks(ticks)
        self.alarms.on_silence(scheduler.function, "scheduler")

    def _verifier(self) -> None:
        evaluations = self._queue("evaluations", "verifier", retention=Duration.days(4))
        environment = {
            **self._table_names(
                "monitors", "results", "states", "incidents", "transitions", "alerts", "directory"
            ),
            "CHECKS_QUEUE_URL": self._checks_url(),
            "EVALUATIONS_QUEUE_URL": self._home_url("evaluations"),
        }
        allowed = permissions.verifier(self.names, self.deployment)
        verifier = self._function("verifier", environment, [*allowed])
        verifier.allow_recursion()
        dead = self._dead("verifier-dlq")
        read_stream(verifier.function, self.tables["results"], dead, lanes=VERIFIER_LANES)
        read_stream(verifier.function, self.tables["monitors"], dead, inserts_only=False)
        read_queue(verifier.function, evaluations)
        each_minute(verifier, self.names, verifier.function, dead, event={"sweep": True})
        self.alarms.on_stream_lag(verifier.function, "verifier")

    def _alerter(self) -> lambda_.Function:
        retries = self._queue("alert-retries", "alerter", retention=Duration.days(4))
        environment = {
            **self._table_names("alerts", "incidents", "directory"),
            "ALERT_RETRIES_QUEUE_URL": self._home_url("alert-retries"),
            "MAIL_FROM": self.deployment.mail_from,
            "SECRETS_PREFIX": self.names.secrets_prefix,
            "ALLOW_PRIVATE_TARGETS": str(self.deployment.allow_private_targets).lower(),
        }
        allowed = permissions.alerter(self.names, self.mail_identity_arns)
        alerter = self._function("alerter", environment, [*allowed])
        alerter.allow_recursion()
        dead = self._dead("alerter-dlq")
        read_stream(alerter.function, self.tables["alerts"], dead)
        read_queue(alerter.function, retries)
        each_minute(alerter, self.names, alerter.function, dead, event={"sweep": True})
        self.alarms.on_stream_lag(alerter.function, "alerter")
        return alerter.function

    def _api(self) -> None:
        pool = self.people.pool
        environment = {
            **self._table_names(
                "monitors", "results", "states", "incidents", "transitions", "alerts", "directory"
            ),
            "CHECKS_QUEUE_URL": self._checks_url(),
            "TICKS_QUEUE_URL": self._home_url("ticks"),
            "EVALUATIONS_QUEUE_URL": self._home_url("evaluations"),
            "ALERT_RETRIES_QUEUE_URL": self._home_url("alert-retries"),
            "ALERTER_FUNCTION": self.names.of("alerter"),
            "USER_POOL_ID": pool.user_pool_id,
            "USER_POOL_CLIENT_ID": self.people.client.user_pool_client_id,
            "SECRETS_PREFIX": self.names.secrets_prefix,
            "REGIONS": ",".join(self.deployment.regions),
            "SHARDS": str(self.deployment.shards),
            "ALLOW_PRIVATE_TARGETS": str(self.deployment.allow_private_targets).lower(),
        }
        allowed = permissions.api(
            self.names,
            self.deployment,
            alerter_arn=self.alerter.function_arn,
            user_pool_arn=pool.user_pool_arn,
        )
        function = self._function("api", environment, [*allowed]).function
        rest = RestApi(self, self.deployment, self.names, function)
        CfnOutput(self, "ApiUrl", value=self.deployment.public_url or rest.api.url)
        CfnOutput(self, "RestApiId", value=rest.api.rest_api_id)
        CfnOutput(self, "UserPoolId", value=pool.user_pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.people.client.user_pool_client_id)
