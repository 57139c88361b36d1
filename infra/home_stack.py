"""The home region: tables, scheduler, verifier, alerter, rollups, publisher and API."""

from typing import Any

from aws_cdk import Annotations, CfnOutput, Duration
from constructs import Construct

from infra import permissions
from infra.api import RestApi
from infra.deployment import Deployment
from infra.function import MeshFunction
from infra.layers import apprise_layer
from infra.mail import Mail, queue_returned_mail
from infra.mesh_stack import MeshStack
from infra.names import ALERT_RETRIES, EVALUATIONS, RECOUNTS, TICKS
from infra.people import People
from infra.schedule import each_minute, each_round
from infra.sources import read_queue, read_stream
from infra.storage import Storage
from infra.web.dashboard import Dashboard
from infra.web.public_pages import PublicPages

VERIFIER_LANES = 4
# Twenty seconds apart for a quarter of an hour, then three minutes: nearly three hours. Nothing but
# this message may remember that a monitor failed, or that somebody paused it.
EVALUATION_TRIES = 100
# Six minutes apart, after two soon ones: a count waits for tables that are away for an hour.
RECOUNT_TRIES = 12
# Most monitors are counted in the same round; their counts may wait for each other.
RECOUNT_CONCURRENCY = 10
# What of the directory status pages show, or what has somebody mailed: see `keys.py`. What
# the publisher itself marks there while it mails must not wake it.
SHOWN: tuple[dict[str, Any], ...] = (
    {"dynamodb": {"Keys": {"kind": {"S": ["status_page", "maintenance_window"]}}}},
    {
        "eventName": ["INSERT", "REMOVE"],
        "dynamodb": {"Keys": {"kind": {"S": ["opt_in", {"prefix": "news#"}]}}},
    },
)
NOBODY_IS_TOLD = "alarm_email is empty: nobody hears of it when the mesh itself is in trouble"


class HomeStack(MeshStack):
    """Everything but the probers."""

    def __init__(self, scope: Construct, deployment: Deployment) -> None:
        super().__init__(
            scope,
            "home",
            deployment,
            region=deployment.home_region,
            topic="platform-alarms",
            description="tables, scheduler, verifier, alerter, rollups, publisher and API",
        )
        self.tables = Storage(self, deployment, self.names).tables
        self.pages = PublicPages(self, deployment, self.names)
        self.people = People(self, deployment, self.names)
        self._scheduler()
        self._verifier()
        self._rollup()
        alerter = self._alerter()
        self._publisher()
        self._api(alerter)
        self.alarms.on_unreadable_rows(self.functions)
        if not (deployment.alarm_email or deployment.local):
            Annotations.of(self).add_warning_v2("sentinelmesh:nobody-is-told", NOBODY_IS_TOLD)

    def _scheduler(self) -> None:
        """Each minute's event and each granule's tick."""
        allowed = permissions.scheduler(self.names, self.deployment)
        scheduler = self.make_function("scheduler", allowed)
        each_minute(scheduler, self.names, self.make_dead_letters("scheduler-dlq"))
        # A tick is planned up to two minutes ahead, and is worthless a minute after its time.
        ticks = self.make_queue(TICKS, reader="scheduler", keep=Duration.minutes(20))
        # The ticks of all shards are due at the same instant: each is an invocation of its own.
        read_queue(scheduler, ticks, batch=1)
        self.alarms.on_silence(scheduler)
        self.alarms.on_unsent_checks(scheduler)

    def _verifier(self) -> None:
        """New results, edited monitors, its own wake-ups, and a sweep of open incidents."""
        allowed = permissions.verifier(self.names, self.deployment)
        verifier = self.make_function("verifier", allowed)
        dead = self.make_dead_letters("verifier-dlq")
        read_stream(verifier, self.tables["results"], dead, lanes=VERIFIER_LANES)
        read_stream(verifier, self.tables["monitors"], dead, inserts_only=False)
        evaluations = self.make_queue(
            EVALUATIONS, reader="verifier", keep=Duration.days(4), tries=EVALUATION_TRIES
        )
        read_queue(verifier, evaluations)
        each_minute(verifier, self.names, dead, event={"sweep": True})
        self.alarms.on_stream_lag(verifier)
        self.alarms.on_distrusted_regions(verifier)
        self.alarms.on_blind_mesh(verifier)

    def _rollup(self) -> None:
        """Rounds, orders to count, and incidents that change what was counted."""
        rollup = self.make_function("rollup", permissions.rollup(self.names))
        dead = self.make_dead_letters("rollup-dlq")
        each_round(rollup, self.names, dead)
        read_stream(rollup, self.tables["transitions"], dead)
        recounts = self.make_queue(
            RECOUNTS, reader="rollup", keep=Duration.days(4), tries=RECOUNT_TRIES
        )
        read_queue(rollup, recounts, most_concurrent=RECOUNT_CONCURRENCY)
        self.alarms.on_stream_lag(rollup)

    def _alerter(self) -> MeshFunction:
        """New alert rows, wake-ups, returned mail, and a sweep each minute for what got lost."""
        if self.deployment.mail_from:
            Mail(self, self.deployment.mail_from, self.names, self.alarms)
        allowed = permissions.alerter(self.names, self.deployment)
        more_layers = apprise_layer(self, self.deployment)
        alerter = self.make_function("alerter", allowed, more_layers=more_layers)
        dead = self.make_dead_letters("alerter-dlq")
        read_stream(alerter, self.tables["alerts"], dead)
        retries = self.make_queue(ALERT_RETRIES, reader="alerter", keep=Duration.days(4))
        read_queue(alerter, retries)
        if self.deployment.mail_from:
            queue_returned_mail(alerter, self.names, retries, dead)
        each_minute(alerter, self.names, dead, event={"sweep": True})
        self.alarms.on_stream_lag(alerter)
        self.alarms.on_untold_people(alerter)
        return alerter

    def _publisher(self) -> None:
        """Changes of what status pages show, and each minute."""
        bucket = self.pages.bucket
        publisher = self.make_function(
            "publisher",
            permissions.publisher(self.names, self.deployment, bucket.bucket_arn),
            {"PAGES_BUCKET": bucket.bucket_name},
        )
        dead = self.make_dead_letters("publisher-dlq")
        read_stream(publisher, self.tables["incidents"], dead, inserts_only=False)
        read_stream(publisher, self.tables["directory"], dead, only=SHOWN)
        each_minute(publisher, self.names, dead, event={"publish": True})
        self.alarms.on_stream_lag(publisher)

    def _api(self, alerter: MeshFunction) -> None:
        """Requests of people and programs."""
        special = {
            "USER_POOL_ID": self.people.pool.user_pool_id,
            "USER_POOL_CLIENT_ID": self.people.client.user_pool_client_id,
        }
        allowed = permissions.api(
            self.names,
            self.deployment,
            alerter_arn=alerter.function.function_arn,
            user_pool_arn=self.people.pool.user_pool_arn,
        )
        api = self.make_function("api", allowed, special)
        rest = RestApi(self, self.deployment, self.names, api.function).api
        self.alarms.on_server_errors(rest.deployment_stage)
        # The launcher of the local mesh serves pages and API on one origin itself.
        if not self.deployment.local:
            Dashboard(self, self.deployment, self.names, rest, self.pages)
        CfnOutput(self, "ApiUrl", value=self.deployment.public_url or rest.url)
        CfnOutput(self, "RestApiId", value=rest.rest_api_id)
        CfnOutput(self, "UserPoolId", value=self.people.pool.user_pool_id)
        CfnOutput(self, "UserPoolClientId", value=self.people.client.user_pool_client_id)
