"""What a stranger, a broken client or an attacker sends: AWS's own refusal, and nothing changed.

Every case also proves that the server still serves afterwards.
"""

import datetime
import json
import re
import resource
import socket
import time

import botocore.auth
import pytest
import requests
from botocore.exceptions import ClientError

from sqs_doors import QueryDoor, sign

pytestmark = pytest.mark.usefixtures("still_serves")

JSON = "application/x-amz-json-1.0"


def post_json(server, target, body, **headers):
    """A signed JSON 1.0 request with whatever body."""
    sent = {"X-Amz-Target": target, "Content-Type": JSON, **headers}
    url, sent, body = sign(
        "POST", f"{server.endpoint}/", body, sent, server.access_key_id, server.secret_access_key
    )
    return requests.post(url, data=body, headers=sent, timeout=30)


def code(response):
    """The error code as an SDK reads it."""
    return response.json()["__type"].rsplit("#", 1)[-1]


# ── JSON ────────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_operation_is_named(server):
    response = post_json(server, "AmazonSQS.PaintQueue", "{}")
    assert response.status_code == 400
    assert code(response) in ("UnknownOperationException", "InvalidAction")


def test_an_unknown_service_is_refused(server):
    response = post_json(server, "AmazonPaint.PaintQueue", "{}")
    assert 400 <= response.status_code < 500


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"[]",
        b"null",
        b'"text"',
        b'{"QueueName": "a"} trailing',
        b"\xff\xfe\x00",
        b'{"QueueName": "\xc3\x28"}',
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b"[" * 100_000,
    ],
    ids=["cut", "none", "list", "null", "text", "trailing", "bytes", "utf8", "deep", "deeper"],
)
def test_malformed_json_is_a_serialization_error(server, body):
    response = post_json(server, "AmazonSQS.CreateQueue", body)
    assert response.status_code == 400, response.text
    assert code(response) in ("SerializationException", "MissingParameter", "MalformedInput")


@pytest.mark.parametrize(
    "parameters",
    [
        {"QueueName": 7},
        {"QueueName": ["a"]},
        {"QueueName": "a", "Attributes": "VisibilityTimeout"},
        {"QueueName": "a", "Attributes": {"VisibilityTimeout": 5}},
    ],
    ids=["number", "list", "string-for-map", "number-in-map"],
)
def test_a_wrong_type_is_refused(server, parameters):
    response = post_json(server, "AmazonSQS.CreateQueue", json.dumps(parameters))
    assert response.status_code == 400, response.text


def test_an_unknown_parameter_is_not_silently_dropped(server, name):
    body = {"QueueName": name("unknown"), "Colour": "red"}
    response = post_json(server, "AmazonSQS.CreateQueue", json.dumps(body))
    assert response.status_code == 400, response.text
    assert "Colour" in response.text


def test_a_missing_parameter_is_named(server):
    response = post_json(server, "AmazonSQS.SendMessage", json.dumps({"MessageBody": "x"}))
    assert response.status_code == 400
    assert "QueueUrl" in response.text
    assert code(response) == "MissingParameter"


def test_numbers_out_of_range_are_refused(server, name):
    sqs = server.client("sqs", parameter_validation=False)
    url = sqs.create_queue(QueueName=name("range"))["QueueUrl"]
    for options in (
        {"MaxNumberOfMessages": 0},
        {"MaxNumberOfMessages": 11},
        {"MaxNumberOfMessages": 2**40},
        {"WaitTimeSeconds": 21},
        {"WaitTimeSeconds": -1},
        {"VisibilityTimeout": 43_201},
        {"VisibilityTimeout": -1},
    ):
        with pytest.raises(ClientError) as caught:
            sqs.receive_message(QueueUrl=url, **options)
        response = caught.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 400, (options, response)


# ── query ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("Action", "PaintQueue"), ("Version", "2012-11-05")], "InvalidAction"),
        ([("Version", "2012-11-05")], "MissingAction"),
        ([("Action", "CreateQueue"), ("Version", "2012-11-05")], "MissingParameter"),
    ],
    ids=["unknown-action", "no-action", "no-name"],
)
def test_a_form_that_says_nothing_useful_is_refused_in_xml(server, fields, expected):
    response = QueryDoor(server).send(fields)
    assert response.status_code in (400, 404), response.text
    assert f"<Code>{expected}</Code>" in response.text


def test_a_form_that_is_no_form_is_refused(server):
    body = "%%%=&&&&=%zz"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    url, headers, body = sign(
        "POST", f"{server.endpoint}/", body, headers, server.access_key_id, server.secret_access_key
    )
    response = requests.post(url, data=body, headers=headers, timeout=30)
    assert 400 <= response.status_code < 500


def test_a_huge_list_index_costs_nothing(server, name):
    url = QueryDoor(server).call("CreateQueue", QueueName=name("index"))["QueueUrl"]
    fields = [("Action", "GetQueueAttributes"), ("Version", "2012-11-05")]
    fields.append(("AttributeName.4294967295", "All"))
    response = QueryDoor(server).send(fields, url)
    assert response.status_code in (200, 400)


# ── signatures ──────────────────────────────────────────────────────────────────────────────


def test_a_wrong_secret_is_refused(server):
    sqs = server.client("sqs", aws_secret_access_key="wrong")
    with pytest.raises(ClientError) as caught:
        sqs.list_queues()
    error = caught.value.response
    assert error["Error"]["Code"] in ("SignatureDoesNotMatch", "InvalidSignatureException")
    assert error["ResponseMetadata"]["HTTPStatusCode"] in (400, 403)


def test_an_unknown_key_is_refused(server):
    sqs = server.client("sqs", aws_access_key_id="AKIAUNKNOWNUNKNOWN12")
    with pytest.raises(ClientError) as caught:
        sqs.list_queues()
    assert caught.value.response["Error"]["Code"] in (
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
    )


def test_a_request_without_a_signature_is_refused(server):
    headers = {"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Type": JSON}
    response = requests.post(server.endpoint, data="{}", headers=headers, timeout=30)
    assert response.status_code in (400, 403)
    assert code(response) in (
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "AccessDeniedException",
        "IncompleteSignature",
    )


def test_a_body_changed_on_the_way_is_refused(server, name):
    headers = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": JSON}
    signed = json.dumps({"QueueName": name("signed")})
    url, headers, _ = sign(
        "POST",
        f"{server.endpoint}/",
        signed,
        headers,
        server.access_key_id,
        server.secret_access_key,
    )
    changed = signed.replace("signed", "forged")
    response = requests.post(url, data=changed, headers=headers, timeout=30)
    assert response.status_code in (400, 403), response.text
    assert not server.client("sqs").list_queues(QueueNamePrefix="forged").get("QueueUrls")


def test_an_old_request_is_refused(server, monkeypatch):
    late = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=2)
    monkeypatch.setattr(
        botocore.auth, "get_current_datetime", lambda **_: late.replace(tzinfo=None)
    )
    response = post_json(server, "AmazonSQS.ListQueues", "{}")
    assert response.status_code in (400, 403), response.text
    expired = ("RequestExpired", "SignatureDoesNotMatch", "InvalidSignatureException")
    assert code(response) in expired


# ── connections ─────────────────────────────────────────────────────────────────────────────


def connect(server):
    """A raw connection."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=30)


def signed_head(server, body, length=None):
    """The head of a signed CreateQueue request, as bytes."""
    headers = {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": JSON}
    _, headers, _ = sign(
        "POST",
        f"{server.endpoint}/",
        body,
        headers,
        server.access_key_id,
        server.secret_access_key,
    )
    headers = {key: value for key, value in headers.items() if key.lower() != "content-length"}
    lines = ["POST / HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    for key, value in headers.items():
        lines.append(f"{key}: {value.decode() if isinstance(value, bytes) else value}")
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_body_cut_off_half_way_creates_nothing(server, name):
    queue_name = name("cut")
    body = json.dumps({"QueueName": queue_name})
    with connect(server) as half:
        half.sendall(signed_head(server, body) + body[:10].encode())
        half.shutdown(socket.SHUT_WR)
        answer = half.recv(4096)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert not server.client("sqs").list_queues(QueueNamePrefix=queue_name).get("QueueUrls")


def test_noise_is_answered_or_closed(server):
    for noise in (b"\x16\x03\x01\x02\x00", b"\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 1000):
        with connect(server) as line:
            line.sendall(noise)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(4096)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer


def test_endless_headers_are_cut(server):
    with connect(server) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        try:
            for n in range(20_000):
                line.sendall(f"X-Header-{n}: {'x' * 100}\r\n".encode())
            answer = line.recv(4096)
        except OSError:
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer


@pytest.mark.alone
def test_a_body_beyond_every_limit_is_refused_before_it_is_read(server):
    with connect(server) as line:
        line.sendall(signed_head(server, "{}", length=10 * 1024**3))
        line.settimeout(30)
        before = server.resident_bytes
        try:
            for _ in range(64):
                line.sendall(b"x" * 1024 * 1024)
        except OSError:
            pass
        grown = server.resident_bytes - before
    assert grown < 64 * 1024**2, f"{grown} bytes kept for a body nobody may send"


def test_a_slow_client_is_let_go(start_server):
    """Slow-loris: a byte now and then must not hold a connection for ever."""
    server = start_server()
    with connect(server) as slow:
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
        slow.settimeout(1)
        deadline = time.monotonic() + 75
        closed = False
        while time.monotonic() < deadline and not closed:
            try:
                slow.sendall(b"X")
                closed = slow.recv(4096) is not None
            except TimeoutError:
                continue
            except OSError:
                closed = True
        assert closed, "a head that never ends was still welcome after 75 s"


@pytest.mark.alone
def test_ten_thousand_idle_connections_cost_little(start_server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000
    room = wanted + 500
    most = hard if hard == resource.RLIM_INFINITY else max(hard, room)
    try:
        # Root may raise its own limit; this process and the server inherit it.
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, room), most))
    except (ValueError, OSError):
        pytest.skip(f"this machine allows {hard} open files; {room} are needed")
    server = start_server()
    before = server.resident_bytes
    idle = []
    try:
        for number in range(wanted):
            line = socket.socket()
            # Many local addresses, so that the port range is not what is tested.
            line.bind((f"127.0.0.{2 + number // 5000}", 0))
            line.connect(("127.0.0.1", server.port))
            idle.append(line)
        start = time.monotonic()
        server.client("sqs").create_queue(QueueName="beside-them")
        took = time.monotonic() - start
        grown = server.resident_bytes - before
    finally:
        for line in idle:
            line.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert took < 30, f"a request beside {wanted} idle connections took {took:.1f} s"
    assert grown < 400 * 1024**2, f"{grown // wanted} bytes for each idle connection"


def test_every_answer_carries_a_request_id(server):
    good = post_json(server, "AmazonSQS.ListQueues", "{}")
    bad = post_json(server, "AmazonSQS.PaintQueue", "{}")
    for response in (good, bad):
        request_id = response.headers.get("x-amzn-requestid") or ""
        assert re.fullmatch(r"[0-9a-fA-F-]{36}", request_id), response.headers
