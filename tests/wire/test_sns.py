"""SNS through boto3: topics, subscriptions, filter policies, FIFO, fan-out, buckets, functions."""

import json
import re
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from botocore.exceptions import BotoCoreError, ClientError

from server import ACCOUNT, REGION
from sqs_doors import sign
from test_lambda import ROLE, RUNTIME, package

ECHO = """
def handler(event, context):
    print("EVENT", __import__("json").dumps(event))
"""


@pytest.fixture
def sqs(client):
    """SQS as boto3 speaks it."""
    return client("sqs")


@pytest.fixture
def topic(sns, name):
    """`topic()`: the ARN of a new topic; `topic(fifo=True)`, `topic(DisplayName=…)`."""

    def create(fifo=False, **attributes):
        if fifo:
            attributes["FifoTopic"] = "true"
        name_of_it = name("topic", ".fifo" if fifo else "")
        return sns.create_topic(Name=name_of_it, Attributes=attributes)["TopicArn"]

    return create


@pytest.fixture
def queue(sqs, name):
    """`queue()`: URL and ARN of a new queue."""

    def create(fifo=False, **attributes):
        if fifo:
            attributes["FifoQueue"] = "true"
        name_of_it = name("queue", ".fifo" if fifo else "")
        url = sqs.create_queue(QueueName=name_of_it, Attributes=attributes)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name_of_it}"

    return create


@pytest.fixture
def subscribe(sns):
    """`subscribe(topic, arn, RawMessageDelivery="true")`: the subscription's ARN."""

    def create(topic_arn, endpoint, **attributes):
        protocol = endpoint.split(":")[2]
        reply = sns.subscribe(
            TopicArn=topic_arn,
            Protocol=protocol,
            Endpoint=endpoint,
            Attributes=attributes,
            ReturnSubscriptionArn=True,
        )
        return reply["SubscriptionArn"]

    return create


@pytest.fixture
def drain(sqs):
    """`drain(url, 3)`: that many messages, deleted as they come, in order."""

    def receive(url, count, seconds=120):
        messages, deadline = [], time.monotonic() + seconds
        while len(messages) < count and time.monotonic() < deadline:
            reply = sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
            for message in reply.get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                messages.append(message)
        assert len(messages) == count, messages
        return messages

    return receive


def refused(call, **arguments):
    """The code and message of a refusal."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_topic_lives(sns, topic, name):
    arn = topic(DisplayName="Orders")
    tags = [{"Key": "team", "Value": "a"}, {"Key": "stage", "Value": ""}]
    sns.tag_resource(ResourceArn=arn, Tags=tags)
    assert sns.create_topic(Name=arn.rsplit(":", 1)[1], Tags=tags)["TopicArn"] == arn
    sns.untag_resource(ResourceArn=arn, TagKeys=["stage"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags[:1]
    shown = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (shown["DisplayName"], shown["Owner"], shown["TopicArn"]) == ("Orders", ACCOUNT, arn)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="New")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "New"
    sns.add_permission(
        TopicArn=arn, Label="share", AWSAccountId=["111122223333"], ActionName=["Publish"]
    )
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == ["__default_statement_ID", "share"]
    sns.remove_permission(TopicArn=arn, Label="share")
    listed = [each["TopicArn"] for page in sns.get_paginator("list_topics").paginate()
              for each in page["Topics"]]
    assert arn in listed and listed == sorted(listed)
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    assert refused(sns.get_topic_attributes, TopicArn=arn) == ("NotFound", "Topic does not exist")
    assert refused(sns.create_topic, Name="no.dots") == (
        "InvalidParameter", "Invalid parameter: Topic Name",
    )
    assert refused(sns.publish, TopicArn="x", Message="m") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
    )
    code, message = refused(sns.subscribe, TopicArn=topic(), Protocol="email", Endpoint="a@b.c")
    assert code == "InvalidParameter" and "email is not supported" in message


def test_a_message_in_its_envelope_and_raw(sns, topic, queue, subscribe, drain, endpoint):
    arn, (plain, plain_arn), (raw, raw_arn) = topic(), queue(), queue()
    subscription = subscribe(arn, plain_arn)
    assert subscribe(arn, plain_arn) == subscription
    subscribe(arn, raw_arn, RawMessageDelivery="true")
    attributes = {
        "price": {"DataType": "Number", "StringValue": "99.12"},
        "picture": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
        "list": {"DataType": "String.Array", "StringValue": '["a", "b"]'},
    }
    sent = sns.publish(
        TopicArn=arn, Message='ö "quoted"\n', Subject="Subject", MessageAttributes=attributes
    )
    [message] = drain(plain, 1)
    envelope = json.loads(message["Body"])
    stamp = envelope.pop("Timestamp")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp)
    # Whether it verifies is a test of its own.
    assert len(envelope.pop("Signature")) == 344
    certificate = envelope.pop("SigningCertURL")
    assert certificate.startswith(f"{endpoint}/SimpleNotificationService-")
    assert envelope == {
        "Type": "Notification",
        "MessageId": sent["MessageId"],
        "TopicArn": arn,
        "Subject": "Subject",
        "Message": 'ö "quoted"\n',
        "SignatureVersion": "1",
        "UnsubscribeURL": f"{endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription}",
        "MessageAttributes": {
            "price": {"Type": "Number", "Value": "99.12"},
            "picture": {"Type": "Binary", "Value": "AgME"},
            "list": {"Type": "String.Array", "Value": '["a", "b"]'},
        },
    }
    assert "MessageAttributes" not in message
    [message] = drain(raw, 1)
    assert message["Body"] == 'ö "quoted"\n'
    # boto3 compares MD5OfMessageAttributes itself.
    assert message["MessageAttributes"] == attributes
    assert message["MessageId"] != sent["MessageId"]


def test_a_batch_and_one_text_per_protocol(sns, topic, queue, subscribe, drain):
    arn, (url, queue_arn) = topic(), queue()
    subscribe(arn, queue_arn, RawMessageDelivery="true")
    texts = json.dumps({"default": "for all", "sqs": "for queues"})
    entries = [
        {"Id": "one", "Message": "first"},
        {"Id": "two", "Message": texts, "MessageStructure": "json"},
    ]
    reply = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)
    assert [each["Id"] for each in reply["Successful"]] == ["one", "two"]
    assert not reply.get("Failed")
    assert sorted(each["Body"] for each in drain(url, 2)) == ["first", "for queues"]
    many = [{"Id": str(n), "Message": "m"} for n in range(11)]
    batch = sns.publish_batch
    assert refused(batch, TopicArn=arn, PublishBatchRequestEntries=many)[0] == (
        "TooManyEntriesInBatchRequest"
    )
    twins = [{"Id": "a", "Message": "m"}] * 2
    assert refused(batch, TopicArn=arn, PublishBatchRequestEntries=twins)[0] == (
        "BatchEntryIdsNotDistinct"
    )
    large = [{"Id": str(n), "Message": "m" * 131_073} for n in range(2)]
    assert refused(batch, TopicArn=arn, PublishBatchRequestEntries=large)[0] == (
        "BatchRequestTooLong"
    )
    sns.publish(TopicArn=arn, Message="m" * 262_144)
    assert len(drain(url, 1)[0]["Body"]) == 262_144
    assert refused(sns.publish, TopicArn=arn, Message="m" * 262_145) == (
        "InvalidParameter", "Invalid parameter: Message too long",
    )


def policy_of(size):
    """An access policy of so many bytes."""
    statement = {"Action": "SNS:Publish", "Effect": "Allow", "Principal": "*", "Sid": ""}
    policy = {"Statement": [statement]}
    statement["Sid"] = "s" * (size - len(json.dumps(policy)))
    return json.dumps(policy)


@pytest.mark.parametrize(
    "operation, limit, code, arguments",
    [
        ("set_topic_attributes", 30_720, "InvalidParameter",
         lambda size: {"AttributeName": "Policy", "AttributeValue": policy_of(size)}),
        ("publish", 100, "InvalidParameter",
         lambda size: {"Message": "m", "Subject": "ü" * size}),
        ("publish", 128, "InvalidParameter",
         lambda size: {"Message": "m", "MessageGroupId": "g" * size}),
        ("publish", 256, "ParameterValueInvalid",
         lambda size: {"Message": "m", "MessageAttributes": {
             "n" * size: {"DataType": "String", "StringValue": "x"}}}),
        ("publish_batch", 10, "TooManyEntriesInBatchRequest",
         lambda size: {"PublishBatchRequestEntries": [
             {"Id": str(number), "Message": "m"} for number in range(size)]}),
        ("publish_batch", 80, "InvalidBatchEntryId",
         lambda size: {"PublishBatchRequestEntries": [{"Id": "i" * size, "Message": "m"}]}),
        ("publish_batch", 262_144, "BatchRequestTooLong",
         lambda size: {"PublishBatchRequestEntries": [
             {"Id": "a", "Message": "m" * (size - 1)}, {"Id": "b", "Message": "m"}]}),
    ],
    ids=["policy", "subject", "group", "attribute", "entries", "entry-id", "batch"],
)
def test_limits_hold_to_the_byte(sns, topic, operation, limit, code, arguments):
    arn, call = topic(), getattr(sns, operation)
    call(TopicArn=arn, **arguments(limit))
    assert refused(call, TopicArn=arn, **arguments(limit + 1))[0] == code


def test_filter_policies(sns, topic, queue, subscribe, drain):
    arn, (cheap, cheap_arn), (created, created_arn) = topic(), queue(), queue()
    policy = {"price": [{"numeric": ["<=", 100]}], "store": ["books", {"prefix": "toy-"}]}
    by_attribute = subscribe(
        arn, cheap_arn, RawMessageDelivery="true", FilterPolicy=json.dumps(policy)
    )
    nested = {"Records": {"eventName": [{"prefix": "ObjectCreated:"}], "s3.object.size": [1]}}
    subscribe(
        arn, created_arn, RawMessageDelivery="true", FilterPolicyScope="MessageBody",
        FilterPolicy=json.dumps(nested),
    )
    shown = sns.get_subscription_attributes(SubscriptionArn=by_attribute)["Attributes"]
    assert json.loads(shown["FilterPolicy"]) == policy
    assert shown["FilterPolicyScope"] == "MessageAttributes"

    def publish(text, price, store):
        attributes = {
            "price": {"DataType": "Number", "StringValue": price},
            "store": {"DataType": "String", "StringValue": store},
        }
        sns.publish(TopicArn=arn, Message=text, MessageAttributes=attributes)

    publish("dear", "100.1", "books")
    publish("elsewhere", "5", "games")
    publish("wanted", "5", "toy-trains")
    event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"size": 1}}}]}
    sns.publish(TopicArn=arn, Message=json.dumps(event))
    assert [each["Body"] for each in drain(cheap, 1)] == ["wanted"]
    assert [each["Body"] for each in drain(created, 1)] == [json.dumps(event)]

    change = dict(SubscriptionArn=by_attribute, AttributeName="FilterPolicy")
    setting = sns.set_subscription_attributes
    assert refused(setting, **change, AttributeValue='{"a":"b"}') == (
        "InvalidParameter",
        'Invalid parameter: FilterPolicy: "a" must be an object or an array',
    )
    six = json.dumps({str(n): ["x"] for n in range(6)})
    assert refused(setting, **change, AttributeValue=six)[1].endswith("more than 5 keys")
    setting(**change, AttributeValue="{}")
    sns.publish(TopicArn=arn, Message="all")
    assert [each["Body"] for each in drain(cheap, 1)] == ["all"]


def test_a_fifo_topic_keeps_order_and_takes_once(sns, topic, queue, subscribe, drain):
    arn = topic(fifo=True, ContentBasedDeduplication="true")
    queues = [queue(fifo=True) for _ in range(3)]
    for _, queue_arn in queues:
        subscribe(arn, queue_arn, RawMessageDelivery="true")
    numbers = []
    for start in range(0, 50, 10):
        entries = [
            {"Id": str(n), "Message": f"m{n}", "MessageGroupId": "g"}
            for n in range(start, start + 10)
        ]
        reply = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)
        numbers += [each["SequenceNumber"] for each in reply["Successful"]]
    again = sns.publish(TopicArn=arn, Message="m7", MessageGroupId="g")
    assert again["SequenceNumber"] == numbers[7]
    assert numbers == sorted(numbers) and len(set(numbers)) == 50
    assert {len(number) for number in numbers} == {20}
    for url, _ in queues:
        assert [each["Body"] for each in drain(url, 50)] == [f"m{n}" for n in range(50)]
    assert refused(sns.publish, TopicArn=arn, Message="m") == (
        "InvalidParameter",
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
    )
    standard, standard_arn = queue()
    subscribe(arn, standard_arn)
    sent = sns.publish(TopicArn=arn, Message="last", MessageGroupId="h")
    envelope = json.loads(drain(standard, 1)[0]["Body"])
    assert (envelope["MessageId"], envelope["SequenceNumber"]) == (
        sent["MessageId"], sent["SequenceNumber"],
    )
    [message] = drain(queues[0][0], 1)
    assert message["Attributes"]["MessageGroupId"] == "h"


def test_what_cannot_be_delivered_is_dead_lettered(sns, sqs, topic, queue, subscribe, drain):
    arn, (url, gone_arn), (dead, dead_arn) = topic(), queue(), queue()
    subscription = subscribe(arn, gone_arn)
    sqs.delete_queue(QueueUrl=url)
    sns.set_subscription_attributes(
        SubscriptionArn=subscription,
        AttributeName="RedrivePolicy",
        AttributeValue=json.dumps({"deadLetterTargetArn": dead_arn}),
    )
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"
    subscribe(arn, function, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn}))
    sent = sns.publish(TopicArn=arn, Message="kept")
    envelopes = [json.loads(each["Body"]) for each in drain(dead, 2)]
    for envelope in envelopes:
        assert (envelope["Message"], envelope["MessageId"]) == ("kept", sent["MessageId"])


def test_a_function_is_invoked_with_the_event(client, sns, topic, name, subscribe, until):
    lambdas, logs, function = client("lambda"), client("logs"), name("fn")
    created = lambdas.create_function(
        FunctionName=function,
        Role=ROLE,
        Runtime=RUNTIME,
        Handler="app.handler",
        Code={"ZipFile": package(ECHO)},
    )
    arn = topic()
    subscription = subscribe(arn, created["FunctionArn"])
    sent = sns.publish(TopicArn=arn, Message="work", Subject="s")

    def event():
        try:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except ClientError:
            return None
        lines = [each["message"] for each in events if each["message"].startswith("EVENT ")]
        return json.loads(lines[0].removeprefix("EVENT ")) if lines else None

    [record] = until(event)["Records"]
    assert record["EventSource"] == "aws:sns" and record["EventSubscriptionArn"] == subscription
    told = record["Sns"]
    shown = [told[name] for name in ("Type", "TopicArn", "Subject", "Message", "MessageId")]
    assert tuple(shown) == (
        "Notification", arn, "s", "work", sent["MessageId"],
    )


def test_a_bucket_tells_a_topic(client, topic, queue, subscribe, drain, name):
    s3, bucket = client("s3"), name("bucket")
    arn, (url, queue_arn) = topic(), queue()
    subscribe(arn, queue_arn)
    s3.create_bucket(Bucket=bucket)
    rule = {"Id": "all", "TopicArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"TopicConfigurations": [rule]}
    )
    shown = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert shown["TopicConfigurations"] == [rule]
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    envelopes = [json.loads(each["Body"]) for each in drain(url, 2)]
    assert {each["Subject"] for each in envelopes} == {"Amazon S3 Notification"}
    notices = [json.loads(each["Message"]) for each in envelopes]
    tests = [each for each in notices if each.get("Event") == "s3:TestEvent"]
    events = [each["Records"][0] for each in notices if "Records" in each]
    assert len(tests) == 1
    assert [each["s3"]["object"]["key"] for each in events] == ["a"]
    none = {**rule, "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:none"}
    assert refused(
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration={"TopicConfigurations": [none]},
    )[0] == "InvalidArgument"


def test_what_topics_do_is_counted(sns, topic, queue, subscribe, endpoint, until):
    def counted():
        with urllib.request.urlopen(f"{endpoint}/metrics", timeout=60) as response:
            lines = response.read().decode().splitlines()
        found = {}
        for line in lines:
            if line.startswith("tidemill_sns_"):
                series, value = line.rsplit(" ", 1)
                found[series.removeprefix("tidemill_sns_")] = int(value)
        return found

    arn, (_, queue_arn), (_, other_arn) = topic(), queue(), queue()
    subscribe(arn, queue_arn)
    subscribe(arn, other_arn, FilterPolicy='{"a":["b"]}')
    before = counted()
    sns.publish(TopicArn=arn, Message="m")
    expected = {
        "topics": 0,
        "subscriptions": 0,
        "messages_fanning_out": 0,
        "messages_unsigned": 0,
        "messages_published_total": 1,
        "deliveries_filtered_total": 1,
        'deliveries_total{protocol="sqs",outcome="sent"}': 1,
        'deliveries_total{protocol="sqs",outcome="dead_lettered"}': 0,
        'deliveries_total{protocol="sqs",outcome="dropped"}': 0,
    }

    def grown():
        after = counted()
        return {series: after[series] - before[series] for series in expected}

    # A message is sent on when it has been signed, after `Publish` was answered.
    until(lambda: grown() == expected)

    gone = subscribe(arn, f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone")
    sns.publish(TopicArn=arn, Message="m")
    series = f'subscription_losses_total{{subscription="{gone}",outcome="dropped"}}'
    until(lambda: counted().get(series) == 1)
    sns.unsubscribe(SubscriptionArn=gone)
    assert series not in counted()


def test_subscriptions_are_listed_and_ended(sns, topic, queue, subscribe, drain):
    arn, (url, queue_arn) = topic(), queue()
    fake = [f"arn:aws:sqs:{REGION}:{ACCOUNT}:fake-{n}" for n in range(100)]
    with ThreadPoolExecutor(8) as pool:
        arns = set(pool.map(lambda one: subscribe(arn, one), [*fake, queue_arn]))
    pages = list(sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn))
    assert [len(page["Subscriptions"]) for page in pages] == [100, 1]
    listed = [each for page in pages for each in page["Subscriptions"]]
    assert {each["SubscriptionArn"] for each in listed} == arns
    everywhere = sns.get_paginator("list_subscriptions").paginate()
    assert arns <= {
        each["SubscriptionArn"] for page in everywhere for each in page["Subscriptions"]
    }
    [ended] = [each["SubscriptionArn"] for each in listed if each["Endpoint"] == queue_arn]
    sns.unsubscribe(SubscriptionArn=ended)
    sns.unsubscribe(SubscriptionArn=ended)
    assert refused(sns.get_subscription_attributes, SubscriptionArn=ended) == (
        "NotFound", "Subscription does not exist",
    )
    shown = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert (shown["SubscriptionsConfirmed"], shown["SubscriptionsDeleted"]) == ("100", "1")


def test_a_thousand_and_more_queues_hear_one_message_across_a_kill(start_server, until):
    server = start_server()
    sns, sqs = server.client("sns"), server.client("sqs")
    arn = sns.create_topic(Name="wide")["TopicArn"]
    count, real = 2_500, 40

    def make(number):
        queue = f"wide-{number}"
        # The real ones are spread over the whole order of subscriptions.
        if number % (count // real) == 0:
            sqs.create_queue(QueueName=queue)
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
            Attributes={"RawMessageDelivery": "true"},
        )

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(make, range(count)))
    sns.publish(TopicArn=arn, Message="hello")
    server.restart()
    sqs = server.client("sqs")
    urls = [
        sqs.get_queue_url(QueueName=f"wide-{number}")["QueueUrl"]
        for number in range(0, count, count // real)
    ]

    def counts():
        names = ["ApproximateNumberOfMessages"]
        return {
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]]
            for url in urls
        }

    until(lambda: counts() == {"1"})


def test_what_is_malformed_is_refused_by_name(sns, topic, server):
    arn = topic()

    def ask(fields):
        body = urllib.parse.urlencode({"Version": "2010-03-31", **fields}).encode()
        url, headers, _ = sign(
            "POST",
            f"{server.endpoint}/",
            body,
            {"Content-Type": "application/x-www-form-urlencoded"},
            server.access_key_id,
            server.secret_access_key,
            "sns",
        )
        reply = requests.post(url, data=body, headers=headers, timeout=30)
        assert reply.headers["content-type"] == "text/xml"
        return reply.status_code, re.search("<Code>(.*?)</Code>", reply.text)[1]

    entry = "PublishBatchRequestEntries.member.1"
    for fields, expected in [
        ({"Action": "Publish", "TopicArn": arn}, (400, "ValidationError")),
        ({"Action": "Publish", "TopicArn": "", "Message": "m"}, (400, "InvalidParameter")),
        ({"Action": "Dance"}, (400, "InvalidAction")),
        ({"Action": "PublishBatch", "TopicArn": arn}, (400, "ValidationError")),
        (
            {"Action": "PublishBatch", "TopicArn": arn, f"{entry}.Id": "1"},
            (400, "ValidationError"),
        ),
        (
            {
                "Action": "Publish",
                "TopicArn": arn,
                "Message": "m",
                "MessageAttributes.entry.1.Name": "a",
                "MessageAttributes.entry.1.Value.DataType": "Binary",
                "MessageAttributes.entry.1.Value.BinaryValue": "%%%",
            },
            (400, None),
        ),
        ({"Action": "Subscribe", "TopicArn": arn, "Protocol": "sqs"}, (400, "InvalidParameter")),
        (
            {"Action": "Subscribe", "TopicArn": arn, "Protocol": "ftp", "Endpoint": "x"},
            (400, "InvalidParameter"),
        ),
    ]:
        status, code = ask(fields)
        assert status == expected[0], (fields, status, code)
        assert expected[1] in (None, code), (fields, status, code)
    assert sns.publish(TopicArn=arn, Message="still there")["MessageId"]


def test_kills_lose_and_double_no_acknowledged_message(start_server):
    server = start_server()
    sns, sqs = server.client("sns"), server.client("sqs")
    arn = sns.create_topic(Name="ledger")["TopicArn"]
    urls = []
    for number in range(4):
        urls.append(sqs.create_queue(QueueName=f"ledger-{number}")["QueueUrl"])
        sns.subscribe(
            TopicArn=arn,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:ledger-{number}",
            Attributes={"RawMessageDelivery": "true"},
        )
    acknowledged, tried = set(), set()
    for life in range(4):
        sns = server.client("sns")

        def publish(number, sns=sns, life=life):
            text = f"{life}-{number}"
            tried.add(text)
            try:
                sns.publish(TopicArn=arn, Message=text)
                acknowledged.add(text)
            except (BotoCoreError, ClientError):
                pass  # nothing was promised

        with ThreadPoolExecutor(8) as pool:
            sent = [pool.submit(publish, number) for number in range(200)]
            while sum(each.done() for each in sent) < 100:
                time.sleep(0.002)
            server.restart()
    assert len(acknowledged) >= 400
    sqs = server.client("sqs")
    for url in urls:
        seen, silent = [], 0
        deadline = time.monotonic() + 120
        while silent < 2 or (not acknowledged <= set(seen) and time.monotonic() < deadline):
            reply = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            messages = reply.get("Messages", [])
            silent = 0 if messages else silent + 1
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                seen.append(message["Body"])
        assert len(seen) == len(set(seen)), "a copy came twice"
        assert acknowledged <= set(seen) <= tried
