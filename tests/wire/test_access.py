"""Who may knock: STS, and the roles, policies and users that tools create and read back."""

import json

import pytest
from botocore.exceptions import ClientError

from server import ACCOUNT

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
def iam(client):
    """IAM of the root account."""
    return client("iam")


@pytest.fixture
def role(iam, name):
    """A fresh role."""
    return iam.create_role(
        RoleName=name("role"),
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Description="reads documents",
        Tags=[{"Key": "team", "Value": "intake"}],
    )["Role"]


def test_the_root_key_says_who_it_is(client):
    found = client("sts").get_caller_identity()
    assert found["Account"] == ACCOUNT
    assert found["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert found["UserId"]


def test_a_role_lends_keys_that_work_and_say_who_they_are(client, server, role, name):
    lent = client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="reader")["Credentials"]
    keys = {
        "aws_access_key_id": lent["AccessKeyId"],
        "aws_secret_access_key": lent["SecretAccessKey"],
        "aws_session_token": lent["SessionToken"],
    }
    who = server.client("sts", **keys).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role['RoleName']}/reader"
    sqs = server.client("sqs", **keys)
    url = sqs.create_queue(QueueName=name("lent"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    server.client("s3", **keys).list_buckets()

    keys["aws_session_token"] = lent["SessionToken"][:-4] + "AAAA"
    with pytest.raises(ClientError) as caught:
        server.client("sqs", **keys).list_queues()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)
    del keys["aws_session_token"]
    with pytest.raises(ClientError):
        server.client("sqs", **keys).list_queues()


def test_lent_keys_survive_kill_nine(start_server, name):
    server = start_server()
    role = server.client("iam").create_role(
        RoleName=name("role"), AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]
    lent = server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="reader")
    lent = lent["Credentials"]
    server.restart()
    server.client(
        "sqs",
        aws_access_key_id=lent["AccessKeyId"],
        aws_secret_access_key=lent["SecretAccessKey"],
        aws_session_token=lent["SessionToken"],
    ).list_queues()


def test_a_role_that_does_not_exist_lends_nothing(client, name):
    with pytest.raises(ClientError) as caught:
        client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name('nobody')}", RoleSessionName="reader"
        )
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 403, 404)


def test_a_role_is_kept_as_it_was_made(iam, role):
    found = iam.get_role(RoleName=role["RoleName"])["Role"]
    assert found["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/{role['RoleName']}"
    # Documents travel encoded and arrive as what they were.
    assert found["AssumeRolePolicyDocument"] == TRUST
    assert found["Description"] == "reads documents"
    assert found["Tags"] == [{"Key": "team", "Value": "intake"}]
    assert found["RoleId"].startswith("AROA")
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=role["RoleName"], AssumeRolePolicyDocument=json.dumps(TRUST))


def test_policies_are_attached_and_put_inline(iam, role, name):
    made = iam.create_policy(PolicyName=name("policy"), PolicyDocument=json.dumps(MAY_READ))
    arn = made["Policy"]["Arn"]
    of_role = {"RoleName": role["RoleName"]}
    iam.attach_role_policy(PolicyArn=arn, **of_role)
    iam.put_role_policy(PolicyName="inline", PolicyDocument=json.dumps(MAY_READ), **of_role)
    attached = iam.list_attached_role_policies(**of_role)["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    assert iam.list_role_policies(**of_role)["PolicyNames"] == ["inline"]
    kept = iam.get_role_policy(PolicyName="inline", **of_role)
    assert kept["PolicyDocument"] == MAY_READ
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_role(**of_role)
    iam.detach_role_policy(PolicyArn=arn, **of_role)
    iam.delete_role_policy(PolicyName="inline", **of_role)
    iam.delete_role(**of_role)
    iam.delete_policy(PolicyArn=arn)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(**of_role)


def test_users_are_kept_and_get_no_keys_until_policies_hold(iam, name):
    user = name("ada")
    iam.create_user(UserName=user)
    assert iam.get_user(UserName=user)["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{user}"
    with pytest.raises(ClientError) as caught:
        iam.create_access_key(UserName=user)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] >= 400
    assert "does not enforce policies" in error["Error"]["Message"], error
    iam.delete_user(UserName=user)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_role", {"RoleName": "bad name", "AssumeRolePolicyDocument": "{}"}),
        ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "not json"}),
        ("create_policy", {"PolicyName": "p", "PolicyDocument": "{"}),
        ("get_role", {"RoleName": "nobody-has-this-name"}),
        ("tag_role", {"RoleName": "nobody-has-this-name", "Tags": []}),
    ],
    ids=["name", "trust", "document", "missing", "tags"],
)
def test_what_iam_refuses_is_refused_as_aws_does(client, operation, parameters):
    with pytest.raises(ClientError) as caught:
        getattr(client("iam", parameter_validation=False), operation)(**parameters)
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] in (400, 404), error
    assert error["Error"]["Code"] in (
        "ValidationError",
        "MalformedPolicyDocument",
        "NoSuchEntity",
        "InvalidInput",
    ), error


def test_the_cli_makes_a_role_and_says_who_it_is(aws, name):
    assert aws("sts", "get-caller-identity")["Account"] == ACCOUNT
    role = name("cli")
    made = aws(
        "iam", "create-role", "--role-name", role,
        "--assume-role-policy-document", json.dumps(TRUST),
    )["Role"]  # fmt: skip
    assert made["RoleName"] == role
    listed = aws("iam", "list-roles")["Roles"]
    assert role in [entry["RoleName"] for entry in listed]
    aws("iam", "delete-role", "--role-name", role)
