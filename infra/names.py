"""Physical names and ARNs: deterministic, so that no stack has to import from another region's."""

from aws_cdk import Aws

TABLES = {
    "monitors": "monitors",
    "results": "check-results",
    "states": "monitor-states",
    "incidents": "incidents",
    "transitions": "transitions",
    "alerts": "alerts",
    "rollups": "rollups",
    "directory": "directory",
}
CHECKS = "checks.fifo"
TICKS = "ticks"
EVALUATIONS = "evaluations"
ALERT_RETRIES = "alert-retries"
RESULTS_SPOOL = "results-spool"
RECOUNTS = "recounts"


class Names:
    """The names of one mesh."""

    def __init__(self, prefix: str, home_region: str) -> None:
        self.prefix = prefix
        self.home_region = home_region

    def of(self, thing: str) -> str:
        """Name anything."""
        return f"{self.prefix}-{thing}"

    def table(self, owner: str) -> str:
        """Return a table by what the code calls it."""
        return self.of(TABLES[owner])

    def table_arn(self, owner: str) -> str:
        """Return the ARN of a table, which is in the home region."""
        return self._home_arn("dynamodb", f"table/{self.table(owner)}")

    def index_arn(self, owner: str, index: str) -> str:
        """Return the ARN of an index of a table."""
        return f"{self.table_arn(owner)}/index/{index}"

    def queue_arn(self, queue: str, region: str | None = None) -> str:
        """Return the ARN of a queue; without a region it is the one at home."""
        where = f"{region or self.home_region}:{Aws.ACCOUNT_ID}"
        return f"arn:{Aws.PARTITION}:sqs:{where}:{self.of(queue)}"

    def queue_url(self, queue: str, region: str | None = None) -> str:
        """Return the URL of a queue; `{region}` stays a placeholder when asked for."""
        host = f"sqs.{region or self.home_region}.{Aws.URL_SUFFIX}"
        return f"https://{host}/{Aws.ACCOUNT_ID}/{self.of(queue)}"

    @property
    def secrets_prefix(self) -> str:
        """Path of the secrets in the parameter store."""
        return f"/{self.prefix}/secrets"

    @property
    def secrets_arn(self) -> str:
        """ARN of everything below that path, and of nothing else."""
        return self._home_arn("ssm", f"parameter{self.secrets_prefix}/*")

    @property
    def mail_settings(self) -> str:
        """Name of the configuration set of alert mails."""
        return self.of("alerts")

    @property
    def mail_arns(self) -> tuple[str, str]:
        """ARNs of all senders, and of the configuration set of alert mails."""
        return (
            self._home_arn("ses", "identity/*"),
            self._home_arn("ses", f"configuration-set/{self.mail_settings}"),
        )

    def _home_arn(self, service: str, resource: str) -> str:
        return f"arn:{Aws.PARTITION}:{service}:{self.home_region}:{Aws.ACCOUNT_ID}:{resource}"
