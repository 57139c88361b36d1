"""The review of all templates by cdk-nag: what it finds fails the synthesis, unless it is accepted.

Everything that is accepted stands here, with the places and the reason.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple

from aws_cdk import Acknowledgment, App, Validations

from infra.deployment import Deployment
from infra.names import Names


class ReviewFailed(RuntimeError):
    """Something was found that nobody has accepted."""


class Accepted(NamedTuple):
    """A finding that is fine in some places.

    Args:
        rule: what cdk-nag calls it.
        where: pattern of the paths of constructs.
    """

    rule: str
    where: str
    reason: str


ROLES = "*/Role/DefaultPolicy/Resource"
FUNCTIONS = "*/Function/Resource"
DEAD_LETTERS = "*Dlq/Resource"
METHODS = "*/Rest/Api/Default/*ANY/Resource"
STAGE = "*/Rest/Api/DeploymentStage.live/Resource"
POOL = "*/People/Pool/Resource"
FILES = "*/Dashboard/Files/Resource"
PUBLIC_FILES = "*/PublicPages/Files/Resource"
DISTRIBUTION = "*/Dashboard/Distribution/Resource"

BUILT_FOR_PYTHON_3_13 = "The dependency layer is built for Python 3.13; both move together."
IT_IS_THE_END = "It takes what failed for good, and an alarm watches it."
TOKENS_IN_THE_FUNCTION = (
    "The function checks tokens itself: API Gateway would keep an authorizer's answer and apply it "
    "to other paths, and health, heartbeats and status pages take no token at all."
)

ACCEPTED = (
    Accepted(
        "AwsSolutions-IAM5[Resource::*]",
        ROLES,
        "X-Ray's write actions and ListStreams know no resources; the tests allow no others.",
    ),
    Accepted(
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
        "AmazonAPIGatewayPushToCloudWatchLogs]",
        "*/Rest/Api/CloudWatchRole/Resource",
        "API Gateway takes this policy or a copy of it: see docs/decisions/0022.",
    ),
    Accepted("AwsSolutions-L1", FUNCTIONS, BUILT_FOR_PYTHON_3_13),
    Accepted("Serverless-LambdaLatestVersion", FUNCTIONS, BUILT_FOR_PYTHON_3_13),
    Accepted(
        "Serverless-LambdaDLQ",
        FUNCTIONS,
        "A destination on failure tells more; queues and streams have dead letters of their own.",
    ),
    Accepted(
        "Serverless-LambdaEventSourceMappingDestination",
        "*/SqsEventSource:*/Resource",
        "A queue has its dead letters itself; for streams the destination is there.",
    ),
    Accepted("AwsSolutions-SQS3", DEAD_LETTERS, IT_IS_THE_END),
    Accepted("Serverless-SQSRedrivePolicy", DEAD_LETTERS, IT_IS_THE_END),
    Accepted(
        "Serverless-SNSRedrivePolicy",
        "*/Alarms/Topic/*/Resource",
        "Mail to operators: whatever becomes of it, the alarm itself stays red in CloudWatch.",
    ),
    Accepted("AwsSolutions-APIG4", METHODS, TOKENS_IN_THE_FUNCTION),
    Accepted("AwsSolutions-COG4", METHODS, TOKENS_IN_THE_FUNCTION),
    Accepted(
        "AwsSolutions-APIG2",
        "*/Rest/Api/Resource",
        "The function validates, and answers with problems that name every wrong field.",
    ),
    Accepted(
        "AwsSolutions-APIG3",
        STAGE,
        "Every stage is throttled; a firewall costs from $8 a month and is the owner's choice.",
    ),
    Accepted(
        "AwsSolutions-APIG6",
        STAGE,
        "The access log and the function's log tell all; execution logs would hold bodies.",
    ),
    Accepted(
        "AwsSolutions-S1",
        FILES,
        "Only CloudFront reads these files, which are the same for everybody and public.",
    ),
    Accepted(
        "AwsSolutions-S1",
        PUBLIC_FILES,
        "Pages for the public, read by CloudFront alone; who reads them is nobody's business.",
    ),
    Accepted(
        "AwsSolutions-CFR1",
        DISTRIBUTION,
        "People look after their services from anywhere; nothing is served without signing in.",
    ),
    Accepted(
        "AwsSolutions-CFR2",
        DISTRIBUTION,
        "The API throttles; a firewall costs from $8 a month and is the owner's choice.",
    ),
    Accepted(
        "AwsSolutions-CFR3",
        DISTRIBUTION,
        "API Gateway's access log has every request that does anything; files tell nothing.",
    ),
    Accepted(
        "AwsSolutions-CFR4",
        DISTRIBUTION,
        "Without a certificate of one's own CloudFront offers old protocols: set certificate_arn.",
    ),
    Accepted(
        "AwsSolutions-COG1",
        POOL,
        "Twelve characters; NIST SP 800-63B advises length over rules of composition.",
    ),
    Accepted(
        "AwsSolutions-COG2",
        POOL,
        "POST /v1/session takes mail address and password; programs use API tokens.",
    ),
    Accepted(
        "AwsSolutions-COG8",
        POOL,
        "The plus plan costs $0.02 per person and month and adds nothing that is used here.",
    ),
)


def accepted_in(deployment: Deployment) -> tuple[Accepted, ...]:
    """Return everything that is accepted; some rules' names contain those of the deployment."""
    names = Names(deployment.name, deployment.home_region)
    where = f"{deployment.home_region}:<AWS::AccountId>"
    secrets = Accepted(
        f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ssm:{where}:"
        f"parameter{names.secrets_prefix}/*]",
        ROLES,
        "One parameter for each monitor or channel with secrets, below the path of this mesh.",
    )
    senders = Accepted(
        f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ses:{where}:identity/*]",
        "*/[AP]*er/Role/DefaultPolicy/Resource",
        "A condition holds the sender fast; in SES's sandbox the receivers are identities too.",
    )
    pages = Accepted(
        "AwsSolutions-IAM5[Resource::<PublicPagesFiles98AFD811.Arn>/*]",
        "*/Publisher/Role/DefaultPolicy/Resource",
        "One file for each page, feed and badge, in the bucket that holds nothing else.",
    )
    return (*ACCEPTED, secrets, pages, *([senders] if deployment.mail_from else []))


def review(app: App, deployment: Deployment) -> None:
    """Have an app checked when it is synthesized."""
    everything = accepted_in(deployment)
    for construct in app.node.find_all():
        path = construct.node.path
        rules = [each for each in everything if fnmatchcase(path, each.where)]
        if rules:
            Validations.of(construct).acknowledge(*(acknowledgment(each) for each in rules))
    add_checks(app)


def acknowledgment(accepted: Accepted) -> Acknowledgment:
    """Say it in the CDK's words: a rule's name begins with that of its pack."""
    pack = accepted.rule.partition("-")[0]
    return Acknowledgment(id=f"{pack}::{accepted.rule}", reason=accepted.reason)


def add_checks(app: App) -> None:
    """Have cdk-nag look at an app when it is synthesized."""
    # Its import takes almost a second, for which the local mesh need not wait.
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
