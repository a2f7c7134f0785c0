"""A disk that fills up: what is refused, what goes on, and that room brings everything back.

The data directory lies on a small ext4 file system of its own, in a file. What is written to it
is bounded by its size.
"""

import os
import subprocess
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError
from server import binary

MIB = 1024**2
SIZE = 560 * MIB
OBJECT = MIB
BODY = "x" * 25_000
BUCKET = "archive"


@pytest.fixture
def small_disk(tmp_path):
    """A directory on an ext4 file system of `SIZE` bytes."""
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    folder.mkdir()
    with open(image, "wb") as file:
        file.truncate(SIZE)
    for command in (
        ["mkfs.ext4", "-q", "-m", "0", str(image)],
        ["mount", "-o", "loop", str(image), str(folder)],
    ):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError as missing:
            pytest.skip(f"a small file system cannot be made here: {missing}")
        if done.returncode != 0:
            pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    image.unlink()


@pytest.fixture
def small_server(small_disk, start_server):
    """A server on that disk, with a bucket and a queue."""
    server = start_server(small_disk / "data", log_path=small_disk.parent / "server.log")
    server.client("s3").create_bucket(Bucket=BUCKET)
    server.url = server.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    return server


def refusal(call, **arguments):
    """How the server refuses a call."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 503, response
    return response["Error"]


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


def send(sqs, url, first):
    """Sends ten messages; their numbers."""
    numbers = [str(number) for number in range(first, first + 10)]
    entries = [{"Id": number, "MessageBody": f"{number}/{BODY}"} for number in numbers]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert len(answer["Successful"]) == len(entries), answer
    return numbers


def send_until_refused(sqs, url, first=0):
    """Sends messages until they are refused; those that were taken, and the refusal."""
    sent = []
    while len(sent) * len(BODY) < SIZE:
        try:
            sent += send(sqs, url, first + len(sent))
        except ClientError as error:
            return sent, error.response
    pytest.fail("more was sent than there is room for")


def receive(sqs, url, seconds=0):
    """Up to ten messages: their numbers and handles."""
    answer = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600, WaitTimeSeconds=seconds
    )
    messages = answer.get("Messages", [])
    return {message["Body"].split("/")[0]: message["ReceiptHandle"] for message in messages}


def consume(sqs, url):
    """Receives and deletes all that a queue holds; the numbers."""
    found = set()
    while got := receive(sqs, url, seconds=1):
        assert not found & set(got), "nothing comes twice"
        found |= set(got)
        entries = [{"Id": number, "ReceiptHandle": handle} for number, handle in got.items()]
        assert not sqs.delete_message_batch(QueueUrl=url, Entries=entries).get("Failed")
    return found


def metric(server, name):
    """A sample of the server's own page."""
    with urllib.request.urlopen(f"{server.endpoint}/metrics", timeout=60) as page:
        lines = page.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def status(server):
    """What a person is told."""
    command = [str(binary()), "status", "--data", str(server.data)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def fill(disk, server, until, free, room):
    """Takes all of a disk but `free` bytes until the server says `room`; returns what it is taken
    with. What the server gives back meanwhile, by a checkpoint or of its spares, is taken too."""
    ballast = disk / "ballast"

    def is_filled():
        space = os.statvfs(disk)
        more = space.f_bavail * space.f_frsize - free
        if more > 0:
            with open(ballast, "ab") as file:
                os.posix_fallocate(file.fileno(), file.tell(), more)
        return metric(server, "tidemill_disk_room") == room

    until(is_filled, every=0.2)
    return ballast


def test_messages_fill_a_disk_and_deleting_them_makes_room(small_disk, small_server, until):
    server, url = small_server, small_server.url
    s3, sqs = server.client("s3"), server.client("sqs")
    s3.put_object(Bucket=BUCKET, Key="small", Body=b"small")
    s3.put_object(Bucket=BUCKET, Key="large", Body=os.urandom(OBJECT))
    assert metric(server, "tidemill_disk_room") == 2

    sent, refused = send_until_refused(sqs, url)
    assert len(sent) > 1_000
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert refused["Error"]["Code"] in ("ServiceUnavailable", "ServiceUnavailableException")
    assert "nearly full" in refused["Error"]["Message"]
    assert metric(server, "tidemill_disk_room_refused_total") >= 1

    # A checkpoint may make room while we look, so what it gives back is taken by somebody else.
    ballast = fill(small_disk, server, until, 48 * MIB, room=1)
    assert "new data is refused" in status(server)

    # New data of every kind is refused, whole, and everything else goes on.
    refusal(sqs.create_queue, QueueName="more")
    for key, size in (("tiny", 10), ("big", OBJECT)):
        error = refusal(s3.put_object, Bucket=BUCKET, Key=key, Body=os.urandom(size))
        assert error["Code"] == "SlowDown"
    assert s3.get_object(Bucket=BUCKET, Key="small")["Body"].read() == b"small"
    s3.delete_object(Bucket=BUCKET, Key="large")
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 1, "what was refused is not there"

    ballast.unlink()
    assert consume(sqs, url) == set(sent)
    until(lambda: metric(server, "tidemill_disk_room") == 2)
    assert "room again" in server.output()
    again, _ = send_until_refused(sqs, url, first=len(sent))
    assert len(again) > 1_000, "the room of what was deleted is there again"
    server.kill()
    server.start()
    assert consume(server.client("sqs"), url) == set(again)


def test_objects_stop_where_the_log_still_has_room(small_server, until):
    server, url = small_server, small_server.url
    s3, sqs = server.client("s3"), server.client("sqs")
    keys, refused = store_until_refused(s3)
    assert len(keys) > 100
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert refused["Error"]["Code"] == "SlowDown"
    assert metric(server, "tidemill_disk_free_bytes") > 64 * MIB
    listed = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    assert sum(page["KeyCount"] for page in listed) == len(keys), "what was refused is not there"
    for key in keys[:40]:
        s3.delete_object(Bucket=BUCKET, Key=key)
    # Their files are kept for readers for a minute.
    until(lambda: metric(server, "tidemill_disk_room") == 2, 120)
    s3.put_object(Bucket=BUCKET, Key="after", Body=os.urandom(OBJECT))
    send(sqs, url, 0)
    assert len(s3.get_object(Bucket=BUCKET, Key=keys[-1])["Body"].read()) == OBJECT


def test_a_disk_that_others_fill_is_read_only_until_they_leave(small_disk, small_server, until):
    server, url = small_server, small_server.url
    sqs = server.client("sqs")
    sent = [number for first in range(0, 100, 10) for number in send(sqs, url, first)]
    held = receive(sqs, url)
    ballast = fill(small_disk, server, until, 2 * MIB, room=0)
    assert "only" not in status(server) and "every change but a deletion" in status(server)

    assert "by deleting" in refusal(sqs.receive_message, QueueUrl=url)["Message"]
    refusal(sqs.send_message, QueueUrl=url, MessageBody="more")
    counted = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counted["ApproximateNumberOfMessagesNotVisible"] == str(len(held))
    for handle in held.values():
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    time.sleep(6)  # A checkpoint is tried meanwhile.
    assert server.is_running, server.output()

    ballast.unlink()
    until(lambda: metric(server, "tidemill_disk_room") == 2)
    more = send(sqs, url, 100)
    assert consume(sqs, url) == set(sent) - set(held) | set(more)
