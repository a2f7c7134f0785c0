"""No 200 leaves before the write it acknowledges was synced.

kill -9 cannot show this: the page cache survives it. So the server runs under strace here, and
the order of its own system calls is read: for each acknowledged request, the write that holds its
body, then a sync of that file, then and only then the reply. A file opened with O_DSYNC needs no
sync of its own: its writes return when the disk has them.
"""

import re
import shutil
import subprocess
import uuid
from dataclasses import dataclass

import pytest

CALLS = "openat,write,writev,pwrite64,pwritev,pwritev2,fdatasync,fsync,sendto,sendmsg"
WRITES = {"write", "writev", "pwrite64", "pwritev", "pwritev2"}
SYNCS = {"fdatasync", "fsync"}
REPLIES = {"write", "writev", "sendto", "sendmsg"}


@dataclass
class Call:
    """One system call: where it began and ended in the trace, and what it said."""

    name: str
    text: str
    begin: int
    end: int

    @property
    def file(self):
        """The descriptor's file, as `strace -y` shows it."""
        found = re.match(r"\d+<([^>]*)>", self.text)
        return found.group(1) if found else ""

    @property
    def succeeded(self):
        """Whether the kernel said yes."""
        return not re.search(r"= -1 E[A-Z]+", self.text)


def calls_of(trace):
    """The calls of a trace; one that another thread interrupted spans two lines."""
    found, unfinished = [], {}
    for at, line in enumerate(trace.splitlines()):
        thread, _, rest = line.strip().partition(" ")
        rest = rest.lstrip()
        if resumed := re.match(r"<\.\.\. (\w+) resumed>(.*)", rest):
            begun = unfinished.pop((thread, resumed.group(1)), None)
            if begun:
                begun.end = at
                begun.text += resumed.group(2)
        elif started := re.match(r"(\w+)\((.*)", rest):
            call = Call(started.group(1), started.group(2), at, at)
            if call.text.endswith("<unfinished ...>"):
                call.text = call.text.removesuffix("<unfinished ...>")
                call.end = 10**9
                unfinished[thread, call.name] = call
            found.append(call)
    return found


def why_not_durable(trace, body, answer):
    """Why the reply holding `answer` left too early for the write holding `body`; else `None`."""
    calls = calls_of(trace)
    synced_writes = {
        re.search(r'"([^"]*)"', call.text).group(1)
        for call in calls
        if call.name == "openat" and re.search(r"O_DSYNC|O_SYNC", call.text)
    }
    replies = [
        call
        for call in calls
        if call.name in REPLIES and answer in call.text and is_socket(call.file)
    ]
    if not replies:
        return "the trace shows no reply"
    writes = [
        call
        for call in calls
        if call.name in WRITES and body in call.text and not is_socket(call.file)
    ]
    if not writes:
        return "the trace shows no write of the body to a file"
    reply = min(replies, key=lambda call: call.begin)
    before = [write for write in writes if write.begin < reply.begin]
    if not before:
        return "the reply left before any write of the body began"
    syncs = [call for call in calls if call.name in SYNCS and call.succeeded]
    for write in before:
        is_direct = write.file in synced_writes and write.end < reply.begin
        is_synced = any(
            sync.file == write.file and write.end < sync.begin and sync.end < reply.begin
            for sync in syncs
        )
        if not write.succeeded or not (is_direct or is_synced):
            return f"the reply left before a write to {write.file} was synced"
    return None


def is_socket(file):
    """Whether a descriptor is a connection."""
    return file.startswith(("socket:", "TCP:", "TCPv6:"))


HONEST = """\
11 openat(AT_FDCWD, "/d/wal", O_RDWR) = 7</d/wal>
11 pwritev(7</d/wal>, [{iov_base="..BODY..", iov_len=8}], 1, 0) = 8
12 pwrite64(8</d/other>, "..", 2, 0) = 2
11 fdatasync(7</d/wal> <unfinished ...>
12 sendto(9<socket:[1]>, "HTTP/1.1 200 OK other", 9, 0, NULL, 0) = 9
11 <... fdatasync resumed>) = 0
12 sendto(9<socket:[1]>, "HTTP/1.1 200 OK ANSWER", 9, 0, NULL, 0) = 9
"""


def test_the_reader_of_traces_knows_a_lie_when_it_sees_one():
    lines = HONEST.splitlines()
    early = "\n".join([*lines[:5], lines[6], lines[5]])
    unsynced = "\n".join(line for line in lines if "fdatasync" not in line)
    other_file = HONEST.replace("fdatasync(7</d/wal>", "fdatasync(8</d/other>")
    failed = HONEST.replace("resumed>) = 0", "resumed>) = -1 EIO (Input/output error)")
    before = "\n".join([lines[0], lines[3], lines[5], lines[1], lines[6]])
    dsync = unsynced.replace("O_RDWR", "O_RDWR|O_DSYNC")
    table = [(HONEST, True), (dsync, True)]
    table += [(trace, False) for trace in (early, unsynced, other_file, failed, before)]
    for trace, is_durable in table:
        assert (why_not_durable(trace, "BODY", "ANSWER") is None) == is_durable, trace


@pytest.fixture
def traced(start_server, tmp_path):
    """A server under strace, and a way to read the trace once the server has ended."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed, so the order of system calls cannot be seen")
    probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("this host does not let strace trace")
    path = tmp_path / "trace"
    wrapper = ["strace", "-f", "-y", "-s", "20000", "-e", f"trace={CALLS}", "-o", str(path)]
    server = start_server(wrapper=wrapper)

    def trace():
        server.kill()
        return path.read_text(errors="replace")

    return server, trace


def test_no_reply_to_a_queue_leaves_before_its_write_is_synced(traced):
    server, trace = traced
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="synced")["QueueUrl"]
    acknowledged = []
    for _ in range(10):
        body = f"marker-{uuid.uuid4().hex}"
        sent = sqs.send_message(QueueUrl=url, MessageBody=body)
        acknowledged.append((body, sent["MessageId"]))
    bodies = [f"marker-{uuid.uuid4().hex}" for _ in range(10)]
    entries = [{"Id": str(at), "MessageBody": body} for at, body in enumerate(bodies)]
    for entry in sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]:
        acknowledged.append((bodies[int(entry["Id"])], entry["MessageId"]))
    found = trace()
    for body, message_id in acknowledged:
        assert why_not_durable(found, body, message_id) is None


def test_no_reply_to_a_bucket_leaves_before_its_write_is_synced(traced):
    server, trace = traced
    s3 = server.client("s3")
    s3.create_bucket(Bucket="synced")
    acknowledged = []
    for size in (40, 3_000, 200_000):
        marker = f"marker-{uuid.uuid4().hex}"
        # Over and over: every piece that is written must be synced, the last one too.
        content = (marker.encode() + b"-") * (1 + size // len(marker))
        etag = s3.put_object(Bucket="synced", Key=marker, Body=content)["ETag"]
        acknowledged.append((marker, etag.strip('"')))
    found = trace()
    for marker, etag in acknowledged:
        assert why_not_durable(found, marker, etag) is None
