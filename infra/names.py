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


class Names:
    """The names of one mesh."""

    def __init__(self, prefix: str, home_region: str) -> None:
        self.prefix = prefix
        self.home_region = home_region

    def of(self, thing: str) -> str:
        """Name anything."""
        return f"{self.prefix}-{thing}"

    def table(self, owner: str) -> str:
        """Name a table by what the code calls it."""
        return self.of(TABLES[owner])

    def table_arn(self, owner: str) -> str:
        """Give the ARN of a table, which is in the home region."""
        where = f"{self.home_region}:{Aws.ACCOUNT_ID}"
        return f"arn:{Aws.PARTITION}:dynamodb:{where}:table/{self.table(owner)}"

    def index_arn(self, owner: str, index: str) -> str:
        """Give the ARN of an index of a table."""
        return f"{self.table_arn(owner)}/index/{index}"

    def queue_arn(self, queue: str, region: str) -> str:
        """Give the ARN of a queue."""
        return f"arn:{Aws.PARTITION}:sqs:{region}:{Aws.ACCOUNT_ID}:{self.of(queue)}"

    def queue_url(self, queue: str, region: str) -> str:
        """Give the URL of a queue; `{region}` stays a placeholder when asked for."""
        return f"https://sqs.{region}.{Aws.URL_SUFFIX}/{Aws.ACCOUNT_ID}/{self.of(queue)}"

    @property
    def secrets_prefix(self) -> str:
        """Path of the secrets in the parameter store."""
        return f"/{self.prefix}/secrets"

    @property
    def secrets_arn(self) -> str:
        """ARN of everything below that path, and of nothing else."""
        where = f"{self.home_region}:{Aws.ACCOUNT_ID}"
        return f"arn:{Aws.PARTITION}:ssm:{where}:parameter{self.secrets_prefix}/*"
