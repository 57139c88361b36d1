from infra.handlers import module_of
from tests.infra.mesh import FunctionInTemplate, MeshInTemplates
from tests.infra.templates import Assembly, Properties

NAMES = {"api", "scheduler", "prober", "verifier", "alerter", "rollup", "publisher"}
WAKE_THEMSELVES = {"scheduler", "verifier", "alerter", "rollup"}


def test_the_home_stack_has_six_functions_and_every_region_a_prober(standard: Assembly) -> None:
    mesh = MeshInTemplates(standard)
    assert {each.name for each in mesh.functions if each.template is standard.home} == (
        NAMES - {"prober"}
    )
    probers = [each.template.region for each in mesh.functions if each.name == "prober"]
    assert sorted(probers) == ["ap-southeast-1", "eu-west-1", "us-east-1"]


def test_every_function_runs_the_same_python_on_the_cheaper_processor(
    mesh: MeshInTemplates,
) -> None:
    for function in mesh.functions:
        assert function.properties["Runtime"] == "python3.13"
        assert function.properties["Architectures"] == ["arm64"]
        assert function.properties["Handler"] == f"{module_of(function.name)}.lambda_handler"


def test_every_function_has_a_role_of_its_own_that_only_lambda_can_take(
    mesh: MeshInTemplates,
) -> None:
    roles = [(each.template.stack, each.role) for each in mesh.functions]
    assert len(set(roles)) == len(mesh.functions)
    # Role names are global in an account: two regions must not want the same one.
    assert len({name for _, name in roles}) == len(mesh.functions)
    for function in mesh.functions:
        (role,) = [
            each.properties
            for each in function.template.of_kind("AWS::IAM::Role")
            if each.properties.get("RoleName") == function.role
        ]
        (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trusted["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert "ManagedPolicyArns" not in role


def test_every_function_writes_into_a_log_group_that_forgets(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        name = f"/aws/lambda/{function.physical}"
        (group,) = _log_groups(function, name)
        assert group["RetentionInDays"] == 14
        assert function.properties["LoggingConfig"] == {"LogGroup": name}


def _log_groups(function: FunctionInTemplate, name: str) -> list[Properties]:
    return [
        each.properties
        for each in function.template.of_kind("AWS::Logs::LogGroup")
        if each.properties["LogGroupName"] == name
    ]


def test_every_function_is_traced(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        assert function.properties["TracingConfig"] == {"Mode": "Active"}


def test_what_a_function_fails_on_is_kept_whatever_woke_it(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        ways = [
            *(source["DestinationConfig"] for source in function.stream_sources),
            *(
                mesh.queue(each["EventSourceArn"])["RedrivePolicy"]
                for each in function.queue_sources
            ),
            *(target["DeadLetterConfig"] for rule in function.rules for target in rule["Targets"]),
            *(each["DestinationConfig"] for each in function.invoke_configs),
        ]
        kept = [_dead_letters(way) for way in ways]
        assert all(mesh.queue(arn) for arn in kept)
        assert len(kept) == (
            len(function.stream_sources)
            + len(function.queue_sources)
            + len(function.rules)
            + bool(function.rules)
        ), f"{function.name}: a rule invokes it asynchronously, so failures need a destination too"


def _dead_letters(way: Properties) -> str:
    arn = way.get("deadLetterTargetArn") or way.get("Arn")
    return str(arn or way["OnFailure"]["Destination"])


def test_the_api_is_invoked_by_requests_only_so_that_the_caller_hears_of_a_failure(
    mesh: MeshInTemplates,
) -> None:
    api = mesh.function("api")
    assert api.sources == []
    assert api.rules == []


def test_a_function_may_send_to_the_dead_letters_of_its_streams(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        for source in function.stream_sources:
            arn = source["DestinationConfig"]["OnFailure"]["Destination"]
            allowed = [each for each in function.statements if arn in each.resources]
            assert any("sqs:SendMessage" in each.actions for each in allowed)


def test_only_functions_that_wake_themselves_may_loop(mesh: MeshInTemplates) -> None:
    for function in mesh.functions:
        wanted = "Allow" if function.name in WAKE_THEMSELVES else None
        assert function.properties.get("RecursiveLoop") == wanted, function.name


def test_a_function_loops_exactly_when_it_sends_into_a_queue_that_feeds_it(
    mesh: MeshInTemplates,
) -> None:
    for function in mesh.functions:
        fed_by = {each["EventSourceArn"] for each in function.queue_sources}
        sends_to = {
            resource
            for each in function.statements
            if "sqs:SendMessage" in each.actions
            for resource in each.resources
        }
        spool = {arn for arn in fed_by if arn.endswith("-results-spool")}
        loops = bool(fed_by & sends_to - spool)
        # The spool is no loop: what is read there goes to the table, never back by itself.
        assert loops == (function.name in WAKE_THEMSELVES), function.name
