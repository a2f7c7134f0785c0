"""Functions: deployed, run at once, run later, and fed by a queue, as AWS's own client sees them."""

import base64
import hashlib
import io
import json
import os
import sys
import time
import uuid
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from server import ACCOUNT, REGION

# Handlers get the boto3 that these tests have; a server is started after this line was read.
os.environ.setdefault("TIDEMILL_SITE_PACKAGES", str(Path(boto3.__file__).parent.parent))

RUNTIME = f"python3.{sys.version_info.minor}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"

ECHO = """
import os
def handler(event, context):
    print("got", event)
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError(event["fail"])
    return {"event": event, "who": os.environ.get("WHO"), "id": context.aws_request_id,
            "arn": context.invoked_function_arn}
"""

# Writes what it got where the test can see it: /tmp is the sandbox's own.
FORWARD = """
import json, os, urllib.request
import boto3
sqs = boto3.client("sqs")
def handler(event, context):
    failures = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        if body.get("fail"):
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        sqs.send_message(QueueUrl=os.environ["TARGET"], MessageBody=json.dumps(
            {"body": body, "batch": len(event["Records"]), "record": record}))
    return {"batchItemFailures": failures}
"""

WAIT = """
import time
def handler(event, context):
    time.sleep(event["seconds"])
    return "rested"
"""


def package(code, **more):
    """A zip of `app.py` and whatever else."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", code)
        for path, content in more.items():
            archive.writestr(path, content)
    return buffer.getvalue()


@pytest.fixture
def lambdas(client):
    return client("lambda")


@pytest.fixture
def sqs(client):
    return client("sqs")


@pytest.fixture
def deploy(lambdas, name):
    """`deploy(CODE, Timeout=5)`: a function; returns its name."""
    made = []

    def create(code=ECHO, **parameters):
        function = name("fn")
        lambdas.create_function(
            FunctionName=function,
            Role=ROLE,
            Code={"ZipFile": package(code)},
            **{"Runtime": RUNTIME, "Handler": "app.handler", "Timeout": 30, **parameters},
        )
        made.append(function)
        return function

    yield create
    for function in made:
        try:
            lambdas.delete_function(FunctionName=function)
        except lambdas.exceptions.ResourceNotFoundException:
            pass


def invoke(lambdas, function, event, **parameters):
    answer = lambdas.invoke(FunctionName=function, Payload=json.dumps(event), **parameters)
    return answer, json.loads(answer["Payload"].read() or "null")


def refused(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"]


def test_a_function_is_deployed_shown_changed_and_deleted(lambdas, deploy):
    function = deploy(Environment={"Variables": {"WHO": "me"}}, Tags={"team": "a"})
    shown = lambdas.get_function(FunctionName=function)
    configuration = shown["Configuration"]
    assert configuration["State"] == "Active" and configuration["LastUpdateStatus"] == "Successful"
    assert configuration["FunctionArn"] == f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    assert configuration["CodeSize"] == len(package(ECHO))
    assert shown["Tags"] == {"team": "a"}
    lambdas.get_waiter("function_active_v2").wait(FunctionName=function)

    _, result = invoke(lambdas, function, {"a": 1})
    assert (result["event"], result["who"]) == ({"a": 1}, "me")

    lambdas.update_function_configuration(
        FunctionName=function, Environment={"Variables": {"WHO": "you"}}, Timeout=7
    )
    lambdas.get_waiter("function_updated_v2").wait(FunctionName=function)
    _, result = invoke(lambdas, function, {})
    assert result["who"] == "you"

    revision = lambdas.get_function_configuration(FunctionName=function)["RevisionId"]
    changed = "def handler(event, context):\n    return 'second'\n"
    lambdas.update_function_code(
        FunctionName=function, ZipFile=package(changed), RevisionId=revision
    )
    assert invoke(lambdas, function, {})[1] == "second"
    assert "PreconditionFailedException" == refused(
        lambdas.update_function_code,
        FunctionName=function,
        ZipFile=package(ECHO),
        RevisionId=revision,
    )

    names = [
        listed["FunctionName"]
        for page in lambdas.get_paginator("list_functions").paginate(
            PaginationConfig={"PageSize": 1}
        )
        for listed in page["Functions"]
    ]
    assert function in names and names == sorted(names)
    lambdas.delete_function(FunctionName=function)
    assert refused(lambdas.get_function, FunctionName=function) == "ResourceNotFoundException"
    assert refused(lambdas.invoke, FunctionName=function) == "ResourceNotFoundException"


def test_an_invocation_answers_with_its_result_its_error_and_its_log(lambdas, deploy):
    function = deploy()
    answer, result = invoke(lambdas, function, {"x": "é"}, LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer
    assert result["event"] == {"x": "é"} and result["id"] == request_id
    assert answer["ExecutedVersion"] == "$LATEST"
    assert f"START RequestId: {request_id} Version: $LATEST" in log
    assert "got {'x': 'é'}" in log and f"END RequestId: {request_id}" in log
    assert f"REPORT RequestId: {request_id}\tDuration:" in log

    answer, result = invoke(lambdas, function, {"fail": "no luck"})
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled"
    assert result["errorType"] == "ValueError" and result["errorMessage"] == "no luck"

    _, result = invoke(lambdas, function, {}, Qualifier="$LATEST")
    assert result["arn"].endswith(":$LATEST")
    assert lambdas.invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"] == 204


def test_a_function_that_takes_too_long_is_stopped(lambdas, deploy):
    function = deploy(WAIT, Timeout=1)
    started = time.monotonic()
    answer, result = invoke(lambdas, function, {"seconds": 30})
    assert time.monotonic() - started < 29
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in result["errorMessage"]
    assert invoke(lambdas, function, {"seconds": 0})[1] == "rested"


def test_logs_are_read_through_cloudwatch(lambdas, client, deploy, until):
    function = deploy()
    _, first = invoke(lambdas, function, {"marker": "one"})
    _, second = invoke(lambdas, function, {"marker": "two"})
    logs, group = client("logs"), f"/aws/lambda/{function}"

    def found(pattern):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern=pattern
        )
        return [event["message"] for page in pages for event in page["events"]]

    until(lambda: len(found("REPORT")) == 2)
    assert any(first["id"] in message for message in found("START"))
    assert found('"marker" "two"') and not found("three")
    assert group in [
        shown["logGroupName"]
        for shown in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    ]
    stream = logs.describe_log_streams(
        logGroupName=group, orderBy="LastEventTime", descending=True
    )["logStreams"][0]["logStreamName"]
    where = {"logGroupName": group, "logStreamName": stream}
    page = logs.get_log_events(**where, startFromHead=True, limit=2)
    assert page["events"][1]["message"].startswith("START RequestId: ")
    again = logs.get_log_events(**where, nextToken=page["nextForwardToken"])
    assert again["events"] and again["events"][0] not in page["events"]
    logs.delete_log_group(logGroupName=group)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        found("START")


def test_an_asynchronous_invocation_is_accepted_and_run(lambdas, client, deploy, until):
    function = deploy()
    answer = lambdas.invoke(FunctionName=function, InvocationType="Event", Payload=b'{"n":1}')
    assert answer["StatusCode"] == 202
    logs, group = client("logs"), f"/aws/lambda/{function}"

    def starts():
        found = logs.filter_log_events(logGroupName=group, filterPattern="START")
        return [event["message"] for event in found["events"]]

    def has_started():
        try:
            return starts()
        except logs.exceptions.ResourceNotFoundException:
            return False

    request_id = answer["ResponseMetadata"]["RequestId"]
    until(lambda: any(request_id in message for message in has_started() or []))


def test_bad_requests_are_refused_as_aws_refuses_them(lambdas, deploy, name):
    function = deploy()
    good = dict(
        FunctionName=name("fn"),
        Role=ROLE,
        Runtime=RUNTIME,
        Handler="app.handler",
        Code={"ZipFile": package(ECHO)},
    )
    create, invalid = lambdas.create_function, "InvalidParameterValueException"
    assert refused(create, **{**good, "FunctionName": function}) == "ResourceConflictException"
    assert refused(create, **{**good, "Code": {"ZipFile": b"no zip"}}) == invalid
    assert refused(create, **{**good, "Runtime": "nodejs22.x"}) == invalid
    assert refused(create, **{**good, "Runtime": "python3.6"}) == invalid
    assert refused(create, **{**good, "Publish": True}) == invalid
    assert refused(create, **{**good, "Timeout": 901}) == "ValidationException"
    outside = io.BytesIO()
    with zipfile.ZipFile(outside, "w") as archive:
        archive.writestr("../evil.py", "")
    assert refused(create, **{**good, "Code": {"ZipFile": outside.getvalue()}}) == invalid
    big = {"FunctionName": function, "Payload": b'"' + b"x" * (6 << 20) + b'"'}
    assert refused(lambdas.invoke, **big) == "RequestTooLargeException"
    assert (
        refused(lambdas.invoke, FunctionName=function, Payload=b"{no json")
        == "InvalidRequestContentException"
    )
    assert (
        refused(lambdas.invoke, FunctionName=function, Qualifier="7")
        == "ResourceNotFoundException"
    )


def test_reserved_concurrency_throttles(lambdas, deploy):
    function = deploy()
    lambdas.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with pytest.raises(lambdas.exceptions.TooManyRequestsException) as raised:
        lambdas.invoke(FunctionName=function)
    reason = raised.value.response["Reason"]
    assert reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    lambdas.delete_function_concurrency(FunctionName=function)
    assert invoke(lambdas, function, {})[1]["event"] == {}


@pytest.fixture
def bucket(client, name):
    """A bucket of the test's own."""
    made = name("bucket")
    client("s3").create_bucket(Bucket=made)
    return made


def test_a_package_comes_out_of_a_bucket(lambdas, client, bucket, name):
    s3, function = client("s3"), name("fn")
    # Larger than what is kept in the log itself, so that a blob is read too.
    zipped = package(ECHO, filler=os.urandom(100_000))
    s3.put_object(Bucket=bucket, Key="small.zip", Body=package(WAIT))
    s3.put_object(Bucket=bucket, Key="large.zip", Body=zipped)
    parameters = dict(FunctionName=function, Role=ROLE, Runtime=RUNTIME, Handler="app.handler")
    with pytest.raises(lambdas.exceptions.InvalidParameterValueException, match="NoSuchKey"):
        lambdas.create_function(**parameters, Code={"S3Bucket": bucket, "S3Key": "none.zip"})
    lambdas.create_function(**parameters, Code={"S3Bucket": bucket, "S3Key": "small.zip"})
    assert invoke(lambdas, function, {"seconds": 0})[1] == "rested"
    changed = lambdas.update_function_code(
        FunctionName=function, S3Bucket=bucket, S3Key="large.zip"
    )
    assert changed["CodeSha256"] == base64.b64encode(hashlib.sha256(zipped).digest()).decode()
    assert invoke(lambdas, function, {"a": 1})[1]["event"] == {"a": 1}
    lambdas.delete_function(FunctionName=function)


def test_a_buckets_events_run_a_function(lambdas, client, deploy, bucket, until):
    function, s3, logs = deploy(), client("s3"), client("logs")
    arn = lambdas.get_function_configuration(FunctionName=function)["FunctionArn"]
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [
                {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
            ]
        },
    )
    s3.put_object(Bucket=bucket, Key="photo.jpg", Body=b"...")

    def printed():
        try:
            found = logs.filter_log_events(
                logGroupName=f"/aws/lambda/{function}", filterPattern="photo.jpg"
            )
        except logs.exceptions.ResourceNotFoundException:
            return []
        return found["events"]

    (event,) = until(printed)
    assert "ObjectCreated:Put" in event["message"] and bucket in event["message"]


def test_the_aws_cli_deploys_runs_and_deletes(aws, name, tmp_path):
    function, zipped, out = name("fn"), tmp_path / "code.zip", tmp_path / "out.json"
    payload = tmp_path / "payload.json"
    zipped.write_bytes(package(ECHO))
    payload.write_text('{"a":1}')
    made = aws(
        "lambda", "create-function", "--function-name", function, "--runtime", RUNTIME,
        "--handler", "app.handler", "--role", ROLE, "--zip-file", f"fileb://{zipped}",
    )  # fmt: skip
    assert made["State"] == "Active"
    answer = aws(
        "lambda", "invoke", "--function-name", function, "--payload", f"fileb://{payload}",
        "--log-type", "Tail", out,
    )  # fmt: skip
    assert answer["StatusCode"] == 200 and json.loads(out.read_text())["event"] == {"a": 1}
    listed = aws("lambda", "list-functions")["Functions"]
    assert function in [one["FunctionName"] for one in listed]
    aws("lambda", "delete-function", "--function-name", function)
    gone = aws("lambda", "get-function", "--function-name", function, check=False)
    assert "ResourceNotFoundException" in gone.stderr


def test_permissions_and_tags_are_kept(lambdas, deploy):
    function = deploy()
    arn = lambdas.get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    lambdas.add_permission(
        FunctionName=function,
        StatementId="s3",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::photos",
    )
    policy = json.loads(lambdas.get_policy(FunctionName=function)["Policy"])
    assert policy["Statement"][0]["Principal"] == {"Service": "s3.amazonaws.com"}
    lambdas.remove_permission(FunctionName=function, StatementId="s3")
    assert refused(lambdas.get_policy, FunctionName=function) == "ResourceNotFoundException"
    lambdas.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
    lambdas.untag_resource(Resource=arn, TagKeys=["a"])
    assert lambdas.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert lambdas.list_versions_by_function(FunctionName=function)["Versions"]
    assert lambdas.get_function_code_signing_config(FunctionName=function)["FunctionName"]


@pytest.fixture
def pipeline(lambdas, sqs, deploy, name):
    """A source queue, a function that forwards, a target queue, and a mapping between them."""

    def build(suffix="", visibility=30, timeout=30, **mapping):
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if suffix else {}
        source = sqs.create_queue(
            QueueName=name("source", suffix),
            Attributes={"VisibilityTimeout": str(visibility), **fifo},
        )["QueueUrl"]
        target = sqs.create_queue(QueueName=name("target"))["QueueUrl"]
        function = deploy(
            FORWARD, Timeout=timeout, Environment={"Variables": {"TARGET": target}}
        )
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{source.rsplit('/', 1)[1]}"
        made = lambdas.create_event_source_mapping(
            FunctionName=function, EventSourceArn=arn, **mapping
        )
        return source, target, function, made["UUID"]

    return build


def take(sqs, url, count, seconds=120):
    """Receives and deletes `count` messages, or what came in time."""
    taken, deadline = [], time.monotonic() + seconds
    while len(taken) < count and time.monotonic() < deadline:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in received.get("Messages", []):
            taken.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return taken


def depth(sqs, url):
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return int(shown["ApproximateNumberOfMessages"]) + int(
        shown["ApproximateNumberOfMessagesNotVisible"]
    )


def test_a_queue_feeds_a_function(lambdas, sqs, pipeline, until):
    source, target, function, mapping = pipeline(BatchSize=5)
    for number in range(0, 20, 10):
        sqs.send_message_batch(
            QueueUrl=source,
            Entries=[
                {
                    "Id": str(n),
                    "MessageBody": json.dumps({"n": n}),
                    "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}},
                }
                for n in range(number, number + 10)
            ],
        )
    taken = take(sqs, target, 20)
    assert sorted(message["body"]["n"] for message in taken) == list(range(20))
    assert all(1 <= message["batch"] <= 5 for message in taken)
    record = taken[0]["record"]
    assert record["eventSource"] == "aws:sqs" and record["awsRegion"] == REGION
    assert record["eventSourceARN"].endswith(source.rsplit("/", 1)[1])
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["k"]["stringValue"] == "v"
    until(lambda: depth(sqs, source) == 0)
    shown = lambdas.get_event_source_mapping(UUID=mapping)
    assert shown["State"] == "Enabled" and shown["BatchSize"] == 5
    listed = lambdas.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    assert [one["UUID"] for one in listed] == [mapping]


def test_only_what_failed_in_a_batch_comes_back(sqs, pipeline, until):
    source, target, _, _ = pipeline(
        visibility=8, timeout=8, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    entries = [
        {"Id": str(n), "MessageBody": json.dumps({"n": n, "fail": n == 3})} for n in range(6)
    ]
    sqs.send_message_batch(QueueUrl=source, Entries=entries)
    taken = take(sqs, target, 5)
    assert sorted(message["body"]["n"] for message in taken) == [0, 1, 2, 4, 5]
    until(lambda: depth(sqs, source) == 1)
    assert take(sqs, target, 1, seconds=12) == [], "what succeeded is not run again"


def test_a_mapping_is_disabled_enabled_and_deleted_without_a_restart(
    lambdas, sqs, pipeline, until
):
    source, target, _, mapping = pipeline(Enabled=False)
    sqs.send_message(QueueUrl=source, MessageBody='{"n":1}')
    assert take(sqs, target, 1, seconds=2) == []
    lambdas.update_event_source_mapping(UUID=mapping, Enabled=True)
    assert len(take(sqs, target, 1)) == 1
    assert lambdas.delete_event_source_mapping(UUID=mapping)["State"] == "Deleting"
    assert (
        refused(lambdas.get_event_source_mapping, UUID=mapping) == "ResourceNotFoundException"
    )
    sqs.send_message(QueueUrl=source, MessageBody='{"n":2}')
    assert take(sqs, target, 1, seconds=2) == []


def test_a_throttled_delivery_burns_no_receive(lambdas, sqs, pipeline):
    source, target, function, mapping = pipeline(Enabled=False)
    lambdas.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    lambdas.update_event_source_mapping(UUID=mapping, Enabled=True)
    sqs.send_message(QueueUrl=source, MessageBody='{"n":1}')
    time.sleep(3)
    lambdas.delete_function_concurrency(FunctionName=function)
    (taken,) = take(sqs, target, 1)
    assert taken["record"]["attributes"]["ApproximateReceiveCount"] == "1"


# How a handler can fail besides raising, and whether its process is still good afterwards.
FAILURES = {
    # The process is gone, not just the call: nothing is left that could answer.
    "exits": ("import os\ndef handler(event, context):\n    os._exit(3)\n", False),
    "hangs": ("import time\ndef handler(event, context):\n    time.sleep(600)\n", False),
    # Touched page by page: address space alone costs nothing.
    "takes-1-gib-of-128-mib": (
        """
def handler(event, context):
    hoard = []
    while sum(map(len, hoard)) < 1 << 30:
        hoard.append(b"x" * (16 << 20))
""",
        False,
    ),
    "takes-1-gib-through-a-child": (
        """
import subprocess, sys
def handler(event, context):
    hoard = "import time; hoard = b'x' * (1 << 30); time.sleep(600)"
    return subprocess.run([sys.executable, "-c", hoard]).returncode
""",
        False,
    ),
    "answers-no-json": ("def handler(event, context):\n    return object()\n", True),
    "answers-nonsense": (
        "def handler(event, context):\n    return {'batchItemFailures': 'all of them'}\n",
        True,
    ),
    # The child leaves the session, the process group and the environment, and has no parent.
    "leaves-a-child": (
        """
import os, sys, time
def handler(event, context):
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execve(sys.executable, ["child", "-c", "import time; time.sleep(600)", name], {})
        os._exit(0)
    time.sleep(0.2)  # until it is what it wants to be
    os._exit(0)
""",
        False,
    ),
}


def processes(function):
    """Processes of this machine that have the function's name, which is unique, about them."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            about = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended, or is somebody else's
        if function.encode() in about:
            found.append(int(folder.name))
    return found


@pytest.mark.parametrize(("code", "stays"), FAILURES.values(), ids=FAILURES.keys())
def test_what_keeps_failing_ends_in_the_dead_letter_queue(
    lambdas, sqs, client, deploy, name, until, code, stays
):
    def arn(url):
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rsplit('/', 1)[1]}"

    # What fails at once must not be stopped first, however slow the machine.
    seconds = "5" if stays else "1"
    dead = sqs.create_queue(QueueName=name("dead"))["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": 2}
    source = sqs.create_queue(
        QueueName=name("source"),
        Attributes={"VisibilityTimeout": seconds, "RedrivePolicy": json.dumps(redrive)},
    )["QueueUrl"]
    function = deploy(code, Timeout=int(seconds), MemorySize=128)
    lambdas.create_event_source_mapping(
        FunctionName=function,
        EventSourceArn=arn(source),
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )
    sqs.send_message(QueueUrl=source, MessageBody='{"n":1}')
    assert take(sqs, dead, 1) == [{"n": 1}]
    assert depth(sqs, source) == 0

    def starts():
        return client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{function}", filterPattern='"START RequestId"'
        )["events"]

    until(lambda: len(starts()) >= 2)
    assert len(starts()) == 2, "run as often as it may be received"
    if stays:
        assert processes(function) or not Path("/proc").exists()
        lambdas.delete_function(FunctionName=function)
    until(lambda: not processes(function))


# What whoever called it is told.
TOLD = {
    "exits": ("Runtime.ExitError", "Runtime exited"),
    "hangs": ("Sandbox.Timedout", "Task timed out after 3.00 seconds"),
    "takes-1-gib-of-128-mib": ("Runtime.ExitError", "signal: killed"),
    "takes-1-gib-through-a-child": ("Runtime.ExitError", "signal: killed"),
    "answers-no-json": ("Runtime.MarshalError", "not JSON serializable"),
    "leaves-a-child": ("Runtime.ExitError", "Runtime exited"),
}


@pytest.mark.parametrize(("failure", "told"), TOLD.items(), ids=TOLD.keys())
def test_the_caller_is_told_how_a_handler_failed(lambdas, deploy, until, failure, told):
    code, stays = FAILURES[failure]
    function = deploy(code, Timeout=3 if failure == "hangs" else 60, MemorySize=128)
    answer, result = invoke(lambdas, function, {})
    assert answer["StatusCode"] == 200 and answer["FunctionError"] == "Unhandled"
    kind, part = told
    assert result["errorType"] == kind and part in result["errorMessage"], result
    if not stays:
        until(lambda: not processes(function))


def test_a_gigabyte_of_output_is_cut_and_does_no_harm(lambdas, client, deploy):
    code = """
import sys
def handler(event, context):
    line = "x" * 1023 + "\\n"
    for _ in range(1 << 20):
        sys.stdout.write(line)
    return "done"
"""
    function = deploy(code, Timeout=60)
    _, result = invoke(lambdas, function, {}, LogType="Tail")
    assert result == "done", "a function never waits for its output to be taken"
    pages = client("logs").get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{function}"
    )
    kept = [event["message"] for page in pages for event in page["events"]]
    assert sum(map(len, kept)) < 64 << 20, "and what is kept of it is bounded"
    assert any(message.startswith("REPORT") for message in kept)
    assert invoke(lambdas, function, {})[1] == "done"


def test_a_fifo_queue_is_run_in_order(sqs, pipeline):
    source, target, _, _ = pipeline(suffix=".fifo", BatchSize=3)
    for n in range(10):
        sqs.send_message(
            QueueUrl=source, MessageBody=json.dumps({"n": n}), MessageGroupId="one"
        )
    taken = take(sqs, target, 10)
    assert sorted(message["body"]["n"] for message in taken) == list(range(10))
    order = sorted(taken, key=lambda message: message["record"]["attributes"]["SequenceNumber"])
    assert [message["body"]["n"] for message in order] == list(range(10))


def test_a_batch_window_gathers_messages(sqs, pipeline):
    source, target, _, _ = pipeline(
        visibility=30, BatchSize=100, MaximumBatchingWindowInSeconds=5
    )
    for n in range(8):
        sqs.send_message(QueueUrl=source, MessageBody=json.dumps({"n": n}))
    taken = take(sqs, target, 8)
    assert len(taken) == 8 and max(message["batch"] for message in taken) > 4


def test_bad_mappings_are_refused(lambdas, sqs, deploy, name):
    function = deploy()
    queue = sqs.create_queue(QueueName=name("source"))["QueueUrl"].rsplit("/", 1)[1]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
    create, invalid = lambdas.create_event_source_mapping, "InvalidParameterValueException"
    missing = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name('none')}"
    assert refused(create, FunctionName=function, EventSourceArn=missing) == invalid
    assert refused(create, FunctionName=function, EventSourceArn=arn, BatchSize=11) == invalid
    assert (
        refused(create, FunctionName=name("none"), EventSourceArn=arn)
        == "ResourceNotFoundException"
    )
    at_most = {"FunctionName": function, "Timeout": 30}
    lambdas.update_function_configuration(**{**at_most, "Timeout": 31})
    assert refused(create, FunctionName=function, EventSourceArn=arn) == invalid
    lambdas.update_function_configuration(**at_most)
    made = create(FunctionName=function, EventSourceArn=arn)["UUID"]
    # As on AWS, a function may outgrow its mapping, which then cannot be updated.
    lambdas.update_function_configuration(**{**at_most, "Timeout": 31})
    update = lambdas.update_event_source_mapping
    assert refused(update, UUID=made, BatchSize=5) == invalid
    lambdas.update_function_configuration(**at_most)
    assert update(UUID=made, BatchSize=5)["BatchSize"] == 5
    twice = refused(create, FunctionName=function, EventSourceArn=arn)
    assert twice == "ResourceConflictException"
    unknown = str(uuid.uuid4())
    assert (
        refused(lambdas.get_event_source_mapping, UUID=unknown) == "ResourceNotFoundException"
    )


def test_what_was_accepted_survives_a_kill(start_server, until):
    """Functions, mappings and accepted events are there after kill -9, and the events run."""
    server = start_server()
    lambdas, logs = server.client("lambda"), server.client("logs")
    lambdas.create_function(
        FunctionName="slow",
        Role=ROLE,
        Runtime=RUNTIME,
        Handler="app.handler",
        Timeout=60,
        Code={"ZipFile": package(WAIT)},
    )
    accepted = [
        lambdas.invoke(FunctionName="slow", InvocationType="Event", Payload=b'{"seconds": 2}')[
            "ResponseMetadata"
        ]["RequestId"]
        for _ in range(3)
    ]
    server.restart()
    lambdas, logs = server.client("lambda"), server.client("logs")
    assert lambdas.get_function(FunctionName="slow")["Configuration"]["State"] == "Active"

    def reports():
        try:
            found = logs.filter_log_events(
                logGroupName="/aws/lambda/slow", filterPattern="REPORT"
            )["events"]
        except logs.exceptions.ResourceNotFoundException:
            return set()
        return {event["message"].split("RequestId: ")[1].split("\t")[0] for event in found}

    until(lambda: set(accepted) <= reports())
