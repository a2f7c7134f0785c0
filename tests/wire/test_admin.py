"""The admin API and its commands: looking without touching, dead letters by cause, sending back.

Each test has a server of its own: kill -9 is part of what they show.
"""

import hashlib
import io
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from server import ACCOUNT, REGION, binary

RUNTIME = f"python3.{sys.version_info.minor}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}

# Fails in two ways, by what it is told.
FAIL = """
def handler(event, context):
    import json
    for record in event["Records"]:
        body = json.loads(record["body"])
        if "customer" not in body:
            raise KeyError("customer")
        if body["total"] < 0:
            raise ValueError("a negative total")
"""


class Admin:
    """The API as a stranger's script would speak it: any HTTP client, and botocore's signer."""

    def __init__(self, server, credentials=None, service="tidemill"):
        self.server = server
        self.credentials = credentials or Credentials(
            server.access_key_id, server.secret_access_key
        )
        self.service = service

    def ask(self, method, path, body=None):
        """The status and the JSON of an answer."""
        url = f"{self.server.endpoint}/_tidemill/{path}"
        data = json.dumps(body).encode() if body is not None else b""
        request = AWSRequest(method=method, url=url, data=data)
        if self.service:
            SigV4Auth(self.credentials, self.service, REGION).add_auth(request)
        sent = urllib.request.Request(
            url, data=data or None, headers=dict(request.headers.items()), method=method
        )
        try:
            with urllib.request.urlopen(sent, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path):
        """What a GET that must succeed answers."""
        status, value = self.ask("GET", path)
        assert status == 200, value
        return value

    def post(self, path, body=None):
        """What a POST that must succeed answers."""
        status, value = self.ask("POST", path, body if body is not None else {})
        assert status == 200, value
        return value


@pytest.fixture
def running(start_server):
    """A server of the test's own."""
    return start_server()


@pytest.fixture
def admin(running):
    """Its admin API."""
    return Admin(running)


@pytest.fixture
def sqs(running):
    """Its queues."""
    return running.client("sqs")


@pytest.fixture
def tidemill(running):
    """`tidemill("queue", "list")`: a command on that server; with `--json`, what it printed."""

    def run(*arguments, check=True):
        done = subprocess.run(
            [str(binary()), *map(str, arguments), "--data", str(running.data)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if not check:
            return done
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.stdout

    return run


def arn(queue):
    """A queue's ARN by its name."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}"


def with_dead_letters(sqs, receives=1, **attributes):
    """`orders` and its dead-letter queue; their URLs."""
    dead = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
    policy = json.dumps({"deadLetterTargetArn": arn("orders-dead"), "maxReceiveCount": receives})
    orders = sqs.create_queue(
        QueueName="orders", Attributes={"RedrivePolicy": policy, **attributes}
    )["QueueUrl"]
    return orders, dead


def fail_all(sqs, orders, bodies):
    """Sends, receives and gives back, until everything is dead."""
    for body in bodies:
        sqs.send_message(QueueUrl=orders, MessageBody=body)
    given_back = 0
    deadline = time.monotonic() + 120
    while given_back < len(bodies):
        assert time.monotonic() < deadline, f"{given_back} of {len(bodies)}"
        got = sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            sqs.change_message_visibility(
                QueueUrl=orders, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        given_back += len(got)
    assert "Messages" not in sqs.receive_message(QueueUrl=orders, MaxNumberOfMessages=10)


def test_a_peek_touches_nothing_also_after_kill_nine(running, admin, sqs, tidemill):
    url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    for number in range(5):
        sqs.send_message(
            QueueUrl=url,
            MessageBody=json.dumps({"order": {"number": number, "lines": [{"sku": "x-1"}]}}),
            MessageAttributes={"colour": {"DataType": "String", "StringValue": "red"}},
            DelaySeconds=600 if number == 4 else 0,
        )
    held = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]
    assert len(held) == 2

    def everything():
        """What each way of looking shows."""
        return [
            admin.get("queues/orders/messages")["messages"],
            admin.get("queues/orders/messages?state=in-flight&state=delayed")["messages"],
            admin.post("queues/orders/search", {"text": "x-1"})["messages"],
            [admin.get(f"queues/orders/messages/{position}") for position in range(1, 6)],
            tidemill("queue", "peek", "orders", "--json")["messages"],
        ]

    before = everything()
    states = [message["state"] for message in before[0]]
    assert sorted(states) == ["delayed", "in-flight", "in-flight", "visible", "visible"]
    assert len(before[1]) == 3 and len(before[2]) == 5
    in_flight = next(message for message in before[3] if message["state"] == "in-flight")
    assert in_flight["receives"] == [
        {"receive": 1, "because": "first delivery", "outcome": "in-flight", "ended_at": None}
    ]
    running.restart()
    assert everything() == before, "neither looking nor dying changed anything"
    # The two that were held are still held, and their handles are still good.
    left = sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert len(left) == 2
    assert {m["Attributes"]["ApproximateReceiveCount"] for m in left} == {"1"}
    assert not {m["MessageId"] for m in left} & {m["MessageId"] for m in held}
    for message in held:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    counts = admin.get("queues/orders")["messages"]
    assert counts == {"visible": 0, "in_flight": 2, "delayed": 1}


def test_a_search_finds_by_text_and_by_json(sqs, tidemill):
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={
        "FifoQueue": "true", "ContentBasedDeduplication": "true",
    })["QueueUrl"]
    for number in range(150):
        body = {"customer": {"id": number}, "note": "refund" if number % 50 == 0 else "fine"}
        sqs.send_message(
            QueueUrl=url, MessageBody=json.dumps(body), MessageGroupId=f"g{number % 3}"
        )

    def found(*conditions):
        shown = tidemill("queue", "search", "orders.fifo", *conditions, "--json")
        return [json.loads(message["body"])["customer"]["id"] for message in shown["messages"]]

    assert found("--text", "refund") == [0, 50, 100]
    assert found("--text", "refund", "--group", "g2") == [50]
    assert found("--path", "$.customer.id=149") == [149]
    assert found("--path", '$.customer.id="149"') == []
    fine = [number for number in range(150) if number % 50][:130]
    assert found("--path", "$.note=fine", "--limit", "130") == fine
    assert "no message fits" in tidemill("queue", "search", "orders.fifo", "--text", "none")


def test_a_failing_functions_dead_letters_are_grouped_by_cause_and_sent_back(
    running, admin, sqs, tidemill, until
):
    orders, dead = with_dead_letters(sqs, VisibilityTimeout="15")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", FAIL)
    lambdas = running.client("lambda")
    lambdas.create_function(
        FunctionName="intake", Role=ROLE, Runtime=RUNTIME, Handler="app.handler", Timeout=15,
        Code={"ZipFile": packed.getvalue()},
    )
    mapping = lambdas.create_event_source_mapping(
        FunctionName="intake", EventSourceArn=arn("orders"), BatchSize=1
    )["UUID"]
    for number in range(3):
        sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"number": number}))
    sqs.send_message(QueueUrl=orders, MessageBody=json.dumps({"customer": 1, "total": -1}))

    def groups():
        return admin.get("queues/orders-dead/failures")["groups"]

    until(lambda: sum(group["count"] for group in groups()) == 4, 60)
    keys, values = groups()
    assert (keys["count"], keys["reason"]["error_type"]) == (3, "KeyError")
    assert keys["shape"] == "{number}"
    assert (values["count"], values["reason"]["error_type"]) == (1, "ValueError")
    assert keys["reason"]["function"].endswith(":function:intake")
    assert keys["first_seen_at"] <= keys["last_seen_at"]
    sample = admin.get(f"queues/orders-dead/messages/{keys['sample']['position']}")
    assert [receive["outcome"] for receive in sample["receives"]] == ["function-error"]
    assert sample["dead_letter_source"] == arn("orders")
    ended = 'queue="orders",reason="function-error"'
    with urllib.request.urlopen(f"{running.endpoint}/metrics", timeout=60) as page:
        line = next(line for line in page.read().decode().splitlines() if ended in line)
    assert line.startswith("tidemill_sqs_receives_ended_total") and line.endswith(" 4")

    running.restart()
    assert groups() == [keys, values], "what went wrong is known after kill -9"
    shown = tidemill("dlq", "groups", "orders-dead")
    assert "KeyError in arn:aws:lambda" in shown and keys["fingerprint"] in shown
    listed = tidemill("dlq", "show", "orders-dead", keys["fingerprint"], "--json")["messages"]
    assert len(listed) == 3

    # The cause is mended: nobody consumes now, and those of one group go back, no others.
    lambdas.delete_event_source_mapping(UUID=mapping)
    until(lambda: not lambdas.list_event_source_mappings()["EventSourceMappings"])
    refused = tidemill("dlq", "redrive", "orders-dead", check=False)
    assert refused.returncode == 1 and "--all" in refused.stderr
    tidemill("dlq", "redrive", "orders-dead", "--group", keys["fingerprint"])

    def report():
        last = tidemill("dlq", "status", "orders-dead", "--json")["redrives"][0]
        return None if last["is_running"] else last

    done = until(report)
    assert (done["status"], done["moved"], done["skipped"]) == ("COMPLETED", 3, 1)
    assert done["filter"]["fingerprint"] == keys["fingerprint"]
    until(lambda: admin.get("queues/orders")["messages"]["visible"] == 3)
    assert [group["fingerprint"] for group in groups()] == [values["fingerprint"]]


def test_a_redrive_keeps_its_rate_across_kill_nine_and_is_cancelled(
    running, admin, sqs, tidemill, until
):
    orders, _ = with_dead_letters(sqs)
    fail_all(sqs, orders, [f"order {number}" for number in range(60)])
    until(lambda: admin.get("queues/orders-dead")["messages"]["visible"] == 60)
    started = tidemill("dlq", "redrive", "orders-dead", "--text", "order", "--rate", "2", "--json")
    assert started["status"] == "RUNNING" and started["messages_per_second"] == 2
    status, refusal = admin.ask("POST", "queues/orders-dead/redrives", {})
    assert status == 400 and "already a task running" in refusal["message"]
    running.restart()

    def moved():
        return admin.get(f"queues/orders-dead/redrives/{started['id']}")["moved"]

    until(lambda: moved() >= 3)
    assert moved() < 60, "two a second"
    assert "CANCELLED" in tidemill("dlq", "cancel", "orders-dead")
    report = admin.get(f"queues/orders-dead/redrives/{started['id']}")
    assert report["status"] == "CANCELLED"
    time.sleep(1.5)
    assert moved() == report["moved"], "it moves no more"
    until(lambda: admin.get("queues/orders")["messages"]["visible"] == report["moved"])
    left = admin.get("queues/orders-dead")["messages"]["visible"]
    assert left == 60 - report["moved"]
    running.restart()
    again = tidemill("dlq", "cancel", "orders-dead", check=False)
    assert again.returncode == 1 and "no redrive of orders-dead runs" in again.stderr


def test_a_dead_letter_is_edited_sent_back_once_and_who_did_it_is_kept(
    running, admin, sqs, tidemill, until
):
    orders, _ = with_dead_letters(sqs)
    bodies = [json.dumps({"id": number, "total": 10.10}) for number in range(5)] + ["no JSON"]
    fail_all(sqs, orders, bodies)
    until(lambda: admin.get("queues/orders-dead")["messages"]["visible"] == 6, 30)
    dead = admin.get("queues/orders-dead/messages")["messages"]
    first = next(message for message in dead if message["body"].startswith('{"id": 0,'))

    command = ("dlq", "edit", "orders-dead", "--position", first["position"])
    refused = tidemill(*command, "--patch", '[{"op":"test","path":"/id","value":7}]', check=False)
    assert refused.returncode == 1 and "what is at /id is not 7" in refused.stderr
    entry = tidemill(
        *command, "--merge", '{"id":100}', "--set-attribute", "by=hand", "--json"
    )
    assert entry["access_key_id"] == running.access_key_id
    assert entry["before"]["message_id"] == first["message_id"]
    assert entry["before"]["body"] == '{"id": 0, "total": 10.1}'
    digest = hashlib.sha256(entry["after"]["body"].encode()).hexdigest()
    assert entry["after"]["body_sha256"] == digest
    again = tidemill(*command, "--merge", '{"id":200}', check=False)
    assert again.returncode == 1 and "may be gone" in again.stderr
    running.restart()
    got = until(
        lambda: sqs.receive_message(
            QueueUrl=orders, MessageAttributeNames=["All"], WaitTimeSeconds=1
        ).get("Messages"),
        30,
    )
    assert [message["Body"] for message in got] == [entry["after"]["body"]]
    assert got[0]["MessageId"] == entry["after"]["message_id"]
    assert got[0]["MessageAttributes"]["by"]["StringValue"] == "hand"
    sqs.delete_message(QueueUrl=orders, ReceiptHandle=got[0]["ReceiptHandle"])

    # All the others alike; the one that the change does not fit stays, and is said.
    started = tidemill("dlq", "edit", "orders-dead", "--all", "--merge", '{"ok":true}', "--json")
    assert started["is_editing"]
    running.restart()

    def report():
        last = admin.get(f"queues/orders-dead/redrives/{started['id']}")
        return None if last["is_running"] else last

    done = until(report, 30)
    assert (done["status"], done["moved"]) == ("FAILED", 4)
    assert "the body is no JSON" in done["failure_reason"]
    until(lambda: admin.get("queues/orders")["messages"]["visible"] == 4, 30)
    trail = tidemill("dlq", "audit", "orders-dead", "--json")["edits"]
    assert [edit["number"] for edit in trail] == [5, 4, 3, 2, 1]
    assert trail[4] == entry
    assert {edit["redrive"] for edit in trail[:4]} == {started["id"]}
    assert all(json.loads(edit["after"]["body"])["ok"] for edit in trail[:4])
    found = admin.get("queues/orders/messages")["messages"]
    assert {m["message_id"] for m in found} == {e["after"]["message_id"] for e in trail[:4]}
    told = tidemill("dlq", "audit", "orders-dead", "--limit", "1")
    assert f"by {running.access_key_id}, to orders" in told and '"ok":true' in told
    nothing = tidemill("dlq", "edit", "orders-dead", "--position", "1", check=False)
    assert nothing.returncode != 0 and "--merge" in nothing.stderr


def test_groups_of_a_deep_dead_letter_queue_are_counted_whole(admin, sqs, tidemill):
    with_dead_letters(sqs)
    dead = sqs.get_queue_url(QueueName="orders-dead")["QueueUrl"]
    for batch in range(1_050):
        body = '{"id":1}' if batch % 2 else "text"
        entries = [{"Id": str(entry), "MessageBody": body} for entry in range(10)]
        sqs.send_message_batch(QueueUrl=dead, Entries=entries)
    part = admin.get("queues/orders-dead/failures")
    assert part["examined"] <= 10_000 and part["next"]
    whole = tidemill("dlq", "groups", "orders-dead", "--json")
    assert (whole["examined"], whole["next"]) == (10_500, None)
    assert sorted((group["shape"], group["count"]) for group in whole["groups"]) == [
        ("text", 5_250), ("{id}", 5_250),
    ]
    first = tidemill("dlq", "groups", "orders-dead", "--at-most", "100")
    assert "go on with --from" in first


def test_a_hundred_move_tasks_of_an_account_run_and_one_more_does_not(sqs, until):
    for number in range(101):
        dead = sqs.create_queue(QueueName=f"dead{number}")["QueueUrl"]
        policy = {"deadLetterTargetArn": arn(f"dead{number}"), "maxReceiveCount": 1}
        attributes = {"RedrivePolicy": json.dumps(policy)}
        sqs.create_queue(QueueName=f"source{number}", Attributes=attributes)
        for _ in range(6):
            entries = [{"Id": str(entry), "MessageBody": "a"} for entry in range(10)]
            sqs.send_message_batch(QueueUrl=dead, Entries=entries)
    sqs.create_queue(QueueName="other")

    def start(number):
        return sqs.start_message_move_task(
            SourceArn=arn(f"dead{number}"), DestinationArn=arn("other"),
            MaxNumberOfMessagesPerSecond=1,
        )["TaskHandle"]

    def refusal():
        """Why one more is refused. The register is told of a start a moment after it."""
        try:
            sqs.cancel_message_move_task(TaskHandle=start(100))
            return None
        except sqs.exceptions.UnsupportedOperation as error:
            return error.response["Error"]["Message"]

    def is_refused():
        """Or the first has moved its sixty messages already: this machine is too slow to show it."""
        first = sqs.list_message_move_tasks(SourceArn=arn("dead0"))["Results"][0]
        return "at most 100 active" in (refusal() or "") or first["Status"] != "RUNNING"

    handles = [start(number) for number in range(100)]
    until(is_refused)
    for handle in handles[:3]:
        try:
            sqs.cancel_message_move_task(TaskHandle=handle)
        except sqs.exceptions.ClientError:
            pass  # it has ended by itself
    assert until(lambda: refusal() is None)


def test_a_queue_is_paused_and_resumed(running, sqs, tidemill):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    assert "hands nothing out since" in tidemill("queue", "pause", "orders")
    sqs.send_message(QueueUrl=url, MessageBody="a")
    running.restart()
    assert "Messages" not in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    assert "paused" in tidemill("queue", "list")
    tidemill("queue", "resume", "orders")
    assert sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]["Body"] == "a"


def test_a_stuck_consumer_is_said(admin, sqs, tidemill, until):
    url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    for number in range(10):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))

    def receives_and_does_nothing():
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return admin.get("queues/orders")["consumer"]["is_stuck"]

    until(receives_and_does_nothing, every=0.3)
    assert "consumer stuck" in tidemill("queue", "list")
    assert "consumer stuck" in tidemill("status")
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert not admin.get("queues/orders")["consumer"]["is_stuck"]
    assert "consumer stuck" not in tidemill("status")


def test_a_consumer_that_hangs_is_said_to_be_stuck(running, sqs, tidemill, until):
    url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
    for number in range(60):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    taken = 0
    while taken < 10:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=2)
        taken += len(got.get("Messages", []))

    def is_said():
        with urllib.request.urlopen(f"{running.endpoint}/metrics", timeout=60) as page:
            text = page.read().decode()
        return 'tidemill_sqs_consumer_stuck{' in text and any(
            line.startswith("tidemill_sqs_consumer_stuck{") and line.endswith(" 1")
            for line in text.splitlines()
        )

    until(is_said, 30)
    assert "consumer stuck" in tidemill("status")


def test_what_happened_is_counted_once_though_it_is_replayed(running, sqs):
    url = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
    for number in range(7):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    held = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])

    def counted():
        """What /metrics counts of the queue: a scraper takes the sum over restarts."""
        with urllib.request.urlopen(f"{running.endpoint}/metrics", timeout=60) as page:
            lines = [line for line in page.read().decode().splitlines() if 'queue="orders"' in line]
        values = {line.split("{")[0]: float(line.split()[-1]) for line in lines}
        return [values[f"tidemill_sqs_messages_{name}_total"] for name in ("sent", "received")]

    def attributes():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return [int(told[name]) for name in names]

    assert counted() == [7, len(held)]
    before = attributes()
    assert sum(before) == 6
    running.restart()
    assert counted() == [0, 0], "a replay is nothing that happened"
    assert attributes() == before
    sqs.send_message(QueueUrl=url, MessageBody="after")
    assert counted() == [1, 0]


def test_only_a_root_key_gets_in(running, sqs, name):
    sqs.create_queue(QueueName="orders")
    role = running.client("iam").create_role(
        RoleName=name("role"), AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]
    lent = running.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="reader")
    lent = lent["Credentials"]
    session = Credentials(lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"])
    for credentials, service, code in [
        (None, None, "MissingAuthenticationTokenException"),
        (None, "sqs", "InvalidSignatureException"),
        (session, "tidemill", "AccessDeniedException"),
        (Credentials(running.access_key_id, "wrong"), "tidemill", "InvalidSignatureException"),
    ]:
        stranger = Admin(running, credentials, service)
        for method, path in [("GET", "queues"), ("POST", "queues/orders/pause"), ("GET", "none")]:
            status, refusal = stranger.ask(method, path)
            assert (status, refusal["code"]) == (403, code), (method, path)
    assert Admin(running).get("queues/orders")["paused_at"] is None


def test_commands_say_what_to_do(running, tidemill, tmp_path):
    for arguments, expected in [
        (("queue", "peek", "none"), "tidemill queue list"),
        (("queue", "peek", "none", "--region", "No"), "no region"),
        (("queue", "search", "none", "--path", "$.a"), "--path '$.order.id=42'"),
        (("queue", "peek", "none", "--state", "asleep"), "visible, in-flight, delayed or expired"),
    ]:
        done = tidemill(*arguments, check=False)
        assert done.returncode == 1 and expected in done.stderr, done
        assert "panicked" not in done.stderr
    alone = subprocess.run(
        [str(binary()), "queue", "list", "--data", str(tmp_path / "nothing")],
        capture_output=True, text=True, timeout=30, check=False,
    )
    assert alone.returncode == 1 and "tidemill up --data" in alone.stderr
    for command in ["queue", "dlq"]:
        taught = subprocess.run(
            [str(binary()), command, "--help"], capture_output=True, text=True, timeout=30,
            check=True,
        )
        assert "Examples:" in taught.stdout
