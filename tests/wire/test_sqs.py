"""Queues: every SQS action, through both protocols, as AWS's own clients see them."""

import base64
import hashlib
import json
import struct
import threading
import time

import boto3
import pytest
from botocore.exceptions import ClientError

from server import ACCOUNT, REGION
from sqs_doors import JsonDoor, QueryDoor


@pytest.fixture(params=[JsonDoor, QueryDoor], ids=["json", "query"])
def sqs(request, server):
    """`sqs.call("SendMessage", QueueUrl=…)`, through one of the two protocols."""
    return request.param(server)


@pytest.fixture
def queue(sqs, name):
    """Makes a queue: `queue(FifoQueue="true", …)` with attributes; returns its URL."""

    def create(**attributes):
        suffix = ".fifo" if attributes.get("FifoQueue") else ""
        parameters = {"QueueName": name("queue", suffix)}
        if attributes:
            parameters["Attributes"] = attributes
        return sqs.call("CreateQueue", **parameters)["QueueUrl"]

    return create


def arn(url):
    """The ARN of the queue at `url`."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rsplit('/', 1)[1]}"


def md5(text):
    """What SQS answers as MD5OfMessageBody."""
    return hashlib.md5(text.encode()).hexdigest()


def attributes_md5(attributes):
    """MD5OfMessageAttributes, as the developer guide describes it."""
    digest = hashlib.md5()
    for key in sorted(attributes):
        value = attributes[key]
        for part in (key.encode(), value["DataType"].encode()):
            digest.update(struct.pack(">I", len(part)) + part)
        if "BinaryValue" in value:
            digest.update(b"\x02")
            content = value["BinaryValue"]
        else:
            digest.update(b"\x01")
            content = value["StringValue"].encode()
        digest.update(struct.pack(">I", len(content)) + content)
    return digest.hexdigest()


def receive(sqs, url, **options):
    """The messages of one receive."""
    options.setdefault("MaxNumberOfMessages", 10)
    return sqs.call("ReceiveMessage", QueueUrl=url, **options).get("Messages", [])


def receive_all(sqs, url, count, seconds=60):
    """Receives until `count` messages came."""
    found = []
    deadline = time.monotonic() + seconds
    while len(found) < count:
        assert time.monotonic() < deadline, f"{len(found)} of {count} within {seconds} s"
        found += receive(sqs, url, WaitTimeSeconds=1)
    return found


def attribute(sqs, url, which):
    """One attribute of a queue."""
    reply = sqs.call("GetQueueAttributes", QueueUrl=url, AttributeNames=[which])
    return reply.get("Attributes", {}).get(which)


def refused(call, code, status=400):
    """Expects AWS's error and returns its message."""
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response
    assert error["Error"]["Code"] == code, error
    assert error["ResponseMetadata"]["HTTPStatusCode"] == status, error
    return error["Error"]["Message"]


# ── queues ──────────────────────────────────────────────────────────────────────────────────


def test_a_queue_is_created_found_listed_and_deleted(sqs, server, name):
    queue_name = name("orders")
    url = sqs.call("CreateQueue", QueueName=queue_name)["QueueUrl"]
    assert url == f"{server.endpoint}/{ACCOUNT}/{queue_name}"
    assert sqs.call("CreateQueue", QueueName=queue_name)["QueueUrl"] == url
    assert sqs.call("GetQueueUrl", QueueName=queue_name)["QueueUrl"] == url
    assert url in sqs.call("ListQueues", QueueNamePrefix=queue_name)["QueueUrls"]
    sqs.call("DeleteQueue", QueueUrl=url)
    refused(
        lambda: sqs.call("GetQueueUrl", QueueName=queue_name),
        "AWS.SimpleQueueService.NonExistentQueue",
    )
    assert "QueueUrls" not in sqs.call("ListQueues", QueueNamePrefix=queue_name)


def test_a_queue_url_follows_the_host_the_client_asked(server, name):
    by_name = server.endpoint.replace("127.0.0.1", "localhost")
    client = server.client("sqs", endpoint_url=by_name)
    url = client.create_queue(QueueName=name("host"))["QueueUrl"]
    assert url.startswith(by_name)
    client.send_message(QueueUrl=url, MessageBody="either name reaches it")


def test_queues_are_listed_in_pages(sqs, name):
    stem = name("page")
    urls = {sqs.call("CreateQueue", QueueName=f"{stem}-{n:02}")["QueueUrl"] for n in range(12)}
    found, token = [], None
    for _ in range(10):
        options = {"QueueNamePrefix": stem, "MaxResults": 5}
        if token:
            options["NextToken"] = token
        page = sqs.call("ListQueues", **options)
        assert len(page["QueueUrls"]) <= 5
        found += page["QueueUrls"]
        token = page.get("NextToken")
        if not token:
            break
    assert len(found) == 12 and set(found) == urls


def test_attributes_have_awss_defaults(sqs, queue):
    url = queue()
    reply = sqs.call("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    defaults = {
        "QueueArn": arn(url),
        "VisibilityTimeout": "30",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
    }
    assert {key: reply.get(key) for key in defaults} == defaults
    assert int(reply["CreatedTimestamp"]) <= int(time.time()) + 1
    assert int(reply["LastModifiedTimestamp"]) >= int(reply["CreatedTimestamp"])


def test_attributes_are_set_and_read_back(sqs, queue):
    url = queue(VisibilityTimeout="5")
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    wanted = {"DelaySeconds": "7", "MessageRetentionPeriod": "60", "Policy": document}
    sqs.call("SetQueueAttributes", QueueUrl=url, Attributes=wanted)
    names = ["DelaySeconds", "MessageRetentionPeriod", "VisibilityTimeout", "Policy"]
    reply = sqs.call("GetQueueAttributes", QueueUrl=url, AttributeNames=names)["Attributes"]
    assert json.loads(reply.pop("Policy")) == json.loads(document)
    assert reply == {"DelaySeconds": "7", "MessageRetentionPeriod": "60", "VisibilityTimeout": "5"}


def test_a_queue_with_other_attributes_is_not_the_same_queue(sqs, name):
    queue_name = name("twice")
    sqs.call("CreateQueue", QueueName=queue_name, Attributes={"VisibilityTimeout": "5"})
    other = {"VisibilityTimeout": "6"}
    message = refused(
        lambda: sqs.call("CreateQueue", QueueName=queue_name, Attributes=other),
        "QueueAlreadyExists",
    )
    assert "VisibilityTimeout" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("VisibilityTimeout", "43201"),
        ("VisibilityTimeout", "soon"),
        ("DelaySeconds", "901"),
        ("MessageRetentionPeriod", "59"),
        ("MaximumMessageSize", "1023"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
        ("RedrivePolicy", "{"),
        ("Policy", "not json"),
    ],
)
def test_an_attribute_out_of_range_is_refused_by_name(sqs, queue, key, value):
    url = queue()
    with pytest.raises(ClientError) as caught:
        sqs.call("SetQueueAttributes", QueueUrl=url, Attributes={key: value})
    error = caught.value.response["Error"]
    assert error["Code"] in ("InvalidAttributeValue", "InvalidParameterValue"), error
    assert key in error["Message"], error


def test_an_unknown_attribute_is_refused(sqs, queue):
    url = queue()
    refused(
        lambda: sqs.call("SetQueueAttributes", QueueUrl=url, Attributes={"Colour": "red"}),
        "InvalidAttributeName",
    )
    refused(
        lambda: sqs.call("GetQueueAttributes", QueueUrl=url, AttributeNames=["Colour"]),
        "InvalidAttributeName",
    )


@pytest.mark.parametrize("bad", ["", "no spaces", "x" * 81, "dot.ted", "orders.fifo.fifo"])
def test_a_bad_queue_name_is_refused(sqs, bad):
    with pytest.raises(ClientError) as caught:
        sqs.call("CreateQueue", QueueName=bad)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_tags_are_kept(sqs, queue):
    url = queue()
    sqs.call("TagQueue", QueueUrl=url, Tags={"team": "intake", "cost": "42", "gone": "soon"})
    sqs.call("TagQueue", QueueUrl=url, Tags={"cost": "43"})
    sqs.call("UntagQueue", QueueUrl=url, TagKeys=["gone", "never-there"])
    assert sqs.call("ListQueueTags", QueueUrl=url)["Tags"] == {"team": "intake", "cost": "43"}


def test_a_queue_may_be_born_with_tags(sqs, name):
    url = sqs.call("CreateQueue", QueueName=name("tagged"), tags={"a": "1"})["QueueUrl"]
    assert sqs.call("ListQueueTags", QueueUrl=url)["Tags"] == {"a": "1"}


def test_permissions_are_statements_of_the_policy(sqs, queue):
    url = queue()
    sqs.call(
        "AddPermission",
        QueueUrl=url,
        Label="partners",
        AWSAccountIds=["111111111111"],
        Actions=["SendMessage", "ReceiveMessage"],
    )
    document = json.loads(attribute(sqs, url, "Policy"))
    assert [statement["Sid"] for statement in document["Statement"]] == ["partners"]
    sqs.call("RemovePermission", QueueUrl=url, Label="partners")
    left = attribute(sqs, url, "Policy")
    assert not left or json.loads(left)["Statement"] == []


# ── messages ────────────────────────────────────────────────────────────────────────────────


def test_a_message_goes_through_unchanged(sqs, queue):
    url = queue()
    body = "Grüße, 世界 \U0001f30a <&>\t\"'\n" + "x" * 1000
    sent = sqs.call("SendMessage", QueueUrl=url, MessageBody=body)
    assert sent["MD5OfMessageBody"] == md5(body)
    (message,) = receive(sqs, url)
    assert message["Body"] == body
    assert message["MD5OfBody"] == md5(body)
    assert message["MessageId"] == sent["MessageId"]
    sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert receive(sqs, url) == []
    assert attribute(sqs, url, "ApproximateNumberOfMessagesNotVisible") == "0"


def test_message_attributes_go_through_with_their_md5(sqs, queue):
    url = queue()
    attributes = {
        "meta.kind": {"DataType": "String", "StringValue": "invoice"},
        "size": {"DataType": "Number", "StringValue": "12.5"},
        "hash": {"DataType": "Binary.sha1", "BinaryValue": bytes(range(256))},
    }
    sent = sqs.call("SendMessage", QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    assert sent["MD5OfMessageAttributes"] == attributes_md5(attributes)
    (message,) = receive(sqs, url, MessageAttributeNames=["All"], VisibilityTimeout=0)
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == attributes_md5(attributes)
    (message,) = receive(sqs, url, MessageAttributeNames=["meta.*"], VisibilityTimeout=0)
    assert set(message["MessageAttributes"]) == {"meta.kind"}
    (message,) = receive(sqs, url)
    assert "MessageAttributes" not in message


def test_system_attributes_are_given_when_asked_for(sqs, queue):
    url = queue()
    before = int(time.time() * 1000)
    sqs.call("SendMessage", QueueUrl=url, MessageBody="x")
    (message,) = receive(sqs, url, AttributeNames=["All"])
    after = int(time.time() * 1000)
    found = message["Attributes"]
    assert found["ApproximateReceiveCount"] == "1"
    assert before <= int(found["SentTimestamp"]) <= after
    assert before <= int(found["ApproximateFirstReceiveTimestamp"]) <= after
    assert found["SenderId"]


def test_a_received_message_is_hidden_until_its_time_is_over(sqs, queue):
    url = queue(VisibilityTimeout="1")
    sqs.call("SendMessage", QueueUrl=url, MessageBody="x")
    start = time.monotonic()
    (first,) = receive(sqs, url)
    (second,) = receive(sqs, url, WaitTimeSeconds=20, AttributeNames=["ApproximateReceiveCount"])
    assert time.monotonic() - start > 0.8
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"


def test_visibility_is_changed_to_zero_and_beyond(sqs, queue):
    url = queue()
    sqs.call("SendMessage", QueueUrl=url, MessageBody="x")
    (message,) = receive(sqs, url)
    change = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.call("ChangeMessageVisibility", VisibilityTimeout=0, **change)
    (message,) = receive(sqs, url, WaitTimeSeconds=20)
    change["ReceiptHandle"] = message["ReceiptHandle"]
    start = time.monotonic()
    sqs.call("ChangeMessageVisibility", VisibilityTimeout=1, **change)
    assert len(receive(sqs, url, WaitTimeSeconds=20)) == 1
    assert time.monotonic() - start > 0.8
    with pytest.raises(ClientError):
        sqs.call("ChangeMessageVisibility", VisibilityTimeout=43201, **change)


def test_a_message_that_is_not_in_flight_keeps_its_visibility(sqs, queue):
    url = queue()
    sqs.call("SendMessage", QueueUrl=url, MessageBody="x")
    (message,) = receive(sqs, url, VisibilityTimeout=0)
    refused(
        lambda: sqs.call(
            "ChangeMessageVisibility",
            QueueUrl=url,
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=5,
        ),
        "AWS.SimpleQueueService.MessageNotInflight",
    )


def test_delays_hold_messages_back(sqs, queue):
    late = queue(DelaySeconds="900")
    sqs.call("SendMessage", QueueUrl=late, MessageBody="by the queue")
    sqs.call("SendMessage", QueueUrl=late, MessageBody="by itself", DelaySeconds=800)
    sqs.call("SendMessage", QueueUrl=late, MessageBody="at once", DelaySeconds=0)
    assert [message["Body"] for message in receive(sqs, late)] == ["at once"]
    assert attribute(sqs, late, "ApproximateNumberOfMessagesDelayed") == "2"

    url = queue(DelaySeconds="1")
    start, came = time.monotonic(), {}
    sqs.call("SendMessage", QueueUrl=url, MessageBody="by the queue")
    sqs.call("SendMessage", QueueUrl=url, MessageBody="by itself", DelaySeconds=2)
    while len(came) < 2:
        for message in receive_all(sqs, url, 1):
            came[message["Body"]] = time.monotonic() - start
    assert came["by the queue"] > 0.8 and came["by itself"] > 1.8, came


def test_a_long_poll_ends_when_a_message_comes(sqs, queue, server):
    url = queue()
    threading.Timer(
        0.5, lambda: server.client("sqs").send_message(QueueUrl=url, MessageBody="x")
    ).start()
    start = time.monotonic()
    assert len(receive(sqs, url, WaitTimeSeconds=20)) == 1
    assert time.monotonic() - start < 19, "it waited to its end all the same"


def test_a_long_poll_ends_with_nothing_when_its_time_is_over(sqs, queue):
    url = queue(ReceiveMessageWaitTimeSeconds="1")
    start = time.monotonic()
    assert receive(sqs, url) == []
    assert 0.8 < time.monotonic() - start < 19


def test_a_long_poll_waits_past_a_dead_letter(sqs, queue):
    """Clearing away a message that was received too often is no reason to answer with nothing."""
    source, _ = with_dead_letters(queue, count=1, VisibilityTimeout="0")
    sqs.call("SendMessage", QueueUrl=source, MessageBody="dead")
    assert [m["Body"] for m in receive(sqs, source)] == ["dead"]
    new = {"QueueUrl": source, "MessageBody": "new"}
    threading.Timer(1, sqs.call, ["SendMessage"], new).start()
    assert [m["Body"] for m in receive(sqs, source, WaitTimeSeconds=20)] == ["new"]


def test_the_highest_priority_comes_first(sqs, queue):
    """`tm.priority` orders what waits, and a value it does not know is refused by name."""
    url = queue()
    for body, priority in [("low", "1"), ("high", "9")]:
        attribute = {"DataType": "Number", "StringValue": priority}
        sqs.call(
            "SendMessage",
            QueueUrl=url,
            MessageBody=body,
            MessageAttributes={"tm.priority": attribute},
        )
    assert [m["Body"] for m in receive(sqs, url)] == ["high", "low"]
    attribute = {"DataType": "Number", "StringValue": "10"}
    refused(
        lambda: sqs.call(
            "SendMessage",
            QueueUrl=url,
            MessageBody="x",
            MessageAttributes={"tm.priority": attribute},
        ),
        "InvalidParameterValue",
    )


def test_a_noisy_group_lets_the_others_past(sqs, queue):
    """From thirty messages in flight on, and a tenth of them all, a group comes after the others."""
    url = queue()
    for start in range(0, 40, 10):
        entries = [
            {"Id": str(i), "MessageBody": f"a{start + i}", "MessageGroupId": "a"} for i in range(10)
        ]
        sqs.call("SendMessageBatch", QueueUrl=url, Entries=entries)
    for _ in range(3):
        assert len(receive(sqs, url, MaxNumberOfMessages=10)) == 10
    sqs.call("SendMessage", QueueUrl=url, MessageBody="b", MessageGroupId="b")
    assert [m["Body"] for m in receive(sqs, url, MaxNumberOfMessages=2)] == ["b", "a30"]


def test_a_purged_queue_is_empty(sqs, queue):
    url = queue()
    for n in range(3):
        sqs.call("SendMessage", QueueUrl=url, MessageBody=str(n))
    receive(sqs, url, MaxNumberOfMessages=1)
    sqs.call("PurgeQueue", QueueUrl=url)
    assert receive(sqs, url) == []
    assert attribute(sqs, url, "ApproximateNumberOfMessagesNotVisible") == "0"
    refused(
        lambda: sqs.call("PurgeQueue", QueueUrl=url),
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        403,
    )


def test_an_old_receipt_handle_deletes_nothing(sqs, queue):
    url = queue()
    sqs.call("SendMessage", QueueUrl=url, MessageBody="x")
    (first,) = receive(sqs, url, VisibilityTimeout=0)
    (second,) = receive(sqs, url, VisibilityTimeout=0)
    assert first["ReceiptHandle"] != second["ReceiptHandle"]
    sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    (third,) = receive(sqs, url)
    sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=third["ReceiptHandle"])
    sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=third["ReceiptHandle"])


def test_a_forged_receipt_handle_is_refused(sqs, queue):
    url = queue()
    sqs.call("SendMessage", QueueUrl=url, MessageBody="x")
    refused(
        lambda: sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle="forged"),
        "ReceiptHandleIsInvalid",
        404,
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MissingParameter"),
        ("\x00", "InvalidMessageContents"),
        ("\ufffe", "InvalidMessageContents"),
        ("x" * 1_048_577, "InvalidParameterValue"),
    ],
    ids=["empty", "nul", "not-a-character", "too-long"],
)
def test_a_body_that_sqs_refuses_is_refused(sqs, queue, body, code):
    url = queue()
    refused(lambda: sqs.call("SendMessage", QueueUrl=url, MessageBody=body), code)


def test_the_largest_message_goes_through(sqs, queue):
    url = queue()
    body = "x" * 1_048_576
    sqs.call("SendMessage", QueueUrl=url, MessageBody=body)
    (message,) = receive(sqs, url)
    assert message["Body"] == body


# ── batches ─────────────────────────────────────────────────────────────────────────────────


def test_a_batch_answers_for_each_entry(sqs, queue):
    url = queue()
    entries = [{"Id": f"e{n}", "MessageBody": f"body {n}"} for n in range(9)]
    entries.append({"Id": "bad", "MessageBody": "\x00"})
    reply = sqs.call("SendMessageBatch", QueueUrl=url, Entries=entries)
    assert {entry["Id"] for entry in reply["Successful"]} == {f"e{n}" for n in range(9)}
    for entry in reply["Successful"]:
        assert entry["MD5OfMessageBody"] == md5(f"body {entry['Id'][1:]}")
    (failed,) = reply["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == (
        "bad",
        "InvalidMessageContents",
        True,
    )

    messages = receive_all(sqs, url, 9)
    changes = [
        {"Id": f"c{n}", "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 60}
        for n, m in enumerate(messages)
    ]
    reply = sqs.call("ChangeMessageVisibilityBatch", QueueUrl=url, Entries=changes)
    assert len(reply["Successful"]) == 9 and not reply.get("Failed")
    doomed = [
        {"Id": f"d{n}", "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)
    ]
    doomed.append({"Id": "forged", "ReceiptHandle": "forged"})
    reply = sqs.call("DeleteMessageBatch", QueueUrl=url, Entries=doomed)
    assert len(reply["Successful"]) == 9
    assert [entry["Code"] for entry in reply["Failed"]] == ["ReceiptHandleIsInvalid"]
    assert attribute(sqs, url, "ApproximateNumberOfMessagesNotVisible") == "0"


PREFIX = "AWS.SimpleQueueService."


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([{"Id": str(n), "MessageBody": "x"} for n in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "MessageBody": "x"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a b", "MessageBody": "x"}], "InvalidBatchEntryId"),
        (
            [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)],
            "BatchRequestTooLong",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_batch_that_is_wrong_as_a_whole_changes_nothing(sqs, queue, entries, code):
    url = queue()
    refused(lambda: sqs.call("SendMessageBatch", QueueUrl=url, Entries=entries), PREFIX + code)
    assert receive(sqs, url) == []


# ── dead letters ────────────────────────────────────────────────────────────────────────────


def with_dead_letters(queue, count=2, **attributes):
    """A queue and its dead-letter queue."""
    fifo = {"FifoQueue": "true"} if attributes.get("FifoQueue") else {}
    dead = queue(**fifo)
    redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": str(count)}
    return queue(RedrivePolicy=json.dumps(redrive), **attributes), dead


def test_a_message_received_too_often_is_dead(sqs, queue, until):
    source, dead = with_dead_letters(queue, count=2)
    sent = sqs.call("SendMessage", QueueUrl=source, MessageBody="poison")
    for _ in range(2):
        (message,) = receive(sqs, source, VisibilityTimeout=0)
    assert receive(sqs, source) == []
    (message,) = until(lambda: receive(sqs, dead, AttributeNames=["All"]))
    assert (message["Body"], message["MessageId"]) == ("poison", sent["MessageId"])
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == arn(source)
    assert attribute(sqs, source, "ApproximateNumberOfMessages") == "0"
    assert sqs.call("ListDeadLetterSourceQueues", QueueUrl=dead)["queueUrls"] == [source]


def test_a_move_task_brings_dead_letters_back_to_their_source(sqs, queue, until):
    source, dead = with_dead_letters(queue, count=1)
    bodies = {f"poison {n}" for n in range(25)}
    for body in sorted(bodies):
        sqs.call("SendMessage", QueueUrl=source, MessageBody=body)
    seen = 0
    while seen < 25:
        seen += len(receive(sqs, source, VisibilityTimeout=0))
    until(lambda: receive(sqs, source, VisibilityTimeout=0) == [])
    until(lambda: attribute(sqs, dead, "ApproximateNumberOfMessages") == "25")
    task = sqs.call("StartMessageMoveTask", SourceArn=arn(dead))["TaskHandle"]
    assert task

    def finished():
        (latest,) = sqs.call("ListMessageMoveTasks", SourceArn=arn(dead), MaxResults=1)["Results"]
        return latest if latest["Status"] == "COMPLETED" else None

    latest = until(finished)
    assert latest["ApproximateNumberOfMessagesMoved"] == 25
    assert latest["SourceArn"] == arn(dead)
    found = receive_all(sqs, source, 25, 20)
    assert {message["Body"] for message in found} == bodies


def test_a_move_task_can_be_paced_and_cancelled(sqs, queue, until):
    source, dead = with_dead_letters(queue, count=1)
    for n in range(20):
        sqs.call("SendMessage", QueueUrl=source, MessageBody=str(n))
    seen = 0
    while seen < 20:
        seen += len(receive(sqs, source, VisibilityTimeout=0))
    until(lambda: receive(sqs, source, VisibilityTimeout=0) == [])
    until(lambda: attribute(sqs, dead, "ApproximateNumberOfMessages") == "20")
    other = queue()
    task = sqs.call(
        "StartMessageMoveTask",
        SourceArn=arn(dead),
        DestinationArn=arn(other),
        MaxNumberOfMessagesPerSecond=2,
    )["TaskHandle"]
    with pytest.raises(ClientError):
        sqs.call("StartMessageMoveTask", SourceArn=arn(dead))
    moved = sqs.call("CancelMessageMoveTask", TaskHandle=task)["ApproximateNumberOfMessagesMoved"]
    assert moved < 20

    def cancelled():
        (latest,) = sqs.call("ListMessageMoveTasks", SourceArn=arn(dead))["Results"]
        return latest["Status"] == "CANCELLED"

    until(cancelled)
    assert int(attribute(sqs, dead, "ApproximateNumberOfMessages")) > 0
    with pytest.raises(ClientError) as caught:
        sqs.call("CancelMessageMoveTask", TaskHandle="forged")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)


def test_a_queue_that_is_nobodys_dead_letter_queue_moves_nothing(sqs, queue):
    with pytest.raises(ClientError) as caught:
        sqs.call("StartMessageMoveTask", SourceArn=arn(queue()))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_redrive_allow_policy_decides_who_may_name_the_queue(sqs, queue):
    dead = queue(RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
    redrive = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": "3"}
    with pytest.raises(ClientError) as caught:
        queue(RedrivePolicy=json.dumps(redrive))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    allowed = {"RedriveAllowPolicy": json.dumps({"redrivePermission": "allowAll"})}
    sqs.call("SetQueueAttributes", QueueUrl=dead, Attributes=allowed)
    queue(RedrivePolicy=json.dumps(redrive))


def test_a_dead_letter_queue_must_exist(sqs, queue):
    redrive = {"deadLetterTargetArn": arn("http://x/0/nowhere"), "maxReceiveCount": "3"}
    with pytest.raises(ClientError) as caught:
        queue(RedrivePolicy=json.dumps(redrive))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


# ── FIFO ────────────────────────────────────────────────────────────────────────────────────


def test_fifo_messages_come_in_order_one_group_at_a_time(sqs, queue):
    url = queue(FifoQueue="true", ContentBasedDeduplication="true")
    for n in range(4):
        for group in ("a", "b"):
            sqs.call(
                "SendMessage", QueueUrl=url, MessageBody=f"{group}{n}", MessageGroupId=group
            )
    seen = {"a": [], "b": []}
    first = receive(sqs, url, MaxNumberOfMessages=1, AttributeNames=["All"])
    (held,) = first
    group = held["Attributes"]["MessageGroupId"]
    others = receive(sqs, url, AttributeNames=["All"])
    assert all(m["Attributes"]["MessageGroupId"] != group for m in others)
    for message in first + others:
        seen[message["Attributes"]["MessageGroupId"]].append(message["Body"])
        sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    while sum(map(len, seen.values())) < 8:
        messages = receive(sqs, url, AttributeNames=["All"], WaitTimeSeconds=20)
        assert messages
        for message in messages:
            seen[message["Attributes"]["MessageGroupId"]].append(message["Body"])
            sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert seen == {g: [f"{g}{n}" for n in range(4)] for g in ("a", "b")}


def test_a_fifo_queue_takes_a_message_once(sqs, queue):
    url = queue(FifoQueue="true")
    send = {"QueueUrl": url, "MessageGroupId": "g", "MessageDeduplicationId": "d"}
    first = sqs.call("SendMessage", MessageBody="x", **send)
    again = sqs.call("SendMessage", MessageBody="x", **send)
    assert first["SequenceNumber"] and first["MessageId"] == again["MessageId"]
    (message,) = receive(sqs, url, AttributeNames=["All"])
    assert message["Attributes"]["MessageDeduplicationId"] == "d"
    assert message["Attributes"]["SequenceNumber"] == first["SequenceNumber"]
    sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.call("SendMessage", MessageBody="x", **send)
    assert receive(sqs, url) == []


def test_a_receive_attempt_may_be_repeated(sqs, queue):
    url = queue(FifoQueue="true", ContentBasedDeduplication="true")
    sqs.call("SendMessage", QueueUrl=url, MessageBody="x", MessageGroupId="g")
    attempt = {"ReceiveRequestAttemptId": "attempt-1"}
    (first,) = receive(sqs, url, **attempt)
    (again,) = receive(sqs, url, **attempt)
    assert first["MessageId"] == again["MessageId"]
    assert receive(sqs, url, ReceiveRequestAttemptId="attempt-2") == []


@pytest.mark.parametrize(
    "missing", ["MessageGroupId", "MessageDeduplicationId"], ids=["group", "deduplication"]
)
def test_a_fifo_send_needs_its_group_and_its_deduplication_id(sqs, queue, missing):
    url = queue(FifoQueue="true")
    send = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
    send.pop(missing)
    with pytest.raises(ClientError) as caught:
        sqs.call("SendMessage", QueueUrl=url, MessageBody="x", **send)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_fifo_queue_needs_its_suffix(sqs, name):
    with pytest.raises(ClientError):
        sqs.call("CreateQueue", QueueName=name("plain"), Attributes={"FifoQueue": "true"})
    with pytest.raises(ClientError):
        sqs.call("CreateQueue", QueueName=name("plain", ".fifo"))


# ── boto3 and the CLI ───────────────────────────────────────────────────────────────────────


def test_boto3_raises_the_class_it_declares(client, name):
    sqs = client("sqs")
    missing = f"http://127.0.0.1/{ACCOUNT}/{name('missing')}"
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.send_message(QueueUrl=missing, MessageBody="x")
    url = sqs.create_queue(QueueName=name("classes"))["QueueUrl"]
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="forged")
    with pytest.raises(sqs.exceptions.EmptyBatchRequest):
        sqs.send_message_batch(QueueUrl=url, Entries=[])
    with pytest.raises(sqs.exceptions.InvalidAttributeName):
        sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Colour"])
    with pytest.raises(sqs.exceptions.InvalidMessageContents):
        sqs.send_message(QueueUrl=url, MessageBody="\x00")


def test_boto3s_resource_interface_works(server, name):
    resource = boto3.session.Session().resource(
        "sqs",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=server.access_key_id,
        aws_secret_access_key=server.secret_access_key,
    )
    queue = resource.create_queue(QueueName=name("resource"))
    queue.send_message(MessageBody="x")
    (message,) = queue.receive_messages(WaitTimeSeconds=20)
    assert message.body == "x"
    message.delete()


def test_the_cli_speaks_to_queues(aws, name, tmp_path):
    queue_name = name("cli")
    url = aws("sqs", "create-queue", "--queue-name", queue_name)["QueueUrl"]
    sent = aws("sqs", "send-message", "--queue-url", url, "--message-body", "from a shell")
    assert sent["MD5OfMessageBody"] == md5("from a shell")
    received = aws("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "2")
    (message,) = received["Messages"]
    handle = message["ReceiptHandle"]
    aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", handle)
    listed = aws("sqs", "list-queues", "--queue-name-prefix", queue_name)
    assert listed["QueueUrls"] == [url]
    aws("sqs", "delete-queue", "--queue-url", url)
    gone = aws("sqs", "get-queue-url", "--queue-name", queue_name, check=False)
    assert gone.returncode != 0 and "NonExistentQueue" in gone.stderr


def test_messages_survive_kill_nine(sqs, queue, restart):
    url = queue(VisibilityTimeout="600")
    attributes = {"blob": {"DataType": "Binary", "BinaryValue": base64.b64decode("AAEC")}}
    for n in range(20):
        sqs.call(
            "SendMessage", QueueUrl=url, MessageBody=f"m{n}", MessageAttributes=attributes
        )
    taken = receive(sqs, url, MaxNumberOfMessages=5)
    gone, kept = taken[:2], taken[2:]
    for message in gone:
        sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    restart()
    left = {}
    while messages := receive(sqs, url, MessageAttributeNames=["All"]):
        for message in messages:
            assert message["MessageAttributes"] == attributes
            left[message["Body"]] = message
    assert len(left) == 20 - len(taken)
    assert not set(left) & {message["Body"] for message in taken}
    for message in kept:
        sqs.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert attribute(sqs, url, "ApproximateNumberOfMessagesNotVisible") == str(len(left))
