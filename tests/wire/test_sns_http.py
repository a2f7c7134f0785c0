"""Topics that tell HTTP endpoints, through boto3: confirmation, delivery, retries, links, a kill."""

import json
import urllib.error
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from http_endpoints import HABITS, BadEndpoint, fetch
from server import ACCOUNT, REGION

AT_ONCE = json.dumps({"healthyRetryPolicy": {"numRetries": 3, "numNoDelayRetries": 3}})


@pytest.fixture
def topic(sns, name):
    """The ARN of a new topic."""
    return sns.create_topic(Name=name("topic"))["TopicArn"]


def confirmed(sns, until, topic, endpoint, **attributes):
    """Subscribes, waits to be asked, and follows the link: the subscription's ARN."""
    reply = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=endpoint.url, Attributes=attributes
    )
    assert reply["SubscriptionArn"] == "pending confirmation"
    until(lambda: endpoint.of_type("SubscriptionConfirmation"))
    answer = fetch(endpoint.told("SubscriptionConfirmation")[-1]["SubscribeURL"])
    return answer.split("<SubscriptionArn>")[1].split("</SubscriptionArn>")[0]


def test_an_endpoint_confirms_by_its_link_and_is_told(sns, topic, endpoint_of, until):
    endpoint = endpoint_of()
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    until(lambda: endpoint.requests)
    headers, body = endpoint.requests[0]
    asked = json.loads(body)
    assert list(asked)[:6] == [
        "Type",
        "MessageId",
        "Token",
        "TopicArn",
        "Message",
        "SubscribeURL",
    ]
    assert headers["x-amz-sns-message-id"] == asked["MessageId"]
    assert headers["x-amz-sns-topic-arn"] == topic
    sns.publish(TopicArn=topic, Message="early")
    page = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in page] == ["PendingConfirmation"]

    arn = fetch(asked["SubscribeURL"]).split("<SubscriptionArn>")[1].split("<")[0]
    page = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in page] == [arn]
    shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == (
        "false",
        "false",
    )
    sns.publish(TopicArn=topic, Message="late", Subject="S")
    until(endpoint.texts)
    assert endpoint.texts() == ["late"], "what came before the confirmation is not sent"
    headers, body = endpoint.of_type("Notification")[0]
    assert headers["x-amz-sns-subscription-arn"] == arn
    assert headers["content-type"] == "text/plain; charset=UTF-8"

    fetch(body["UnsubscribeURL"])
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_token_is_confirmed_by_api_and_protects(sns, topic, endpoint_of, until):
    endpoint = endpoint_of()
    arn = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=endpoint.url, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    assert arn.startswith(topic)
    until(lambda: endpoint.requests)
    asked = json.loads(endpoint.requests[0][1])
    with pytest.raises(ClientError) as refusal:
        sns.confirm_subscription(TopicArn=topic, Token=asked["Token"][::-1])
    assert refusal.value.response["Error"]["Code"] == "InvalidParameter"
    reply = sns.confirm_subscription(
        TopicArn=topic, Token=asked["Token"], AuthenticateOnUnsubscribe="true"
    )
    assert reply["SubscriptionArn"] == arn
    sns.publish(TopicArn=topic, Message="hello")
    until(endpoint.texts)
    link = endpoint.told()[0]["UnsubscribeURL"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        fetch(link)
    assert refused.value.code == 403
    sns.unsubscribe(SubscriptionArn=arn)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_failures_are_tried_again_and_given_up(sns, client, topic, endpoint_of, until, name):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=name("dead"))["QueueUrl"]
    names = ["QueueArn", "ApproximateNumberOfMessages"]
    dead = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": dead})
    recovers, fails, refuses = endpoint_of(500, 429, 200), endpoint_of(503), endpoint_of(404)
    for endpoint in (recovers, fails, refuses):
        confirmed(sns, until, topic, endpoint, DeliveryPolicy=AT_ONCE, RedrivePolicy=redrive)
    sns.publish(TopicArn=topic, Message="hello")

    def dead_letters():
        shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(shown["ApproximateNumberOfMessages"])

    until(lambda: dead_letters() == 2 and len(recovers.texts()) == 3)
    tries = [len(endpoint.texts()) for endpoint in (recovers, fails, refuses)]
    assert tries == [3, 4, 1]
    message = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert json.loads(message["Body"])["Message"] == "hello"


def test_no_bad_endpoint_slows_a_good_one(sns, client, topic, endpoint_of, until, name):
    """One that never answers is given up after fifteen seconds: fifty of that would show."""
    sqs = client("sqs")
    decoy = endpoint_of()
    good = endpoint_of()
    bad = [endpoint_of(habit, kind=BadEndpoint) for habit in HABITS]
    wrong = [endpoint_of(status, location=decoy.url) for status in (500, 302, 307, 308)]
    for endpoint in bad:
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
        until(lambda endpoint=endpoint: endpoint.asked)
        fetch(endpoint.asked[0]["SubscribeURL"])
    for endpoint in (*wrong, good):
        confirmed(sns, until, topic, endpoint)
    queue = name("told")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sent = {str(number) for number in range(50)}
    for text in sent:
        sns.publish(TopicArn=topic, Message=text)
    until(lambda: set(good.texts()) == sent)
    heard = set()

    def hear():
        for message in sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        ).get("Messages", []):
            heard.add(json.loads(message["Body"])["Message"])
        return heard == sent

    until(hear)
    until(lambda: all(endpoint.connections for endpoint in bad))
    until(lambda: all(endpoint.texts() for endpoint in wrong))
    assert decoy.requests == [], "no redirect is followed"
    sns.delete_topic(TopicArn=topic)  # what is still to be tried again ends


def test_links_that_are_wrong_are_refused(topic, endpoint):
    for query in (
        "Action=ConfirmSubscription&TopicArn=x&Token=y",
        f"Action=ConfirmSubscription&TopicArn={topic}&Token=y",
        f"Action=DeleteTopic&TopicArn={topic}",
        "Action=Unsubscribe&SubscriptionArn=x",
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(f"{endpoint}/?{query}")
        assert refused.value.code in (400, 403), query


def test_no_acknowledged_message_is_lost_in_kills(start_server, endpoint_of, until):
    endpoint = endpoint_of()
    server = start_server()
    sns = server.client("sns")
    arn = sns.create_topic(Name="ledger")["TopicArn"]
    retries = json.dumps({"healthyRetryPolicy": {"numRetries": 50, "numNoDelayRetries": 50}})
    confirmed(sns, until, arn, endpoint, DeliveryPolicy=retries)
    acknowledged = set()
    for life in range(3):
        sns = server.client("sns")

        def publish(number, sns=sns, life=life):
            text = f"{life}-{number}"
            try:
                sns.publish(TopicArn=arn, Message=text)
            except (BotoCoreError, ClientError):
                return
            acknowledged.add(text)

        with ThreadPoolExecutor(8) as pool:
            published = [pool.submit(publish, number) for number in range(300)]
            published[100].result()
            server.kill()
        server.start()
    assert len(acknowledged) >= 300
    until(lambda: acknowledged <= set(endpoint.texts()), seconds=60)
