"""The aws CLI, as a person or a script types it: one story for each family of operations.

What each operation means in detail is tested with boto3; here it is shown that the command line's
own renderings (flags, shorthand, files, text output) reach the same end. Queues, objects and
functions have their stories in test_sqs.py, test_s3.py and test_lambda.py.
"""

import io
import json
import sys
import time
import zipfile

import pytest

from server import ACCOUNT, REGION

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
MAY_READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


@pytest.fixture
def cli(aws):
    """`cli("iam", "get-role", role_name=role)`: flags by their names, documents as JSON."""

    def words(flags):
        for flag, value in flags.items():
            yield "--" + flag.replace("_", "-")
            if isinstance(value, list):
                yield from value
            elif value is not True:
                yield json.dumps(value) if isinstance(value, dict) else value

    def run(service, operation, **flags):
        return aws(service, operation, *words(flags))

    return run


@pytest.fixture
def refusal(aws):
    """`refusal("iam", "get-role", "--role-name", role)`: what the CLI says when it is refused."""

    def run(*arguments):
        done = aws(*arguments, check=False)
        assert done.returncode in (254, 255), done.stdout + done.stderr
        return done.stderr

    return run


def test_logs_are_written_and_read(cli, aws, refusal, name, tmp_path):
    group, stream, now = name("/cli/group"), "one", int(time.time() * 1000)
    cli("logs", "create-log-group", log_group_name=group, tags="team=a")
    cli("logs", "create-log-stream", log_group_name=group, log_stream_name=stream)
    events = tmp_path / "events.json"
    lines = ["INFO ready", "ERROR disk full", "INFO done"]
    events.write_text(
        json.dumps([{"timestamp": now + n, "message": line} for n, line in enumerate(lines)])
    )
    where = {"log_group_name": group, "log_stream_name": stream}
    put = cli("logs", "put-log-events", **where, log_events=f"file://{events}")
    assert "nextSequenceToken" in put

    groups = cli("logs", "describe-log-groups", log_group_name_prefix=group)["logGroups"]
    assert [one["logGroupName"] for one in groups] == [group]
    streams = cli("logs", "describe-log-streams", log_group_name=group)["logStreams"]
    assert [one["logStreamName"] for one in streams] == [stream]
    read = cli("logs", "get-log-events", **where, start_from_head=True)
    assert [event["message"] for event in read["events"]] == lines
    assert [event["timestamp"] for event in read["events"]] == [now, now + 1, now + 2]
    found = cli("logs", "filter-log-events", log_group_name=group, filter_pattern="ERROR")
    assert [event["message"] for event in found["events"]] == ["ERROR disk full"]
    # The CLI pages by itself, here one event at a time.
    text = aws(
        "logs", "filter-log-events", "--log-group-name", group, "--page-size", "1",
        "--query", "events[].message", "--output", "text", text=True,
    )  # fmt: skip
    assert text.split() == " ".join(lines).split()
    cli("logs", "delete-log-group", log_group_name=group)
    said = refusal("logs", "get-log-events", "--log-group-name", group, "--log-stream-name", "x")
    assert "ResourceNotFoundException" in said


def test_a_mapping_is_made_changed_and_deleted(cli, refusal, name, tmp_path):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return 1\n")
    zipped = tmp_path / "code.zip"
    zipped.write_bytes(package.getvalue())
    queue, function = name("source"), name("fn")
    cli("sqs", "create-queue", queue_name=queue, attributes="VisibilityTimeout=60")
    cli(
        "lambda", "create-function", function_name=function, handler="app.handler", timeout=5,
        runtime=f"python3.{sys.version_info.minor}", role=f"arn:aws:iam::{ACCOUNT}:role/runner",
        zip_file=f"fileb://{zipped}",
    )  # fmt: skip

    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
    made = cli(
        "lambda", "create-event-source-mapping", function_name=function, event_source_arn=arn,
        batch_size=5, scaling_config="MaximumConcurrency=3", no_enabled=True,
        function_response_types=["ReportBatchItemFailures"],
    )  # fmt: skip
    assert (made["BatchSize"], made["EventSourceArn"]) == (5, arn)
    assert made["ScalingConfig"] == {"MaximumConcurrency": 3}
    listed = cli("lambda", "list-event-source-mappings", function_name=function)
    assert [one["UUID"] for one in listed["EventSourceMappings"]] == [made["UUID"]]
    shown = cli("lambda", "get-event-source-mapping", uuid=made["UUID"])
    assert shown["State"] == "Disabled"
    assert shown["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    cli("lambda", "update-event-source-mapping", uuid=made["UUID"], batch_size=7, enabled=True)
    shown = cli("lambda", "get-event-source-mapping", uuid=made["UUID"])
    assert (shown["BatchSize"], shown["State"]) == (7, "Enabled")
    cli("lambda", "delete-event-source-mapping", uuid=made["UUID"])
    said = refusal("lambda", "get-event-source-mapping", "--uuid", made["UUID"])
    assert "ResourceNotFoundException" in said
    cli("lambda", "delete-function", function_name=function)


def test_a_bucket_is_told_whom_to_notify(cli, refusal, name):
    bucket, queue = name("bucket"), name("told")
    cli("s3api", "create-bucket", bucket=bucket)
    url = cli("sqs", "create-queue", queue_name=queue)["QueueUrl"]
    rule = {
        "Id": "pictures",
        "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".jpg"}]}},
    }
    configuration = {"QueueConfigurations": [rule]}
    cli(
        "s3api", "put-bucket-notification-configuration", bucket=bucket,
        notification_configuration=configuration,
    )  # fmt: skip
    shown = cli("s3api", "get-bucket-notification-configuration", bucket=bucket)
    (kept,) = shown["QueueConfigurations"]
    assert kept["QueueArn"] == rule["QueueArn"] and kept["Events"] == rule["Events"]
    assert kept["Filter"]["Key"]["FilterRules"] == [{"Name": "Suffix", "Value": ".jpg"}]
    cli("s3api", "put-object", bucket=bucket, key="cat.jpg")
    seen = []
    while len(seen) < 2:
        answer = cli("sqs", "receive-message", queue_url=url, wait_time_seconds=5)
        seen += [json.loads(message["Body"]) for message in answer["Messages"]]
    assert seen[0]["Event"] == "s3:TestEvent"
    assert seen[1]["Records"][0]["s3"]["object"]["key"] == "cat.jpg"

    nobody = {"QueueConfigurations": [{**rule, "QueueArn": rule["QueueArn"] + "-none"}]}
    said = refusal(
        "s3api", "put-bucket-notification-configuration", "--bucket", bucket,
        "--notification-configuration", json.dumps(nobody),
    )  # fmt: skip
    assert "InvalidArgument" in said
    cli(
        "s3api", "put-bucket-notification-configuration", bucket=bucket,
        notification_configuration={},
    )  # fmt: skip
    shown = cli("s3api", "get-bucket-notification-configuration", bucket=bucket)
    assert "QueueConfigurations" not in (shown or {})


def test_roles_and_policies_are_kept(cli, refusal, name, tmp_path):
    role, policy = name("role"), name("policy")
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps(TRUST))
    made = cli(
        "iam", "create-role", role_name=role, description="of the CLI", max_session_duration=7200,
        assume_role_policy_document=f"file://{trust}", tags="Key=team,Value=a",
    )["Role"]  # fmt: skip
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/{role}"
    shown = cli("iam", "get-role", role_name=role)["Role"]
    assert shown["AssumeRolePolicyDocument"] == TRUST and shown["MaxSessionDuration"] == 7200
    assert cli("iam", "list-role-tags", role_name=role)["Tags"] == [{"Key": "team", "Value": "a"}]
    cli("iam", "tag-role", role_name=role, tags=["Key=stage,Value=x", "Key=team,Value=b"])
    cli("iam", "untag-role", role_name=role, tag_keys="stage")
    assert cli("iam", "list-role-tags", role_name=role)["Tags"] == [{"Key": "team", "Value": "b"}]

    inline = {"role_name": role, "policy_name": "inline"}
    cli("iam", "put-role-policy", **inline, policy_document=MAY_READ)
    assert cli("iam", "list-role-policies", role_name=role)["PolicyNames"] == ["inline"]
    assert cli("iam", "get-role-policy", **inline)["PolicyDocument"] == MAY_READ
    arn = cli("iam", "create-policy", policy_name=policy, policy_document=MAY_READ)["Policy"]["Arn"]
    attached = {"role_name": role, "policy_arn": arn}
    cli("iam", "attach-role-policy", **attached)
    listed = cli("iam", "list-attached-role-policies", role_name=role)["AttachedPolicies"]
    assert listed == [{"PolicyName": policy, "PolicyArn": arn}]
    found = cli("iam", "list-entities-for-policy", policy_arn=arn)["PolicyRoles"]
    assert [one["RoleName"] for one in found] == [role]
    names = [one["PolicyName"] for one in cli("iam", "list-policies", scope="Local")["Policies"]]
    assert policy in names
    assert role in [one["RoleName"] for one in cli("iam", "list-roles")["Roles"]]

    # As on AWS, a role goes when nothing hangs on it any more.
    assert "DeleteConflict" in refusal("iam", "delete-role", "--role-name", role)
    cli("iam", "detach-role-policy", **attached)
    cli("iam", "delete-role-policy", **inline)
    cli("iam", "delete-policy", policy_arn=arn)
    cli("iam", "delete-role", role_name=role)
    assert "NoSuchEntity" in refusal("iam", "get-role", "--role-name", role)


def test_users_are_kept_and_get_no_keys(cli, refusal, name):
    user = name("user")
    made = cli("iam", "create-user", user_name=user, path="/team/")["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/{user}"
    cli("iam", "put-user-policy", user_name=user, policy_name="own", policy_document=MAY_READ)
    assert cli("iam", "list-user-policies", user_name=user)["PolicyNames"] == ["own"]
    listed = cli("iam", "list-users", path_prefix="/team/")["Users"]
    assert user in [one["UserName"] for one in listed]
    assert "error" in refusal("iam", "create-access-key", "--user-name", user)
    assert cli("iam", "list-access-keys", user_name=user)["AccessKeyMetadata"] == []
    cli("iam", "delete-user-policy", user_name=user, policy_name="own")
    cli("iam", "delete-user", user_name=user)


def test_a_role_is_assumed(cli, refusal, name):
    role = name("role")
    trust = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"AWS": ACCOUNT}}]}
    made = cli("iam", "create-role", role_name=role, assume_role_policy_document=trust)
    arn = made["Role"]["Arn"]
    who = cli("sts", "get-caller-identity")
    assert (who["Account"], who["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    lent = cli("sts", "assume-role", role_arn=arn, role_session_name="me", duration_seconds=900)
    assert set(lent["Credentials"]) >= {"AccessKeyId", "SecretAccessKey", "SessionToken"}
    assert lent["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/me"
    nobody = ("--role-arn", arn + "-none", "--role-session-name", "me")
    said = refusal("sts", "assume-role", *nobody)
    assert "AccessDenied" in said
    cli("iam", "delete-role", role_name=role)
