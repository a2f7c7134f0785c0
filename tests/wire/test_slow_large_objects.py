"""Objects far larger than the memory that may be spent on them. Slow, and run all the same.

While half a gigabyte goes up or comes down, the server's resident memory is read from /proc over
and over. It may grow by buffers, never by the object.
"""

import base64
import hashlib
import http.client
import io
import os
import shutil
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from server import REGION

MIB = 1024**2
BUCKET = "large"
SIZE = 512 * MIB
PART = 64 * MIB
FRAME = MIB // 16
PARTS_AT_ONCE = 4
GROWTH_MAX = 128 * MIB

pytestmark = pytest.mark.alone


class Content(io.RawIOBase):
    """A file of any size that is nowhere: numbered blocks of noise, the same every time."""

    NOISE = os.urandom(MIB - 8)

    def __init__(self, size, start=0):
        self.size, self.start, self.at = size, start, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.at

    def seek(self, offset, whence=os.SEEK_SET):
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.size}[whence]
        self.at = base + offset
        return self.at

    def read(self, count=-1):
        left = max(0, self.size - self.at)
        count = left if count is None or count < 0 else min(count, left)
        read = bytearray()
        while len(read) < count:
            number, inside = divmod(self.start + self.at, MIB)
            block = number.to_bytes(8, "big") + self.NOISE
            piece = block[inside : inside + count - len(read)]
            read += piece
            self.at += len(piece)
        return bytes(read)


def pieces_of(file, size=MIB):
    """What a file holds, piece by piece."""
    return iter(lambda: file.read(size), b"")


@pytest.fixture(scope="module")
def digest():
    """SHA-256 of the content, computed from itself."""
    return digest_of(pieces_of(Content(SIZE)))


@pytest.fixture
def server(start_server):
    """A server of the test's own with an empty bucket; its gigabyte goes when the test has."""
    running = start_server()
    s3 = running.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    # What is allocated once, for the first object of any size, is not what is measured.
    s3.put_object(Bucket=BUCKET, Key="first", Body=os.urandom(8 * MIB))
    s3.get_object(Bucket=BUCKET, Key="first")["Body"].read()
    yield running
    running.kill()
    shutil.rmtree(running.data)


def fetched(server, key):
    """SHA-256 of an object, read as it comes."""
    body = server.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"]
    return digest_of(body.iter_chunks(MIB))


def digest_of(pieces):
    sha = hashlib.sha256()
    for piece in pieces:
        sha.update(piece)
    return sha.hexdigest()


class Memory:
    """The most that a server's memory grew while this was open."""

    def __init__(self, server):
        self.server = server
        self.grown = 0

    def __enter__(self):
        self.before = self.server.resident_bytes
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()
        return self

    def _watch(self):
        while not self.ended.wait(0.01):
            self.grown = max(self.grown, self.server.resident_bytes - self.before)

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def must_be_flat(self, doing):
        grown = f"{self.grown / MIB:.0f} MiB"
        print(f"{doing} {SIZE // MIB} MiB: memory grew by at most {grown}")
        assert self.grown < GROWTH_MAX, f"{doing} {SIZE // MIB} MiB took {grown} of memory"


def put_whole(server, key):
    """One PUT whose signature covers the payload."""
    server.client("s3").put_object(Bucket=BUCKET, Key=key, Body=Content(SIZE))


def put_in_frames(server, key):
    """One PUT in aws-chunked frames with its checksum behind them, as most SDKs send streams."""
    content = Content(SIZE)
    checksum = 0
    for piece in pieces_of(content):
        checksum = zlib.crc32(piece, checksum)
    trailer = base64.b64encode(checksum.to_bytes(4, "big")).decode()
    end = f"0\r\nx-amz-checksum-crc32:{trailer}\r\n\r\n".encode()
    frame = f"{FRAME:x}\r\n".encode()
    length = (len(frame) + FRAME + 2) * (SIZE // FRAME) + len(end)

    request = AWSRequest("PUT", f"{server.endpoint}/{BUCKET}/{key}")
    request.headers["Content-Encoding"] = "aws-chunked"
    # What makes the signer write STREAMING-UNSIGNED-PAYLOAD-TRAILER for the payload's hash.
    request.context["checksum"] = {"request_algorithm": {"in": "trailer"}}
    request.headers["X-Amz-Decoded-Content-Length"] = str(SIZE)
    request.headers["X-Amz-Trailer"] = "x-amz-checksum-crc32"
    credentials = Credentials(server.access_key_id, server.secret_access_key)
    S3SigV4Auth(credentials, "s3", REGION).add_auth(request)

    def frames():
        content.seek(0)
        for piece in pieces_of(content, FRAME):
            yield frame + piece + b"\r\n"
        yield end

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {**dict(request.headers), "Content-Length": str(length)}
    connection.request("PUT", f"/{BUCKET}/{key}", frames(), headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def put_by_parts(server, key):
    """A multipart upload, several parts at once."""
    s3 = server.client("s3")
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    which = {"Bucket": BUCKET, "Key": key, "UploadId": upload}

    def send(number):
        body = Content(PART, (number - 1) * PART)
        etag = s3.upload_part(**which, PartNumber=number, Body=body)["ETag"]
        return {"PartNumber": number, "ETag": etag}

    with ThreadPoolExecutor(PARTS_AT_ONCE) as pool:
        parts = list(pool.map(send, range(1, SIZE // PART + 1)))
    s3.complete_multipart_upload(**which, MultipartUpload={"Parts": parts})


@pytest.mark.parametrize("put", [put_whole, put_in_frames, put_by_parts])
def test_memory_stays_flat_while_half_a_gigabyte_goes_up_and_comes_down(server, digest, put):
    with Memory(server) as memory:
        put(server, "object")
    memory.must_be_flat("storing")
    with Memory(server) as memory:
        found = fetched(server, "object")
    memory.must_be_flat("sending")
    assert found == digest


def test_memory_stays_flat_while_half_a_gigabyte_is_copied(server, digest):
    put_by_parts(server, "object")
    s3 = server.client("s3")
    with Memory(server) as memory:
        s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/object")
    memory.must_be_flat("copying")
    s3.delete_object(Bucket=BUCKET, Key="object")
    assert fetched(server, "copy") == digest


def test_a_reader_that_stops_reading_costs_no_memory(server):
    """Clients that ask for everything and then read nothing fill no buffer of the server's."""
    put_by_parts(server, "object")
    s3 = server.client("s3")
    with Memory(server) as memory:
        bodies = [s3.get_object(Bucket=BUCKET, Key="object")["Body"] for _ in range(8)]
        start = Content(SIZE).read(MIB)
        assert all(body.read(MIB) == start for body in bodies)
        time.sleep(2)
        for body in bodies:
            body.close()
    memory.must_be_flat("holding back")
