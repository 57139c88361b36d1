"""`make synth` on a machine without network and without credentials."""

import json
import os
import subprocess
from pathlib import Path

from tests.infra.synthesizing import REPOSITORY

# Packages are installed before tests are run: no test may begin to install them.
INSTALLED = ("-o", ".venv/.installed", "-o", "node_modules/.installed")
# Nobody listens there: whoever wants to reach the internet through it fails at once.
CLOSED = "http://127.0.0.1:9"


def test_templates_are_written_without_network_and_credentials(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), CLOSED),
    }
    out = tmp_path / "cdk.out"
    done = subprocess.run(  # noqa: S603 (our own Makefile)
        ["make", *INSTALLED, "synth", f"CDK_OUT={out}"],  # noqa: S607 (it is what people type)
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"templates are in {out}/" in done.stdout
    written = {each.name for each in out.glob("*.template.json")}
    assert written == {
        "sentinelmesh-home.template.json",
        "sentinelmesh-probe-ap-southeast-1.template.json",
        "sentinelmesh-probe-eu-west-1.template.json",
        "sentinelmesh-probe-us-east-1.template.json",
    }
    # `sam local` finds a function's code by it.
    assert '"aws:asset:path"' in (out / "sentinelmesh-home.template.json").read_text()
    report = json.loads((out / "validation-report.json").read_text())
    reviewed = {each["pluginName"]: each["conclusion"] for each in report["pluginReports"]}
    assert reviewed == {"AwsSolutions": "success", "Serverless": "success"}
