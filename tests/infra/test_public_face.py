"""What people and programs reach: the REST API, the user pool, and mail."""

import json

from tests.infra.mesh import MeshInTemplates
from tests.infra.templates import Assembly, Properties


def only(assembly: Assembly, kind: str) -> Properties:
    (found,) = [each.properties for _, each in assembly.all_of(kind)]
    return found


def test_everything_goes_to_the_api_function(standard: Assembly) -> None:
    methods = standard.home.of_kind("AWS::ApiGateway::Method")
    assert len(methods) == 2
    for each in methods:
        assert each.properties["HttpMethod"] == "ANY"
        assert each.properties["Integration"]["Type"] == "AWS_PROXY"
        assert ":function:sentinelmesh-api/" in each.properties["Integration"]["Uri"]
    paths = [
        each.properties["PathPart"] for _, each in standard.all_of("AWS::ApiGateway::Resource")
    ]
    assert paths == ["{proxy+}"]


def test_the_api_takes_only_so_many_requests(standard: Assembly) -> None:
    (settings,) = only(standard, "AWS::ApiGateway::Stage")["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["ThrottlingRateLimit"] == 50
    assert settings["ThrottlingBurstLimit"] == 100


def test_the_api_writes_an_access_log_without_paths_and_no_bodies(standard: Assembly) -> None:
    stage = only(standard, "AWS::ApiGateway::Stage")
    written = json.loads(stage["AccessLogSetting"]["Format"])
    assert written["request_id"] == "$context.requestId"
    assert written["status"] == "$context.status"
    # The path of a heartbeat is its password.
    assert not [each for each in written.values() if "path" in each.lower()]
    assert (
        ":log-group:/aws/apigateway/sentinelmesh-api" in stage["AccessLogSetting"]["DestinationArn"]
    )
    assert stage["MethodSettings"][0]["DataTraceEnabled"] is False
    assert stage["TracingEnabled"] is True


def test_api_gateway_may_write_logs_before_the_stage_wants_to(standard: Assembly) -> None:
    """Without an account's role for its logs, API Gateway refuses a stage with an access log."""
    (account,) = standard.home.of_kind("AWS::ApiGateway::Account")
    (stage,) = standard.home.of_kind("AWS::ApiGateway::Stage")
    assert account.logical_id in stage.raw["DependsOn"]
    (role,) = [
        each
        for each in standard.home.of_kind("AWS::IAM::Role")
        if each.properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        == {"Service": "apigateway.amazonaws.com"}
    ]
    assert account.properties["CloudWatchRoleArn"].endswith(f"role/{role.logical_id}")
    assert role.properties["ManagedPolicyArns"] == [
        "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    ]
    # The account's setting outlives the mesh: other APIs of the account may depend on it by then.
    assert account.raw["DeletionPolicy"] == role.raw["DeletionPolicy"] == "Retain"


def test_log_groups_forget_after_the_days_that_were_set(
    standard: Assembly, other: Assembly
) -> None:
    for assembly, days in ((standard, 14), (other, 90)):
        kept = {
            each.properties["RetentionInDays"] for _, each in assembly.all_of("AWS::Logs::LogGroup")
        }
        assert kept == {days}


def test_only_api_gateway_may_invoke_the_api_and_only_its_own_stage(standard: Assembly) -> None:
    invoking = [
        each.properties
        for _, each in standard.all_of("AWS::Lambda::Permission")
        if each.properties["FunctionName"].endswith("-api")
    ]
    assert len(invoking) == 2
    for each in invoking:
        assert each["Principal"] == "apigateway.amazonaws.com"
        assert "test-invoke-stage" not in each["SourceArn"]


def test_nobody_signs_up_and_passwords_are_long(standard: Assembly) -> None:
    pool = only(standard, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [
        {"Name": "verified_email", "Priority": 1}
    ]


def test_people_are_not_lost_with_the_stack(standard: Assembly) -> None:
    (pool,) = standard.home.of_kind("AWS::Cognito::UserPool")
    assert pool.properties["DeletionProtection"] == "ACTIVE"
    assert pool.raw["DeletionPolicy"] == "Retain"


def test_the_dashboard_signs_in_without_a_secret_and_no_hint_tells_who_exists(
    standard: Assembly,
) -> None:
    client = only(standard, "AWS::Cognito::UserPoolClient")
    assert client["GenerateSecret"] is False
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert set(client["ExplicitAuthFlows"]) == {
        "ALLOW_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
    }
    assert client["AllowedOAuthFlowsUserPoolClient"] is False
    assert client["AccessTokenValidity"] == 60
    assert client["TokenValidityUnits"]["AccessToken"] == "minutes"


def test_the_groups_of_the_pool_are_the_roles_of_the_api(standard: Assembly) -> None:
    from sentinelmesh.domain.access.scopes import ROLES

    groups = {
        each.properties["GroupName"] for _, each in standard.all_of("AWS::Cognito::UserPoolGroup")
    }
    assert groups == set(ROLES)


def test_a_mail_that_comes_back_is_told_to_the_operators(standard: Assembly) -> None:
    identity = only(standard, "AWS::SES::EmailIdentity")
    assert identity["EmailIdentity"] == "alerts@shop.example"
    assert identity["ConfigurationSetAttributes"] == {"ConfigurationSetName": "sentinelmesh-alerts"}
    told = [
        each.properties["EventDestination"]
        for _, each in standard.all_of("AWS::SES::ConfigurationSetEventDestination")
    ]
    for each in told:
        assert set(each["MatchingEventTypes"]) == {"bounce", "complaint", "reject"}
    (returned,) = [each for each in told if "SnsDestination" in each]
    assert returned["SnsDestination"] == {
        "TopicARN": "arn:aws:sns:eu-west-1:123456789012:sentinelmesh-platform-alarms"
    }
    (policy,) = standard.home.of_kind("AWS::SNS::TopicPolicy")
    publishing = [
        each["Principal"]
        for each in policy.properties["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    assert {"Service": "ses.amazonaws.com"} in publishing


def test_a_mail_that_comes_back_is_handed_to_the_alerter_until_it_was_taken(
    standard: Assembly,
) -> None:
    (told,) = [
        each.properties["EventDestination"]["EventBridgeDestination"]
        for _, each in standard.all_of("AWS::SES::ConfigurationSetEventDestination")
        if "EventBridgeDestination" in each.properties["EventDestination"]
    ]
    assert str(told["EventBusArn"]).endswith("event-bus/default")
    (rule,) = [
        each.properties
        for _, each in standard.all_of("AWS::Events::Rule")
        if each.properties.get("EventPattern")
    ]
    assert rule["EventPattern"] == {
        "source": ["aws.ses"],
        "detail": {"mail": {"tags": {"ses:configuration-set": ["sentinelmesh-alerts"]}}},
    }
    (target,) = rule["Targets"]
    assert target["DeadLetterConfig"]
    mesh = MeshInTemplates(standard)
    assert target["Arn"] in {
        each["EventSourceArn"] for each in mesh.function("alerter").queue_sources
    }
    assert int(mesh.queue(target["Arn"])["RedrivePolicy"]["maxReceiveCount"]) > 1


def test_without_a_sender_there_is_nothing_of_mail(other: Assembly) -> None:
    assert not [kind for _, each in _everything(other) if (kind := each).startswith("AWS::SES::")]
    alerter = MeshInTemplates(other).function("alerter")
    assert not [each for each in alerter.statements if "ses:SendEmail" in each.actions]
    assert alerter.environment["MAIL_FROM"] == ""


def test_the_topics_of_channels_are_those_of_the_settings(
    standard: Assembly, other: Assembly
) -> None:
    published = {
        each.resources
        for assembly in (standard, other)
        for each in MeshInTemplates(assembly).function("alerter").statements
        if "sns:Publish" in each.actions
    }
    assert published == {("arn:aws:sns:us-east-1:123456789012:outages",)}


def _everything(assembly: Assembly) -> list[tuple[str, str]]:
    return [
        (stack, each.kind)
        for stack, template in assembly.templates.items()
        for each in template.resources.values()
    ]
