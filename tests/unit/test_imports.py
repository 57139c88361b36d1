"""Every module imports with an empty environment, opens nothing and makes no client."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.handlers import module_of

ROOT = Path(__file__).parents[2]
FUNCTIONS = ("scheduler", "prober", "verifier", "alerter", "rollup", "publisher", "api")

WALK = """
import importlib, json, os, pkgutil, socket, sys
assert set(os.environ) <= {"PYTHONPATH", "LC_CTYPE", "PYTHONDONTWRITEBYTECODE"}, os.environ

def refuse(*_args, **_kwargs):
    raise AssertionError("a module did this at its import")

import boto3, botocore.session, ssl
class Refused(socket.socket):
    connect = connect_ex = bind = refuse
socket.socket, socket.getaddrinfo = Refused, refuse
botocore.session.Session.create_client = refuse
boto3.Session.__init__ = refuse

import functions, sentinelmesh
names = [
    each.name
    for package in (functions, sentinelmesh)
    for each in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
]
for name in names:
    importlib.import_module(name)
print(json.dumps(names))
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a fresh interpreter that knows nothing but where the code is."""
    path = f"{ROOT}:{ROOT / 'layers/common/python'}"
    return subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-c", program],
        env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_imports_with_an_empty_environment_and_makes_no_client() -> None:
    done = run(WALK)
    assert done.returncode == 0, done.stderr
    imported = json.loads(done.stdout)
    assert {module_of(each) for each in FUNCTIONS} <= set(imported)
    assert "sentinelmesh.storage.transitions_writer" in imported


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_without_its_settings_says_which_are_missing(function: str) -> None:
    """Wiring happens at the first event, and it fails with the name of the fault."""
    program = f"""
from {module_of(function)} import lambda_handler, wire
from sentinelmesh.errors import InvalidSetting
assert callable(lambda_handler)
try:
    wire()
except InvalidSetting as error:
    print(error)
"""
    done = run(program)
    assert "MESH_NAME" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "module",
    [
        "verification.decide",
        "verification.transition",
        "monitors.schedule",
        "alerts.delivery_policy",
    ],
)
def test_the_domain_needs_nothing_but_the_standard_library(module: str) -> None:
    program = f"""
import sys
import sentinelmesh.domain.{module}
heavy = {{"boto3", "botocore", "msgspec", "pydantic", "aws_lambda_powertools"}}
print(sorted(heavy & set(sys.modules)))
"""
    assert run(program).stdout.strip() == "[]"
