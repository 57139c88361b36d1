"""Reviews by others: cdk-nag on the constructs, cfn-lint on the templates."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from cfnlint import api as cfnlint
from cfnlint.config import ManualArgs

from infra.app import compose
from infra.review import accepted_in, acknowledgment, add_checks
from tests.infra.deployments import a_deployment
from tests.infra.synthesizing import REPOSITORY, VARIANTS, context_of, once
from tests.infra.templates import Assembly

# The CDK has a function wait for its role beside referring to it: superfluous, and harmless.
NO_FINDING = ["W3005"]


@pytest.fixture(scope="module")
def findings(shared_folder: Path) -> list[tuple[str, str]]:
    """What cdk-nag finds when nothing is accepted: pairs of rule and path."""
    folder = once(shared_folder / "unreviewed", _review_everything)
    report = json.loads((folder / "validation-report.json").read_text())
    return [
        (finding["ruleName"], construct["constructPath"])
        for pack in report["pluginReports"]
        for finding in pack["violations"]
        for construct in finding["violatingConstructs"]
    ]


def _review_everything(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as here:
        here.chdir(REPOSITORY)
        app = App(outdir=str(folder), context=context_of("standard"))
        compose(app)
        add_checks(app)
        with pytest.raises(RuntimeError, match="ValidationFailed"):
            app.synth()


def accepted() -> list[tuple[str, str]]:
    return [(each.rule, each.where) for each in accepted_in(a_deployment(**VARIANTS["standard"]))]


def test_whatever_cdk_nag_finds_is_mended_or_accepted_with_a_reason(
    findings: list[tuple[str, str]],
) -> None:
    left = [
        (rule, path)
        for rule, path in findings
        if not any(rule == known and fnmatchcase(path, where) for known, where in accepted())
    ]
    assert not left


def test_nothing_is_accepted_that_is_not_found_any_more(findings: list[tuple[str, str]]) -> None:
    stale = [
        (known, where)
        for known, where in accepted()
        if not any(rule == known and fnmatchcase(path, where) for rule, path in findings)
    ]
    assert not stale


def test_every_acceptance_has_a_reason_and_names_its_pack() -> None:
    for each in accepted_in(a_deployment(**VARIANTS["standard"])):
        said: Any = acknowledgment(each)
        assert len(said.reason) > 30
        assert said.id.startswith(("AwsSolutions::AwsSolutions-", "Serverless::Serverless-"))


def test_without_mail_no_wildcard_for_senders_is_accepted() -> None:
    rules = {each.rule for each in accepted_in(a_deployment())}
    assert not [rule for rule in rules if ":ses:" in rule]


def test_cloudformation_finds_nothing_wrong_with_the_templates(
    standard: Assembly, other: Assembly
) -> None:
    # The other probe stacks differ by their regions alone.
    for template in (*standard.templates.values(), other.home):
        settings = ManualArgs(regions=[template.region], ignore_checks=NO_FINDING)
        found = cfnlint.lint(template.text, config=settings)
        assert not [f"{each.rule.id} {each.path}: {each.message}" for each in found]
