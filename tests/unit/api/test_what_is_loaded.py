"""What a cold start loads: nothing that most requests do not need."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
# Loaded when a person signs in, when somebody asks for the document, or never.
LAZY = {
    "jwt",
    "cryptography",
    "functions.api.openapi.document",
    "functions.api.openapi.docs_page",
    "aws_lambda_powertools",
    "aws_lambda_powertools.event_handler",
    "httpx",
    "dns",
    "email.mime",
    "unittest",
}
PROGRAM = """
import json, sys
import boto3
import functions.api.handler as handler

settings = {name: "none" for name in handler.ApiSettings.variables()}
settings |= {"REGIONS": "eu-west-1", "SHARDS": "1", "RETENTION_DAYS": "30",
             "ALLOW_PRIVATE_TARGETS": "false",
             "HOME_REGION": "eu-west-1"}
session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none")
app = handler.App(handler.make_backend(session, settings), handler.all_routes())
answer = app.answer({"httpMethod": "GET", "path": "/none", "requestContext": {"requestId": "r"}})
assert answer["statusCode"] == 404, answer
print(json.dumps(sorted(sys.modules)))
"""


def test_a_cold_start_loads_nothing_that_most_requests_do_not_need() -> None:
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", PROGRAM],
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/common/python'}",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert "functions.api.routes.monitors" in loaded
    assert loaded & LAZY == set()
