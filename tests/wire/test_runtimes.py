"""AWS's own runtimes, unmodified: `lambda_runtime` for Rust and `awslambdaric` for Python, each in
a package that a team would upload, run by the runtime `provided`."""

import base64
import io
import json
import os
import sys
import zipfile
from pathlib import Path

import awslambdaric
import pytest

from server import ACCOUNT, REGION

ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"

# What awslambdaric is made of, as `pip install --target` would lay it into the package.
AWSLAMBDARIC = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore")

FOLDERS = ("/usr/bin", "/usr/local/bin")
START = """\
#!/bin/sh
export PYTHONPATH="$LAMBDA_TASK_ROOT"
exec {python} -m awslambdaric "$_HANDLER"
"""

PYTHON_HANDLER = """
import logging
class OutOfStock(Exception):
    pass
def handler(event, context):
    print("asked for", event)
    logging.getLogger().error("logged %s", context.aws_request_id)
    if event.get("missing"):
        raise OutOfStock(f"there is no {event['missing']} left")
    return {"event": event, "request_id": context.aws_request_id,
            "arn": context.invoked_function_arn, "function": context.function_name,
            "memory": int(context.memory_limit_in_mb),
            "milliseconds_left": context.get_remaining_time_in_millis(),
            "custom": context.client_context and context.client_context.custom}
"""


def rust_package():
    """A zip of the Rust function that the task has built."""
    built = os.environ.get("TIDEMILL_RUST_FUNCTION")
    if not built:
        pytest.skip("the Rust function is built by `cargo xtask test wire`")
    return zipped({"bootstrap": (Path(built).read_bytes(), 0o755)})


def python_package():
    """A zip of `awslambdaric` as it is installed, a handler, and a `bootstrap` that starts it."""
    # The walls around a function hide home directories, where this test's Python may lie.
    found = [path for folder in FOLDERS if (path := Path(folder, VERSION)).exists()]
    if not found:
        pytest.skip(f"no {VERSION}, which awslambdaric is installed for, is where functions may go")
    start = START.format(python=found[0]).encode()
    files = {"bootstrap": (start, 0o755), "app.py": (PYTHON_HANDLER.encode(), 0o644)}
    packages = Path(awslambdaric.__file__).parent.parent
    for path in packages.rglob("*"):
        name = path.relative_to(packages)
        if name.parts[0].startswith(AWSLAMBDARIC) and path.is_file() and path.suffix != ".pyc":
            files[str(name)] = (path.read_bytes(), 0o644)
    return zipped(files)


def zipped(files):
    """A zip of files with their modes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return buffer.getvalue()


@pytest.fixture(params=["rust", "python"])
def function(request, client, name):
    """A function on one of AWS's runtimes; returns its name."""
    package = rust_package() if request.param == "rust" else python_package()
    made = name(request.param)
    lambdas = client("lambda")
    lambdas.create_function(
        FunctionName=made,
        Runtime="provided.al2023",
        Handler="app.handler",
        Role=ROLE,
        Code={"ZipFile": package},
        Timeout=30,
        MemorySize=192,
    )
    yield made
    lambdas.delete_function(FunctionName=made)


def invoke(client, function, event, **parameters):
    """Invokes; returns the answer, its payload and the end of its log."""
    answer = client("lambda").invoke(
        FunctionName=function, Payload=json.dumps(event), LogType="Tail", **parameters
    )
    # The tail is cut by bytes, as AWS cuts it, so a letter may lie on the edge.
    log = base64.b64decode(answer["LogResult"]).decode(errors="replace")
    return answer, json.loads(answer["Payload"].read()), log


def test_it_answers_and_knows_its_context(client, function):
    about = base64.b64encode(b'{"custom": {"k": "v"}}').decode()
    answer, result, log = invoke(client, function, {"x": "é"}, ClientContext=about)
    assert answer["StatusCode"] == 200 and "FunctionError" not in answer, result
    request_id = answer["ResponseMetadata"]["RequestId"]
    left = result.pop("milliseconds_left")
    assert 0 < left <= 30_000
    assert result == {
        "event": {"x": "é"},
        "request_id": request_id,
        "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}",
        "function": function,
        "memory": 192,
        "custom": {"k": "v"},
    }
    assert f"START RequestId: {request_id}" in log and "asked for " in log
    assert f"END RequestId: {request_id}" in log and "\tInit Duration: " in log


def test_an_error_has_the_type_that_the_handler_gave_it(client, function):
    answer, result, log = invoke(client, function, {"missing": "soap"})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (result["errorType"], result["errorMessage"]) == ("OutOfStock", "there is no soap left")
    assert "asked for " in log
    # An error is an answer: the process is as good as before, and starts nothing anew.
    answer, result, log = invoke(client, function, {"n": 2})
    assert result["event"] == {"n": 2} and "Init Duration" not in log


def test_a_large_event_and_a_large_answer_pass(client, function):
    text = "ü" * 1_000_000
    assert invoke(client, function, {"text": text})[1]["event"] == {"text": text}


def test_what_it_prints_is_in_its_log_group(client, function, until):
    request_id = invoke(client, function, {"marker": function})[0]["ResponseMetadata"]["RequestId"]

    def printed():
        found = client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{function}", filterPattern=f'"{function}"'
        )["events"]
        return [event["message"] for event in found if "asked for" in event["message"]]

    assert until(printed) and request_id


@pytest.mark.parametrize("function", ["rust"], indirect=True)
def test_a_panic_is_reported_and_the_next_call_is_served(client, function):
    answer, result, log = invoke(client, function, {"panic": True})
    assert answer["FunctionError"] == "Unhandled"
    # lambda_runtime catches it and names the type as Rust does.
    assert "core::any::Any" in result["errorType"] and "asked to panic" in result["errorMessage"]
    assert "panicked at src/main.rs" in log
    assert invoke(client, function, {})[1]["event"] == {}


def test_a_queue_feeds_it(client, function, name, until):
    sqs, lambdas = client("sqs"), client("lambda")
    queue = name("source")
    url = sqs.create_queue(QueueName=queue, Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    lambdas.create_event_source_mapping(
        FunctionName=function, EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
    )
    sqs.send_message(QueueUrl=url, MessageBody="from a queue")

    def is_done():
        shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return all(shown[name] == "0" for name in names)

    until(is_done)

    def is_seen():
        return client("logs").filter_log_events(
            logGroupName=f"/aws/lambda/{function}", filterPattern='"from a queue"'
        )["events"]

    until(is_seen)
