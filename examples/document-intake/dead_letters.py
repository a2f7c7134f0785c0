"""Dead letters: what could not be done, why, and the way back.

    python dead_letters.py list
    python dead_letters.py redrive      once the cause is mended
"""

import json
import sys
import time
import urllib.parse

import boto3

from deploy import DEAD_LETTERS, FUNCTION


def listed(connect=boto3.client, seconds=20):
    """Every dead letter as (document, message id, last error), without taking any away.

    SQS has no way to look without receiving, so each is received and at once given back.
    """
    sqs = connect("sqs")
    url = sqs.get_queue_url(QueueName=DEAD_LETTERS)["QueueUrl"]
    errors = last_errors(connect("logs"))
    found = {}
    handles = []
    deadline = time.monotonic() + seconds
    while len(found) < waiting(sqs, url) + len(handles) and time.monotonic() < deadline:
        reply = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60, WaitTimeSeconds=1
        )
        for message in reply.get("Messages", []):
            handles.append(message["ReceiptHandle"])
            error = errors.get(message["MessageId"], "no log line names it")
            found[message["MessageId"]] = (document_of(message["Body"]), error)
        if not reply.get("Messages"):
            break
    for handle in handles:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return [(document, message, error) for message, (document, error) in found.items()]


def waiting(sqs, url):
    """How many messages can be received now."""
    which = "ApproximateNumberOfMessages"
    reply = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[which])
    return int(reply["Attributes"][which])


def document_of(body):
    """The document that a notice is about."""
    records = json.loads(body).get("Records", [])
    keys = [urllib.parse.unquote_plus(entry["s3"]["object"]["key"]) for entry in records]
    return ", ".join(keys)


def last_errors(logs):
    """The latest FAILED line of each message, from the function's own log."""
    errors = {}
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=f"/aws/lambda/{FUNCTION}", filterPattern="FAILED"
    )
    for page in pages:
        for event in page["events"]:
            words = event["message"].strip().split(" ", 2)
            if len(words) == 3 and words[0] == "FAILED":
                errors[words[1]] = words[2]
    return errors


def redrive(connect=boto3.client, seconds=120):
    """Sends every dead letter back to its queue; returns how many went."""
    sqs = connect("sqs")
    url = sqs.get_queue_url(QueueName=DEAD_LETTERS)["QueueUrl"]
    reply = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn = reply["Attributes"]["QueueArn"]
    sqs.start_message_move_task(SourceArn=arn)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        task = sqs.list_message_move_tasks(SourceArn=arn, MaxResults=1)["Results"][0]
        if task["Status"] == "COMPLETED":
            return task["ApproximateNumberOfMessagesMoved"]
        if task["Status"] in ("FAILED", "CANCELLED"):
            raise RuntimeError(f"the move task ended as {task['Status']}: {task}")
        time.sleep(0.2)
    raise TimeoutError("the move task does not come to an end")


if __name__ == "__main__":
    if sys.argv[1:] == ["list"]:
        for name, message_id, why in listed():
            print(f"{name}\t{message_id}\t{why}")
    elif sys.argv[1:] == ["redrive"]:
        print(f"{redrive()} messages moved back")
    else:
        sys.exit(__doc__)
