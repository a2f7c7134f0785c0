"""A disk that fills up, and the way back that docs/operate.md gives.

The data directory lies on a file system of its own, small and in memory, beside a file that is
there to be deleted when the disk is full. Bounded by that size in what it writes.
"""

import os
import signal
import subprocess
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

MIB = 1024**2
SIZE = 440 * MIB
BALLAST = 200 * MIB
OBJECT = MIB
BODY = "x" * 25_000
BUCKET = "archive"


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a file system of `SIZE` bytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def store_until_refused(s3):
    """Stores objects until one is refused; returns the keys, and the refusal."""
    keys = []
    for number in range(SIZE // OBJECT):
        key = f"object-{number}"
        try:
            s3.put_object(Bucket=BUCKET, Key=key, Body=os.urandom(OBJECT))
        except ClientError as error:
            return keys, error.response
        keys.append(key)
    pytest.fail("more was stored than there is room for")


def send_until_the_end(server, sqs, url):
    """Sends messages until the server ends; returns those that were acknowledged."""
    sent, deadline = [], time.monotonic() + 60
    while server.is_running and time.monotonic() < deadline:
        numbers = range(len(sent), len(sent) + 10)
        entries = [{"Id": str(n), "MessageBody": f"{n}/{BODY}"} for n in numbers]
        try:
            answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        except (BotoCoreError, ClientError):
            time.sleep(0.1)
            continue
        assert len(answer["Successful"]) == len(entries), answer
        sent += [str(n) for n in numbers]
    return sent


def received(sqs, url):
    """The numbers of all messages that wait in a queue."""
    found = set()
    while True:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600, WaitTimeSeconds=1
        )
        if not answer.get("Messages"):
            return found
        found |= {message["Body"].split("/")[0] for message in answer["Messages"]}


def test_a_full_disk_loses_nothing_and_room_brings_everything_back(small_disk, start_server):
    ballast = small_disk / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, BALLAST)
    server = start_server(small_disk / "data", log_path=small_disk.parent / "server.log")
    s3, sqs = server.client("s3"), server.client("sqs")
    s3.create_bucket(Bucket=BUCKET)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]

    # Objects are refused, and everything else goes on.
    keys, refusal = store_until_refused(s3)
    assert len(keys) > 10
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert refusal["Error"]["Code"] == "ServiceUnavailable"
    assert "disk is full" in refusal["Error"]["Message"]
    assert len(s3.get_object(Bucket=BUCKET, Key=keys[-1])["Body"].read()) == OBJECT
    listed = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    assert sum(page["KeyCount"] for page in listed) == len(keys), "what was refused is not there"

    # Where the log itself does not fit, the process ends rather than promise.
    sent = send_until_the_end(server, sqs, url)
    assert len(sent) > 100
    assert server.process.wait(10) == -signal.SIGABRT
    assert "could not append to the log: No space left on device" in server.output()

    # Room, a start, and what was acknowledged is there.
    ballast.unlink()
    server.start()
    s3, sqs = server.client("s3"), server.client("sqs")
    for key in keys:
        assert len(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) == OBJECT
    s3.put_object(Bucket=BUCKET, Key="after", Body=os.urandom(OBJECT))
    assert set(sent) <= received(sqs, url)
