"""Deploy the mesh to AWS: bootstrap regions, deploy all stacks, publish the pages, say where.

The account is the one of the caller's profile; the regions are those of cdk.json.
"""

import json
import mimetypes
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.deployment import BadSetting, Deployment

CDK = Path("node_modules/.bin/cdk")
OUTPUTS = Path("cdk.out/outputs.json")
BUILT = Path("dashboard/dist")
HERE = Path()
KEPT = "public, max-age=31536000, immutable"

Run = Callable[[Sequence[str], Path], None]
Say = Callable[[str], object]


class CannotDeploy(Exception):
    """The text says why, and what to do."""


def deploy(session: boto3.Session, regions: Sequence[str], run: Run, say: Say) -> None:
    """Deploy everything.

    Args:
        regions: home first.
        run: starts a program in a folder and waits for its success.
    """
    account = _account(session, regions[0])
    say(f"Deploying to AWS account {account}: {', '.join(regions)}")
    for region in regions:
        if not _is_bootstrapped(session, region):
            say(f"Bootstrapping {region}")
            # From a folder without cdk.json: bootstrapping needs no synthesis.
            run([str(CDK.absolute()), "bootstrap", f"aws://{account}/{region}"], _empty_folder())
    options = ("--require-approval", "never", "--concurrency", "4")
    run([str(CDK), "deploy", "--all", *options, "--outputs-file", str(OUTPUTS)], HERE)


def _account(session: boto3.Session, region: str) -> str:
    try:
        account: str = session.client("sts", region_name=region).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise CannotDeploy(
            f"AWS does not know you ({error}). Sign in first (aws sso login, or set AWS_PROFILE), "
            "then run make deploy again."
        ) from error
    return account


def _is_bootstrapped(session: boto3.Session, region: str) -> bool:
    client = session.client("cloudformation", region_name=region)
    try:
        client.describe_stacks(StackName="CDKToolkit")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return False
        raise CannotDeploy(f"{region}: {error}") from error
    except BotoCoreError as error:
        raise CannotDeploy(f"{region}: {error}") from error
    return True


def _empty_folder() -> Path:
    return Path(tempfile.mkdtemp())


def addresses(outputs: Path) -> list[str]:
    """List what the stacks say about themselves."""
    stacks = json.loads(outputs.read_text(encoding="utf-8"))
    return [f"{name:<20} {value}" for each in stacks.values() for name, value in each.items()]


def publish(session: boto3.Session, region: str, outputs: Path, built: Path) -> None:
    """Put the built dashboard where CloudFront reads it; pages come last, after their assets.

    Assets have a hash of their content in their names and are kept for a year, also those of the
    version before: a page that is open keeps working.
    """
    stacks = json.loads(outputs.read_text(encoding="utf-8"))
    home = next(each for each in stacks.values() if "DashboardBucket" in each)
    store = session.client("s3", region_name=region)
    files = sorted(path for path in built.rglob("*") if path.is_file())
    for path in sorted(files, key=lambda each: each.suffix == ".html"):
        name = path.relative_to(built).as_posix()
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        store.put_object(
            Bucket=home["DashboardBucket"],
            Key=name,
            Body=path.read_bytes(),
            ContentType=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            CacheControl=KEPT if name.startswith("assets/") else "no-cache",
        )
    session.client("cloudfront").create_invalidation(
        DistributionId=home["DistributionId"],
        InvalidationBatch={
            "Paths": {"Quantity": 2, "Items": ["/", "/index.html"]},
            "CallerReference": str(time.time_ns()),
        },
    )


def _run(arguments: Sequence[str], folder: Path) -> None:
    done = subprocess.run(arguments, cwd=folder, check=False)  # noqa: S603 (our own pinned CDK)
    if done.returncode != 0:
        raise CannotDeploy(f"`cdk {arguments[1]}` failed; what it said stands above.")


def main() -> int:
    """Deploy what cdk.json describes."""
    context = json.loads(Path("cdk.json").read_text(encoding="utf-8"))["context"]
    try:
        regions = Deployment.from_context(context.get).all_regions
        deploy(boto3.Session(), regions, _run, lambda line: print(line, flush=True))  # noqa: T201
        publish(boto3.Session(), regions[0], OUTPUTS, BUILT)
    except (BadSetting, CannotDeploy) as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 1
    print("\n".join(addresses(OUTPUTS)))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
