"""Signatures of notifications, verified as AWS's developer guide says, and endpoints with TLS.

What verifies is Python's `cryptography`; the certificate is fetched from where the message says.
"""

import base64
import datetime
import json
import ssl
import urllib.error

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from http_endpoints import fetch
from server import ACCOUNT, REGION

NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def verify(message):
    """AWS's steps: the certificate, the string to sign, the algorithm of the version."""
    certificate = x509.load_pem_x509_certificate(fetch(message["SigningCertURL"]).encode())
    now = datetime.datetime.now(datetime.timezone.utc)
    assert certificate.not_valid_before_utc < now < certificate.not_valid_after_utc
    certificate.verify_directly_issued_by(certificate)
    names = NOTIFICATION if message["Type"] == "Notification" else CONFIRMATION
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}[message["SignatureVersion"]]
    signature = base64.b64decode(message["Signature"])
    key = certificate.public_key()
    key.verify(signature, text.encode(), padding.PKCS1v15(), algorithm())
    with pytest.raises(InvalidSignature):
        key.verify(signature, (text + " ").encode(), padding.PKCS1v15(), algorithm())


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_endpoints_are_told_verifies(sns, name, endpoint_of, until, version):
    attributes = {"SignatureVersion": version}
    topic = sns.create_topic(Name=name("topic"), Attributes=attributes)["TopicArn"]
    endpoint = endpoint_of()
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    until(lambda: endpoint.told("SubscriptionConfirmation"))
    [asked] = endpoint.told("SubscriptionConfirmation")
    verify(asked)
    assert asked["SignatureVersion"] == version
    fetch(asked["SubscribeURL"])
    sns.publish(TopicArn=topic, Message="plain")
    sns.publish(TopicArn=topic, Message='lines\nand "quotes", ünïcode', Subject="A subject")
    until(lambda: len(endpoint.told("Notification")) == 2)
    for told in endpoint.told("Notification"):
        verify(told)
    fetch(endpoint.told("Notification")[0]["UnsubscribeURL"])
    until(lambda: endpoint.told("UnsubscribeConfirmation"))
    [ended] = endpoint.told("UnsubscribeConfirmation")
    verify(ended)
    sns.publish(TopicArn=topic, Message="unheard")
    assert "<SubscriptionArn>" in fetch(ended["SubscribeURL"]), "it comes back by this link"
    sns.publish(TopicArn=topic, Message="heard again")
    until(lambda: endpoint.told("Notification")[-1]["Message"] == "heard again")
    texts = [told["Message"] for told in endpoint.told("Notification")]
    assert "unheard" not in texts


def test_what_queues_are_told_verifies_and_survives_a_restart(start_server, until):
    server = start_server()
    sns, sqs = server.client("sns"), server.client("sqs")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    topic = sns.create_topic(Name="orders", Attributes={"SignatureVersion": "2"})["TopicArn"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:told"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)

    def told():
        messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    structured = json.dumps({"default": "for all", "sqs": "for queues"})
    sns.publish(TopicArn=topic, Message=structured, MessageStructure="json", Subject="S")
    [first] = until(told)
    assert list(first) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
    ]
    assert first["Message"] == "for queues"
    verify(first)
    keys = list((server.data / "signatures").iterdir())
    assert {path.stat().st_mode & 0o777 for path in keys if path.name == "key.pem"} == {0o600}

    server.restart()
    sns, sqs = server.client("sns"), server.client("sqs")
    sns.publish(TopicArn=topic, Message="after a restart")
    [second] = until(told)
    verify(second)
    assert second["SigningCertURL"] == first["SigningCertURL"]

    # Rotation: the key is taken away, and what it signed still verifies.
    server.kill()
    (server.data / "signatures" / "key.pem").unlink()
    server.start()
    sns, sqs = server.client("sns"), server.client("sqs")
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="1"
    )
    sns.publish(TopicArn=topic, Message="with another key")
    [third] = until(told)
    verify(third)
    assert third["SignatureVersion"] == "1"
    assert third["SigningCertURL"] != first["SigningCertURL"]
    verify(first)


def test_certificates_are_served_and_nothing_else_is(endpoint):
    for path in (
        "/SimpleNotificationService-00000000000000000000000000000000.pem",
        "/SimpleNotificationService-key.pem",
        "/SimpleNotificationService-..%2f..%2froot-key.toml.pem",
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(endpoint + path)
        assert refused.value.code == 404, path


def certificate_for(folder, *hosts, days=30):
    """A server's context with a certificate of its own, and the file to trust it by."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir()
    pem = folder / "certificate.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return context, pem


def test_endpoints_with_tls_are_told_and_bad_certificates_hold_up_nobody(
    start_server, endpoint_of, until, tmp_path
):
    trusted, pem = certificate_for(tmp_path / "trusted", "localhost")
    unknown, _ = certificate_for(tmp_path / "unknown", "localhost")
    misnamed, other = certificate_for(tmp_path / "misnamed", "elsewhere.example")
    roots = tmp_path / "roots.pem"
    expired, old = certificate_for(tmp_path / "expired", "localhost", days=-1)
    roots.write_bytes(b"".join(path.read_bytes() for path in (pem, other, old)))
    config = tmp_path / "tidemill.toml"
    config.write_text(f"[deliveries]\ncertificates = '{roots}'\n")
    server = start_server(config=config)
    sns, sqs = server.client("sns"), server.client("sqs")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    good = endpoint_of(context=trusted)
    bad = [endpoint_of(context=context) for context in (unknown, misnamed, expired)]
    for endpoint in (*bad, good):
        sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=endpoint.url)
    until(lambda: good.requests)
    [asked] = good.told("SubscriptionConfirmation")
    verify(asked)
    sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    sns.publish(TopicArn=topic, Message="hello")
    until(lambda: good.told("Notification"))
    assert [endpoint.requests for endpoint in bad] == [[], [], []]

    # The certificate goes bad after the confirmation: the message is given up, and not lost.
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    subscription = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    [arn] = [one["SubscriptionArn"] for one in subscription if one["Endpoint"] == good.url]
    for attribute, value in (
        ("RedrivePolicy", {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"}),
        ("DeliveryPolicy", {"healthyRetryPolicy": {"numRetries": 1, "numNoDelayRetries": 1}}),
    ):
        sns.set_subscription_attributes(
            SubscriptionArn=arn, AttributeName=attribute, AttributeValue=json.dumps(value)
        )
    config.write_text("")
    server.stop()
    server.start()
    sns, sqs = server.client("sns"), server.client("sqs")
    sns.publish(TopicArn=topic, Message="distrusted")
    [message] = until(
        lambda: sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=5).get("Messages")
    )
    told = json.loads(message["Body"])
    assert told["Message"] == "distrusted"
    verify(told)


def test_a_denied_network_is_not_reached(start_server, endpoint_of, until, tmp_path):
    config = tmp_path / "tidemill.toml"
    config.write_text("[deliveries]\ndeny = ['127.0.0.0/8', '::1']\n")
    server = start_server(config=config)
    sns = server.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    endpoint = endpoint_of()
    named = endpoint.url.replace("127.0.0.1", "localhost")
    for url in (endpoint.url, named):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    until(lambda: "no delivery may go there" in server.output())
    assert endpoint.requests == []
    config.write_text("[deliveries]\ndeny = ['0.0.0.0/0', '::/0']\nallow = ['127.0.0.1']\n")
    server.stop()
    server.start()
    server.client("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url)
    until(lambda: endpoint.requests)


def test_the_server_posts_nothing_to_itself(start_server, until):
    server = start_server()
    sns = server.client("sns")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{server.endpoint}/hook")
    until(lambda: "no delivery may go there" in server.output())
