"""Sets the pipeline up with plain boto3, as one would on AWS.

    bucket INTAKE ──notice──▶ queue ──mapping──▶ function ──▶ bucket RESULTS
                                │  refused three times
                                ▼
                          dead-letter queue

    eval "$(tidemill env)"; python deploy.py --proofreading http://127.0.0.1:8600
"""

import argparse
import io
import json
import sys
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import boto3

INTAKE = "document-intake"
RESULTS = "document-results"
QUEUE = "documents"
DEAD_LETTERS = "documents-dead"
FUNCTION = "proofread"
ROLE = "proofread-role"

# A message that a killed function held comes back after this; AWS advises six times the
# function's timeout, which would make the demo wait for a minute and prove nothing more.
FUNCTION_SECONDS_MAX = 10
VISIBILITY_SECONDS = 15
ATTEMPTS_MAX = 3
BATCH = 4
CONCURRENCY_MAX = 8


@dataclass
class Pipeline:
    """What was made: names for whoever watches."""

    queue_url: str
    queue_arn: str
    dead_letters_url: str
    dead_letters_arn: str
    function_arn: str
    mapping: str


def deploy(proofreading_url, connect=boto3.client):
    """Makes everything, in the order in which each thing needs the one before."""
    s3, sqs = connect("s3"), connect("sqs")
    iam, functions = connect("iam"), connect("lambda")

    for bucket in (INTAKE, RESULTS):
        s3.create_bucket(Bucket=bucket)

    dead_url = sqs.create_queue(QueueName=DEAD_LETTERS)["QueueUrl"]
    dead_arn = arn_of(sqs, dead_url)
    redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": ATTEMPTS_MAX}
    attributes = {
        "VisibilityTimeout": str(VISIBILITY_SECONDS),
        "RedrivePolicy": json.dumps(redrive),
    }
    queue_url = sqs.create_queue(QueueName=QUEUE, Attributes=attributes)["QueueUrl"]
    queue_arn = arn_of(sqs, queue_url)
    sqs.set_queue_attributes(
        QueueUrl=queue_url, Attributes={"Policy": json.dumps(bucket_may_send(queue_arn))}
    )

    role = iam.create_role(
        RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(trusts_functions())
    )["Role"]
    iam.put_role_policy(
        RoleName=ROLE, PolicyName="pipeline", PolicyDocument=json.dumps(may_work(queue_arn))
    )
    function_arn = functions.create_function(
        FunctionName=FUNCTION,
        # The host's own: a version that it lacks is refused by name.
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=role["Arn"],
        Handler="handler.handler",
        Code={"ZipFile": package()},
        Timeout=FUNCTION_SECONDS_MAX,
        MemorySize=256,
        Environment={
            "Variables": {"RESULTS_BUCKET": RESULTS, "PROOFREADING_URL": proofreading_url}
        },
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)
    mapping = functions.create_event_source_mapping(
        FunctionName=FUNCTION,
        EventSourceArn=queue_arn,
        BatchSize=BATCH,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": CONCURRENCY_MAX},
    )["UUID"]
    wait_until_enabled(functions, mapping)

    # Last, so that no document is announced before somebody listens.
    notice = {"QueueArn": queue_arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=INTAKE, NotificationConfiguration={"QueueConfigurations": [notice]}
    )
    return Pipeline(queue_url, queue_arn, dead_url, dead_arn, function_arn, mapping)


def arn_of(sqs, url):
    """The ARN of the queue at `url`."""
    reply = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return reply["Attributes"]["QueueArn"]


def wait_until_enabled(functions, mapping):
    """A mapping is made in the background, on AWS for up to a minute."""
    deadline = time.monotonic() + 90
    while functions.get_event_source_mapping(UUID=mapping)["State"] != "Enabled":
        if time.monotonic() > deadline:
            raise TimeoutError(f"event source mapping {mapping} is not enabled")
        time.sleep(0.2)


def package():
    """The function's code, as `zip function.zip handler.py` would pack it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(Path(__file__).with_name("handler.py"), "handler.py")
    return packed.getvalue()


def bucket_may_send(queue_arn):
    """The queue's policy: only this bucket puts notices into it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::{INTAKE}"}},
            }
        ],
    }


def trusts_functions():
    """The role's trust: functions may take it on."""
    principal = {"Service": "lambda.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def may_work(queue_arn):
    """What the function needs, and no more."""
    from_queue = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": from_queue, "Resource": queue_arn},
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{INTAKE}/*",
            },
            {
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": f"arn:aws:s3:::{RESULTS}/*",
            },
        ],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--proofreading", required=True, help="URL of the proofreading service")
    print(deploy(parser.parse_args().proofreading))
