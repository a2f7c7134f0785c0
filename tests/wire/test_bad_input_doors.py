"""What is malformed at the doors of S3, IAM, Logs and Lambda: refused as AWS refuses it.

SQS's door, connections and signatures in general are in test_bad_input.py.
"""

import hashlib
import json
import os
import socket

import pytest
import requests
from botocore.exceptions import ClientError

from server import ACCOUNT
from sqs_doors import sign

pytestmark = pytest.mark.usefixtures("still_serves")

MIB = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
LARGE_BYTES = 4 * MIB  # far more than the log keeps in itself: a blob is begun


@pytest.fixture
def bucket(client, name):
    """An empty bucket of the test's own."""
    made = name("bucket")
    client("s3").create_bucket(Bucket=made)
    return made


def signed(server, service, method, path, body, **headers):
    """A request as an SDK would sign it, whatever its body: (URL, headers)."""
    if service == "s3":
        headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
    url, headers, _ = sign(
        method,
        f"{server.endpoint}{path}",
        body,
        headers,
        server.access_key_id,
        server.secret_access_key,
        service,
    )
    return url, headers


def send(server, service, method, path, body, **headers):
    """Sends it and returns what came back."""
    url, headers = signed(server, service, method, path, body, **headers)
    return requests.request(method, url, data=body, headers=headers, timeout=30)


# ── S3 ──────────────────────────────────────────────────────────────────────────────────────

BAD_XML = [
    b"<",
    b"no XML at all",
    b"<Delete><Object><Key>a</Key></Object>",
    b"<Delete><Object><Key>a</Object></Key></Delete>",
    b"<CompleteMultipartUpload><Part><PartNumber>one</PartNumber></Part></CompleteMultipartUpload>",
    b"<Paint><Object><Key>a</Key></Object></Paint>",
    b"<Delete><Object><Key>\xff\xfe</Key></Object></Delete>",
]
BAD_XML_IDS = ["cut", "text", "open", "crossed", "no-number", "other", "bytes"]


@pytest.mark.parametrize("body", BAD_XML, ids=BAD_XML_IDS)
def test_a_malformed_list_of_deletions_deletes_nothing(server, client, bucket, body):
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="a", Body=b"kept")
    answer = send(server, "s3", "POST", f"/{bucket}?delete=", body)
    assert answer.status_code == 400, answer.text
    assert "<Code>MalformedXML</Code>" in answer.text
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"kept"


@pytest.mark.parametrize("body", BAD_XML, ids=BAD_XML_IDS)
def test_a_malformed_list_of_parts_completes_nothing(server, client, bucket, body):
    s3 = client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="a")["UploadId"]
    target = {"Bucket": bucket, "Key": "a", "UploadId": upload}
    s3.upload_part(**target, PartNumber=1, Body=b"part")
    answer = send(server, "s3", "POST", f"/{bucket}/a?uploadId={upload}", body)
    assert answer.status_code == 400, answer.text
    assert "<Code>MalformedXML</Code>" in answer.text
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert [part["PartNumber"] for part in s3.list_parts(**target)["Parts"]] == [1]


def test_a_bucket_that_is_not_there_has_its_own_exception(client, name):
    s3, nowhere = client("s3"), name("nowhere")
    for call, arguments in [
        (s3.list_objects_v2, {}),
        (s3.put_object, {"Key": "a", "Body": b"1"}),
        (s3.put_object, {"Key": "a", "Body": b"1" * LARGE_BYTES}),
        (s3.get_object, {"Key": "a"}),
        (s3.create_multipart_upload, {"Key": "a"}),
        (s3.delete_bucket, {}),
    ]:
        with pytest.raises(s3.exceptions.NoSuchBucket) as caught:
            call(Bucket=nowhere, **arguments)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_wrong_secret_reads_and_writes_no_object(client, bucket):
    stranger = client("s3", aws_secret_access_key="wrong")
    for call, arguments in [
        (stranger.list_objects_v2, {}),
        (stranger.put_object, {"Key": "a", "Body": b"1"}),
        (stranger.get_object, {"Key": "a"}),
    ]:
        with pytest.raises(ClientError) as caught:
            call(Bucket=bucket, **arguments)
        response = caught.value.response
        assert response["Error"]["Code"] == "SignatureDoesNotMatch", response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert "Contents" not in client("s3").list_objects_v2(Bucket=bucket)


def blobs(server):
    """Every file under the data directory's blobs, unfinished ones too."""
    folder = server.data / "blobs"
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def half_a_put(server, path, body):
    """A connection over which the first half of a signed PUT has gone."""
    _, headers = signed(server, "s3", "PUT", path, body)
    headers = {key: value for key, value in headers.items() if key.lower() != "content-length"}
    lines = [f"PUT {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"]
    for key, value in headers.items():
        lines.append(f"{key}: {value.decode() if isinstance(value, bytes) else value}")
    lines.append(f"Content-Length: {len(body)}")
    line = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body[: len(body) // 2])
    return line


@pytest.mark.parametrize("cut", ["by-the-client", "by-a-kill"])
def test_an_upload_cut_off_half_way_leaves_nothing_behind(start_server, until, cut):
    server = start_server()
    s3, bucket = server.client("s3"), "halves"
    s3.create_bucket(Bucket=bucket)
    whole = os.urandom(LARGE_BYTES)
    s3.put_object(Bucket=bucket, Key="whole", Body=whole)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    named = blobs(server)
    assert len(named) == 1

    lines = []
    for path in (f"/{bucket}/half", f"/{bucket}/parts?partNumber=1&uploadId={upload}"):
        lines.append(half_a_put(server, path, os.urandom(LARGE_BYTES)))
    until(lambda: len(blobs(server) - named) == 2)
    if cut == "by-the-client":
        for line in lines:
            line.close()
        until(lambda: blobs(server) == named)
    server.restart()
    for line in lines:
        line.close()

    assert blobs(server) == named
    s3 = server.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == ["whole"]
    assert s3.get_object(Bucket=bucket, Key="whole")["Body"].read() == whole
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="half")
    assert not s3.list_parts(Bucket=bucket, Key="parts", UploadId=upload).get("Parts")


# ── IAM ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "MissingAction"),
        (b"Version=2010-05-08", "MissingAction"),
        (b"Action=PaintRole&Version=2010-05-08", "InvalidAction"),
        (b"Action=CreateRole&Version=1999-01-01", "InvalidAction"),
        (b"Action=CreateRole&Version=2010-05-08&RoleName=%zz", "ValidationError"),
        (b"Action=CreateRole&Version=2010-05-08", "ValidationError"),
    ],
    ids=["none", "no-action", "unknown", "version", "escape", "no-name"],
)
def test_a_malformed_form_is_refused_by_iam_in_xml(server, body, expected):
    answer = send(server, "iam", "POST", "/", body, **{"Content-Type": FORM})
    assert answer.status_code == 400, answer.text
    assert f"<Code>{expected}</Code>" in answer.text


@pytest.mark.parametrize("document", ["{", "[]", "{}", '{"Statement": [7]}'])
def test_a_malformed_policy_makes_no_role(client, name, document):
    iam, role = client("iam"), name("role")
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=document)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=role)


# ── Logs and Lambda ─────────────────────────────────────────────────────────────────────────

BAD_JSON = [
    b"{",
    b"",
    b"[]",
    b'"text"',
    b'{"logGroupName": 7, "FunctionName": 7}',
    b'{"logGroupName": "\xc3\x28"}',
    b"[" * 100_000,
]
BAD_JSON_IDS = ["cut", "none", "list", "text", "number", "utf8", "deep"]


@pytest.mark.parametrize("body", BAD_JSON, ids=BAD_JSON_IDS)
def test_a_malformed_body_is_refused_by_logs(server, body):
    target = "Logs_20140328.CreateLogGroup"
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    answer = send(server, "logs", "POST", "/", body, **headers)
    assert answer.status_code == 400, answer.text
    code = answer.json()["__type"].rsplit("#", 1)[-1]
    assert code in ("SerializationException", "InvalidParameterException")


@pytest.mark.parametrize("body", BAD_JSON, ids=BAD_JSON_IDS)
def test_a_malformed_body_deploys_no_function(server, client, body):
    before = client("lambda").list_functions()["Functions"]
    headers = {"Content-Type": "application/json"}
    answer = send(server, "lambda", "POST", "/2015-03-31/functions", body, **headers)
    assert answer.status_code == 400, answer.text
    refusals = ("SerializationException", "InvalidRequestContentException", "ValidationException")
    assert answer.headers["x-amzn-errortype"].split(":")[0] in refusals
    assert client("lambda").list_functions()["Functions"] == before


@pytest.mark.parametrize("invocation", ["RequestResponse", "Event", "DryRun"])
def test_a_function_that_is_not_there_is_not_invoked(client, name, invocation):
    lambdas, nothing = client("lambda"), name("nothing")
    with pytest.raises(lambdas.exceptions.ResourceNotFoundException) as caught:
        lambdas.invoke(
            FunctionName=nothing, InvocationType=invocation, Payload=json.dumps({}).encode()
        )
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert f":{ACCOUNT}:function:{nothing}" in response["Error"]["Message"]
