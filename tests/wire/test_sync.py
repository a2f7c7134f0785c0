"""No 200 leaves before the write it acknowledges was synced.

kill -9 cannot show this: the page cache survives it. So the server runs under strace here, and
the order of its own system calls is read: for each acknowledged request, the write that holds its
body, then a sync of that file, then and only then the reply. A write through a descriptor opened
with O_DSYNC needs no sync of its own: it returns when the disk has it. The server chooses by itself
which way it writes its log, so both are made to happen here.
"""

import re
import shutil
import subprocess
import time
import uuid
from dataclasses import dataclass

import pytest

from server import Server

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
    def descriptor(self):
        """The number of the descriptor it was called with."""
        found = re.match(r"(\d+)<", self.text)
        return found.group(1) if found else ""

    @property
    def opened(self):
        """The number of the descriptor that an `openat` returned."""
        found = re.search(r"\) += (\d+)(?:<|$)", self.text)
        return found.group(1) if found and self.name == "openat" else ""

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


def is_synced_by_itself(calls, write):
    """Whether a write went through a descriptor that makes each durable when it returns."""
    # Descriptors' numbers come back: what counts is how this one was opened last.
    opened = [
        call
        for call in calls
        if call.opened == write.descriptor and call.opened and call.end < write.begin
    ]
    last = max(opened, key=lambda call: call.end, default=None)
    return last is not None and re.search(r"O_DSYNC|O_SYNC", last.text) is not None


def why_not_durable(trace, body, answer, way=None):
    """Why the reply holding `answer` left too early for the write holding `body`; else `None`."""
    calls = calls_of(trace)
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
        is_direct = is_synced_by_itself(calls, write) and write.end < reply.begin
        is_synced = any(
            sync.file == write.file and write.end < sync.begin and sync.end < reply.begin
            for sync in syncs
        )
        if not write.succeeded or not (is_direct or is_synced):
            return f"the reply left before a write to {write.file} was synced"
        if way and way != ("direct" if is_direct else "buffered"):
            return f"a write to {write.file} was not {way}"
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
    plain = '11 openat(AT_FDCWD, "/d/wal", O_RDWR) = 7</d/wal>\n'
    direct = plain.replace("O_RDWR) = 7", "O_RDWR|O_DSYNC) = 6")
    through_the_other = direct + unsynced
    taken_over = dsync.replace("11 pwritev", plain + "11 pwritev")
    late = "11 <... pwritev resumed>) = 8\n"
    returned_late = dsync.replace(") = 8\n", " <unfinished ...>\n") + "\n" + late
    # A call that was interrupted ends on a line of its own, its result in a column.
    opened, _, rest = dsync.partition(") = 7</d/wal>")
    opened_late = f"{opened} <unfinished ...>\n11 <... openat resumed>)      = 7</d/wal>{rest}"
    table = [(HONEST, True), (dsync, True), (opened_late, True)]
    table += [(trace, False) for trace in (early, unsynced, other_file, failed, before)]
    table += [(trace, False) for trace in (through_the_other, taken_over, returned_late)]
    for trace, is_durable in table:
        assert (why_not_durable(trace, "BODY", "ANSWER") is None) == is_durable, trace


PROBED_SECONDS_MAX = 60.0


def choose(server, way):
    """Has the server write its log this way from its next start on, whatever it found faster."""
    server.start()
    probe = server.data / "wal" / "PROBE"
    until = time.monotonic() + PROBED_SECONDS_MAX
    while not probe.exists():
        assert time.monotonic() < until, "the server has not tried its disk"
        time.sleep(0.05)
    server.stop()
    found = probe.read_text()
    if way == "direct" and "direct: -" in found:
        pytest.skip("this file system takes no direct writes")
    # What is not settled would be measured again.
    found = re.sub("^settled: .*$", "settled: yes", found, flags=re.MULTILINE)
    probe.write_text(re.sub("^write: .*$", f"write: {way}", found, flags=re.MULTILINE))


@pytest.fixture(params=["buffered", "direct"])
def traced(request, start_server, tmp_path):
    """A server under strace, how it writes, and a way to read the trace once it has ended."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed, so the order of system calls cannot be seen")
    probe = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        pytest.skip("this host does not let strace trace")
    path = tmp_path / "trace"
    wrapper = ["strace", "-f", "-y", "-s", "20000", "-e", f"trace={CALLS}", "-o", str(path)]
    choose(Server(tmp_path / "data"), request.param)
    server = start_server(wrapper=wrapper)

    def trace():
        server.kill()
        return path.read_text(errors="replace")

    return server, trace, request.param


def test_no_reply_to_a_queue_leaves_before_its_write_is_synced(traced):
    server, trace, way = traced
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
        assert why_not_durable(found, body, message_id, way=way) is None


def test_no_reply_to_a_bucket_leaves_before_its_write_is_synced(traced):
    server, trace, _ = traced
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
