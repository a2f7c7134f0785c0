"""The function: takes bucket notices from the queue, has each document proofread, keeps the result.

Plain boto3, as it would run anywhere. A document whose proofreading fails is reported back, and
only that one is tried again (`ReportBatchItemFailures`).
"""

import http.client
import json
import os
import time
import urllib.parse

import boto3

s3 = boto3.client("s3")
RESULTS = os.environ["RESULTS_BUCKET"]
SERVICE = urllib.parse.urlsplit(os.environ["PROOFREADING_URL"])


class Refused(Exception):
    """The proofreading service said no."""


def handler(event, context):
    """One batch of the queue."""
    failures = []
    for record in event["Records"]:
        try:
            accept(record, context)
        except Exception as error:
            # One line that names the message: it is how a dead letter is explained later.
            print(f"FAILED {record['messageId']} {type(error).__name__}: {error}", flush=True)
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def accept(record, context):
    """One message: a notice of one or more new documents, or S3's test notice."""
    notice = json.loads(record["body"])
    for entry in notice.get("Records", []):
        bucket = entry["s3"]["bucket"]["name"]
        # Keys travel form-encoded in notices: a space is a plus.
        key = urllib.parse.unquote_plus(entry["s3"]["object"]["key"])
        started = time.time()
        document = s3.get_object(Bucket=bucket, Key=key)
        text = proofread(key, document["Body"], document["ContentLength"])
        keep(record, context, bucket, key, document, text, started)


def proofread(key, body, length):
    """Streams the document to the service and returns the normalized text."""
    connection = http.client.HTTPConnection(SERVICE.hostname, SERVICE.port, timeout=20)
    try:
        connection.putrequest("POST", "/proofread")
        connection.putheader("Content-Length", str(length))
        connection.putheader("Document-Name", urllib.parse.quote(key))
        connection.endheaders()
        while piece := body.read(256 * 1024):
            connection.send(piece)
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise Refused(f"{response.status} {answer.decode(errors='replace').strip()}")
        return answer
    finally:
        connection.close()


def keep(record, context, bucket, key, document, text, started):
    """Writes the text, then the record: a record without its text must never be seen."""
    s3.put_object(
        Bucket=RESULTS,
        Key=f"normalized/{key}.txt",
        Body=text,
        ContentType="text/plain; charset=utf-8",
    )
    attributes = record["attributes"]
    entry = {
        "document": key,
        "bucket": bucket,
        "bytes": document["ContentLength"],
        "etag": document["ETag"],
        "message": record["messageId"],
        "attempt": int(attributes["ApproximateReceiveCount"]),
        "request": context.aws_request_id,
        "seconds": round(time.time() - started, 3),
    }
    # One record for each run that succeeded, so that whoever counts can see a document done twice.
    s3.put_object(
        Bucket=RESULTS,
        Key=f"records/{key}/{record['messageId']}-{entry['attempt']}.json",
        Body=json.dumps(entry).encode(),
        ContentType="application/json",
    )
