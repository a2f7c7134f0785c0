"""The numbers, as ratios to what this machine can do at all. Medians of three; see README.md.

    python bench/run.py --hello PATH --sqsload PATH [--server PATH] [NAME…]

Names: queues, fifo, latency, deep, recovery, objects, upload, idle (default: all these); depth,
which is slow and wants 5 GB of disk; deep100, slower, which wants 35 GB (say --millions for fewer
messages than a hundred million); and peers, which wants other brokers. With --write, what was
seen goes into README.md. Everything runs on this machine's loopback and in a temporary directory,
stops by itself, and leaves nothing behind.
"""

import argparse
import hashlib
import http.client
import json
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "wire"))

from brokers import Peers  # noqa: E402  (the path is set a line ago)
from server import REGION, Server, free_port  # noqa: E402

RUNS = 3
SECONDS = 5
OBJECT_BYTES = 4096
# Enough for a second or more at a good rate.
DRAINED = 200_000
NAMES = ["queues", "fifo", "latency", "deep", "recovery", "objects", "upload", "idle"]
# Of a FIFO queue.
GROUPS = 1_000


class Bench:
    """The tools, the folder and the lines of the report."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.rows = []
        # What a measurement has to show besides its rows.
        self.after = ""

    def run(self, name):
        """One measurement by its name; its rows also go into README.md where that is wanted."""
        first = len(self.rows)
        getattr(self, name)()
        after, self.after = self.after, ""
        if self.options.write:
            write_section(name, section(name, self.rows[first:], after, self.options))

    def row(self, what, value, target, holds):
        """A line of the report."""
        mark = {True: "reached", False: "MISSED", None: ""}[holds]
        self.rows.append((what, value, target, mark))
        print(f"{what:<64} {value:>14}   {target:<22} {mark}", flush=True)

    def ratio(self, what, value, ceiling, target):
        """A line that compares with the ceiling."""
        share = value / ceiling
        self.row(f"{what} ({value:,.0f}/s)", f"{share:.2f}", f"at least {target}", share >= target)

    # ── the ceiling ─────────────────────────────────────────────────────────────────────────

    def hello(self):
        """Starts the bare HTTP server; returns its process and port."""
        port = free_port()
        process = subprocess.Popen([self.options.hello, "hyper", str(port)])
        time.sleep(0.3)
        return process, port

    def sqsload(self, endpoint, operation, keys, *more, seconds=SECONDS, connections=64):
        """One run of the load generator; what its line says, by column."""
        command = [self.options.sqsload, "--endpoint", endpoint, "--op", operation]
        command += ["--connections", str(connections), "--seconds", str(seconds)]
        command += ["--access-key", keys[0], "--secret-key", keys[1], "--region", REGION, *more]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found = {}
        for line in printed.splitlines():
            kind = line.split()[0]
            columns = re.findall(r"(msgs/s|req/s|p50|p99|msgs|errors|empty)\s+(\d+)", line)
            found[kind] = {name: int(value) for name, value in columns}
            if found[kind].get("errors"):
                print(f"  {line}", flush=True)
        return found

    def median(self, measure):
        """The median of a few runs of the same thing."""
        return statistics.median(measure() for _ in range(RUNS))

    # ── queues ──────────────────────────────────────────────────────────────────────────────

    def queues(self):
        """Sends, batches and receives against the signed ceiling, taken in turn."""
        server = Server(self.folder / "queues").start()
        bare, port = self.hello()
        keys = (server.access_key_id, server.secret_access_key)
        found = {"ceiling": [], "send": [], "batch": [], "receive": []}
        try:
            for run in range(RUNS):
                at = f"http://127.0.0.1:{port}"
                ceiling = self.sqsload(at, "send", keys)["SendMessage"]["req/s"]
                found["ceiling"].append(ceiling)
                queue = ("--queue", f"bench-{run}")
                sent = self.sqsload(server.endpoint, "send", keys, *queue)
                found["send"].append(sent["SendMessage"]["msgs/s"])
                batches = self.sqsload(server.endpoint, "sendbatch", keys, *queue)
                found["batch"].append(batches["SendMessageBatch"]["msgs/s"])
                taken = self.sqsload(server.endpoint, "recvdel", keys, *queue)
                received = max(kind["msgs/s"] for kind in taken.values())
                found["receive"].append(received)
        finally:
            bare.kill()
            server.kill()
        middle = {name: statistics.median(values) for name, values in found.items()}
        ceiling = middle["ceiling"]
        self.row("signed ceiling, 64 connections", f"{ceiling:,.0f}/s", "", None)
        self.ratio("SendMessage 200 B, durable", middle["send"], ceiling, 0.55)
        self.ratio("ReceiveMessage(10) + DeleteMessageBatch", middle["receive"], ceiling, 1.2)
        self.ratio("SendMessageBatch(10)", middle["batch"], ceiling, 2.5)

    def fifo(self):
        """A FIFO queue with a thousand groups against a standard one, taken in turn."""
        server = Server(self.folder / "fifo").start()
        keys = (server.access_key_id, server.secret_access_key)
        operations = {"send": "SendMessage", "sendbatch": "SendMessageBatch",
                      "recvdel": "DeleteMessageBatch"}  # fmt: skip
        found = {(operation, kind): [] for operation in operations for kind in ("fifo", "standard")}
        try:
            for run in range(RUNS):
                for (operation, kind), rates in found.items():
                    # The tool gives each connection a group of its own. What it receives comes out
                    # of all of them, whoever asks.
                    connections = 64 if operation == "recvdel" else GROUPS
                    more = ["--queue", f"fifo-{run}"] + ["--fifo"] * (kind == "fifo")
                    seen = self.sqsload(server.endpoint, operation, keys, *more, seconds=3,
                                        connections=connections)  # fmt: skip
                    rates.append(seen[operations[operation]]["msgs/s"])
        finally:
            server.kill()
        for operation, name in operations.items():
            fifo, standard = (
                statistics.median(found[operation, kind]) for kind in ("fifo", "standard")
            )
            name = name.replace("Delete", "ReceiveMessage(10) + Delete")
            what = f"FIFO {name}, {GROUPS:,} groups, to standard"
            self.ratio(what, fifo, standard, 0.7)

    def latency(self):
        """From a send to the answer of the receive that waits for it, beside what a sync takes."""
        tool = self.replay_tool()
        server = Server(self.folder / "latency").start()
        url = server.client("sqs").create_queue(QueueName="latency")["QueueUrl"]
        send = signed_sqs(server, "SendMessage", {"QueueUrl": url, "MessageBody": "x" * 200})
        wait = {"QueueUrl": url, "WaitTimeSeconds": 20, "VisibilityTimeout": 43_200}
        receive = signed_sqs(server, "ReceiveMessage", wait)
        requests = write(self.folder / "round", [send, receive])
        at, probe = f"127.0.0.1:{server.port}", self.folder / "probe"
        found = {}
        try:
            for _ in range(RUNS):
                command = [tool, "latency", at, requests, probe, "1000"]
                line = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                for name, micros in re.findall(r"(\w+)_us (\d+)", line):
                    found.setdefault(name, []).append(int(micros))
        finally:
            server.kill()
        middle = {name: statistics.median(values) for name, values in found.items()}
        synced, whole = middle["probe_p50"], middle["end_to_end_p50"]
        self.row("4 KiB over zeros + fdatasync, p50", f"{synced:.0f} us", "", None)
        self.row("SendMessage at one connection, p50", f"{middle['send_p50']:.0f} us", "", None)
        most = 2 * synced + 100
        what = "send to the answer of the receive that waits, p50"
        self.row(what, f"{whole:.0f} us", f"at most {most:.0f} us", whole <= most)

    def replay_tool(self):
        """The generator that sends what was signed before, built."""
        tool = self.folder / "replay"
        source = Path(__file__).with_name("replay.rs")
        subprocess.run(["rustc", "-O", "--edition", "2024", source, "-o", tool], check=True)
        return tool

    def deep(self):
        """A million messages: memory, receive rate, restart after kill -9."""
        server = Server(self.folder / "deep").start()
        keys = (server.access_key_id, server.secret_access_key)
        try:
            shallow = [self.fill_and_drain(server, keys, f"shallow-{run}") for run in range(RUNS)]
            deep = ("--queue", "deep")
            self.sqsload(server.endpoint, "sendbatch", keys, *deep, "--max-messages", "1000000",
                         seconds=300)  # fmt: skip
            resident = server.resident_bytes / 1e6
            is_small = resident < 400
            self.row("resident with 1 M messages", f"{resident:.0f} MB", "under 400", is_small)
            server.restart()
            deep = [self.drain(server, keys, "deep") for run in range(RUNS)]
        finally:
            server.kill()
        share = statistics.median(deep) / statistics.median(shallow)
        self.row("receive rate, deep after a restart to shallow", f"{share:.2f}", "at least 0.8",
                 share >= 0.8)  # fmt: skip

    def depth(self):
        """Ten million messages: memory, and the rates of a queue that deep. Slow; 5 GB of disk."""
        server = Server(self.folder / "depth").start()
        keys = (server.access_key_id, server.secret_access_key)
        deep = ("--queue", "depth")
        try:
            shallow = [self.fill_and_drain(server, keys, f"shallow-{run}") for run in range(RUNS)]
            sends = []
            for _ in range(10):
                sent = self.sqsload(server.endpoint, "sendbatch", keys, *deep,
                                    "--max-messages", "1000000", seconds=100)  # fmt: skip
                sends.append(sent["SendMessageBatch"]["msgs/s"])
            resident = server.resident_bytes / 1e6
            deep = [self.drain(server, keys, "depth") for run in range(RUNS)]
            server.restart()
            restarted, after = server.ready_after, server.resident_bytes / 1e6
        finally:
            server.kill()
        is_small = resident <= 150
        self.row("resident with 10 M messages", f"{resident:.0f} MB", "at most 150", is_small)
        share = statistics.median(deep) / statistics.median(shallow)
        self.row("receive rate, 10 M deep to shallow", f"{share:.2f}", "at least 0.9", share >= 0.9)
        share = statistics.median(sends[-RUNS:]) / statistics.median(sends[:RUNS])
        what = "send rate, the last 3 M to the first"
        self.row(what, f"{share:.2f}", "at least 0.9", share >= 0.9)
        self.row("kill -9 to ready with them", f"{restarted:.2f} s", "under 5 s", restarted < 5)
        self.row("resident then", f"{after:.0f} MB", "at most 150", after <= 150)

    def deep100(self):
        """A hundred million messages of 200 bytes: memory, and the start. An hour, and 35 GB."""
        millions = self.options.millions
        free, wanted = shutil.disk_usage(self.folder).free, 35e9 * millions / 100
        if free < wanted:
            sys.exit(f"deep100 wants {wanted / 1e9:.0f} GB of disk; {free / 1e9:.0f} are free")
        server = Server(self.folder / "deep100").start()
        keys = (server.access_key_id, server.secret_access_key)
        try:
            for _ in range(millions):
                self.sqsload(server.endpoint, "sendbatch", keys, "--queue", "deep100",
                             "--max-messages", "1000000", seconds=300)  # fmt: skip
            resident = server.resident_bytes / 1e6
            server.restart()
            restarted, after = server.ready_after, server.resident_bytes / 1e6
            rate = self.drain(server, keys, "deep100")
        finally:
            server.kill()
        what = f"resident with {millions} M messages"
        self.row(what, f"{resident:.0f} MB", "at most 300", resident <= 300)
        self.row("kill -9 to ready with them", f"{restarted:.2f} s", "under 5 s", restarted < 5)
        self.row("resident then", f"{after:.0f} MB", "at most 300", after <= 300)
        self.row("received and deleted then", f"{rate:,.0f}/s", "", None)

    def fill_and_drain(self, server, keys, queue):
        """Messages per second from a queue that is only as deep as they are many."""
        count = str(DRAINED + DRAINED // 5)
        self.sqsload(server.endpoint, "sendbatch", keys, "--queue", queue, "--max-messages", count,
                     seconds=60)  # fmt: skip
        return self.drain(server, keys, queue)

    def drain(self, server, keys, queue):
        """Messages per second. Not to its end: an empty queue answers quickly and says nothing."""
        some = ("--queue", queue, "--max-messages", str(DRAINED))
        taken = self.sqsload(server.endpoint, "recvdel", keys, *some, seconds=30)
        return max(kind["msgs/s"] for kind in taken.values())

    def recovery(self):
        """A start after kill -9 with the whole log to replay: no checkpoint covers any of it."""
        config = self.folder / "recovery.toml"
        # More than the log will hold, and longer than this runs.
        config.write_text("checkpoint_log_mebibytes = 4096\ncheckpoint_interval_seconds = 3600\n")
        server = Server(self.folder / "recovery", config=config).start()
        keys = (server.access_key_id, server.secret_access_key)
        try:
            count = ("--queue", "recovery", "--max-messages", "1300000")
            self.sqsload(server.endpoint, "sendbatch", keys, *count, seconds=300)
            metrics = urllib.request.urlopen(server.endpoint + "/metrics").read().decode()
            log = int(re.search(r"^tidemill_log_bytes_total (\d+)", metrics, re.M).group(1))
            server.restart()
            seconds = server.ready_after
            self.row("log that no checkpoint covers", f"{log / 1e6:.0f} MB", "at least 300",
                     log > 300e6)  # fmt: skip
            self.row("kill -9 to ready with it", f"{seconds:.2f} s", "under 5 s", seconds < 5)
        finally:
            server.kill()

    # ── objects ─────────────────────────────────────────────────────────────────────────────

    def objects(self):
        """Small objects against the signed ceiling, by a generator that signed beforehand."""
        tool = self.replay_tool()
        server = Server(self.folder / "objects").start()
        server.client("s3").create_bucket(Bucket="bench")
        bare, port = self.hello()
        found = {"ceiling": [], "bare": [], "put": [], "get": []}
        body = os.urandom(OBJECT_BYTES)
        keys = [f"object-{number:05}" for number in range(4000)]
        puts = write(self.folder / "puts", [signed(server, "PUT", key, body) for key in keys])
        gets = write(self.folder / "gets", [signed(server, "GET", key, b"") for key in keys])
        try:
            for _ in range(RUNS):
                at = f"http://127.0.0.1:{port}"
                signing = self.sqsload(at, "send", ("key", "secret"), connections=16)
                found["ceiling"].append(signing["SendMessage"]["req/s"])
                found["bare"].append(replay(tool, port, puts))
                found["put"].append(replay(tool, server.port, puts))
                found["get"].append(replay(tool, server.port, gets))
        finally:
            bare.kill()
            server.kill()
        middle = {name: statistics.median(values) for name, values in found.items()}
        self.row("signed ceiling, 16 connections", f"{middle['ceiling']:,.0f}/s", "", None)
        bare_put = middle["put"] / middle["bare"]
        what = f"PUT to 4 KiB posted to the bare server ({middle['bare']:,.0f}/s)"
        self.row(what, f"{bare_put:.2f}", "", None)
        self.ratio("PUT 4 KiB, durable", middle["put"], middle["ceiling"], 0.15)
        self.ratio("GET 4 KiB", middle["get"], middle["ceiling"], 0.4)
        one_by_one = self.median(lambda: append_and_sync(self.folder / "file", body))
        faster = middle["put"] / one_by_one
        what = f"PUT to append + fdatasync one at a time ({one_by_one:,.0f}/s)"
        self.row(what, f"{faster:.2f}", "above 1", faster > 1)

    def upload(self):
        """One GiB in one PUT: against the disk, and what memory does meanwhile."""
        server = Server(self.folder / "upload").start()
        server.client("s3").create_bucket(Bucket="bench")
        size = 1 << 30
        file = self.folder / "gibibyte"
        with open(file, "wb") as out:
            block = os.urandom(1 << 20)
            for _ in range(size >> 20):
                out.write(block)
        try:
            before = server.resident_bytes
            disk, wire, grown = [], [], 0
            for _ in range(RUNS):
                disk.append(size / copy_and_sync(file, self.folder / "copy") / 1e6)
                seconds, resident = put_file(server, "gibibyte", file)
                wire.append(size / seconds / 1e6)
                grown = max(grown, resident - before)
        finally:
            server.kill()
        disk, wire = statistics.median(disk), statistics.median(wire)
        what = f"1 GiB upload to plain copy + fdatasync ({wire:.0f} of {disk:.0f} MB/s)"
        self.row(what, f"{wire / disk:.2f}", "at least 0.7", wire / disk >= 0.7)
        memory = f"{grown / 1e6:.0f} MB"
        self.row("memory grown by it", memory, "flat (under 64)", grown < 64e6)

    # ── others ──────────────────────────────────────────────────────────────────────────────

    def peers(self):
        """Other brokers in the same run."""
        measured = Peers(self.options, self.folder)
        measured.measure()
        self.after = measured.table()
        _, batch, *others = measured.rows
        for row in others:
            share = batch.per_second / row.per_second
            # Pipelines and batches of theirs are shown, and are not what was asked about.
            is_asked = not re.search(r"\b10\b", row.way)
            self.row(f"SendMessageBatch(10) to {row.broker}, {row.way}", f"{share:.2f}",
                     "above 1" if is_asked else "", share > 1 if is_asked else None)  # fmt: skip

    # ── at rest ─────────────────────────────────────────────────────────────────────────────

    def idle(self):
        """What a server costs that nobody talks to, and how soon it is there."""
        ready = []
        for run in range(RUNS):
            server = Server(self.folder / f"idle-{run}").start()
            ready.append(server.ready_after * 1000)
            server.kill()
        middle = statistics.median(ready)
        is_quick = middle < 100
        self.row("start to ready on an empty directory", f"{middle:.0f} ms", "under 100", is_quick)
        server = Server(self.folder / "idle").start()
        try:
            time.sleep(5)
            before, resident = cpu_seconds(server.process.pid), server.resident_bytes / 1e6
            time.sleep(20)
            used = cpu_seconds(server.process.pid) - before
        finally:
            server.kill()
        self.row("resident at rest", f"{resident:.1f} MB", "under 30", resident < 30)
        self.row("CPU at rest", f"{used / 20 * 100:.2f} %", "none (under 0.5 %)", used / 20 < 0.005)


def section(name, rows, after, options):
    """What README.md shows of a measurement."""
    version = subprocess.run(
        [options.server, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    lines = [
        f"`bench/run.py {name}`, {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, "
        f"{version}, {options.built}:",
        "",
        "| measure | seen | asked | |",
        "| --- | --- | --- | --- |",
        *[f"| {' | '.join(row)} |" for row in rows],
    ]
    return "\n".join(lines) + (f"\n\n{after}" if after else "")


def write_section(name, text):
    """Puts it between its marks."""
    readme = Path(__file__).with_name("README.md")
    begin, end = (f"<!-- bench/run.py --write {name}: {mark} -->" for mark in ("begin", "end"))
    before, found, rest = readme.read_text().partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise RuntimeError(f"bench/README.md has no place for `{name}`")
    readme.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


class UnsignedPayload(S3SigV4Auth):
    """A signature over the head alone, as SDKs send it over TLS: the body is read once."""

    def payload(self, request):
        return "UNSIGNED-PAYLOAD"


def signed(server, method, key, body):
    """A whole signed S3 request as bytes."""
    path = f"/bench/{key}"
    digest = hashlib.sha256(body).hexdigest()
    headers = {"Host": f"127.0.0.1:{server.port}", "X-Amz-Content-SHA256": digest}
    request = AWSRequest(method, server.endpoint + path, headers=headers, data=body)
    credentials = Credentials(server.access_key_id, server.secret_access_key)
    S3SigV4Auth(credentials, "s3", REGION).add_auth(request)
    return whole(method, path, request, body)


def signed_sqs(server, operation, arguments):
    """A whole signed request to a queue as bytes."""
    body = json.dumps(arguments).encode()
    headers = {
        "Host": f"127.0.0.1:{server.port}",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"AmazonSQS.{operation}",
    }
    request = AWSRequest("POST", server.endpoint + "/", headers=headers, data=body)
    credentials = Credentials(server.access_key_id, server.secret_access_key)
    SigV4Auth(credentials, "sqs", REGION).add_auth(request)
    return whole("POST", "/", request, body)


def whole(method, path, request, body):
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def write(path, requests):
    """A file of requests as `replay` reads it."""
    with open(path, "wb") as file:
        for request in requests:
            file.write(struct.pack("<I", len(request)) + request)
    return path


def replay(tool, port, requests, connections=16):
    """Requests per second."""
    command = [tool, f"127.0.0.1:{port}", requests, str(connections), str(SECONDS)]
    line = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    refused = int(re.search(r"refused (\d+)", line).group(1))
    if refused:
        raise RuntimeError(f"{refused} requests were refused: {line}")
    return float(re.search(r"req/s (\d+)", line).group(1))


def append_and_sync(path, body, seconds=2):
    """How many appends of `body`, each synced, this disk does in a second."""
    count, stop = 0, time.monotonic() + seconds
    with open(path, "wb", buffering=0) as file:
        while time.monotonic() < stop:
            file.write(body)
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return count / seconds


def copy_and_sync(source, target):
    """Seconds that a plain copy of the file takes, synced."""
    begin = time.monotonic()
    with open(source, "rb") as reading, open(target, "wb", buffering=0) as writing:
        while block := reading.read(1 << 20):
            writing.write(block)
        os.fdatasync(writing.fileno())
    seconds = time.monotonic() - begin
    target.unlink()
    return seconds


def put_file(server, key, path):
    """Uploads a file in one PUT; seconds, and the largest resident size meanwhile."""
    url = f"{server.endpoint}/bench/{key}"
    request = AWSRequest("PUT", url, headers={"Host": f"127.0.0.1:{server.port}"})
    credentials = Credentials(server.access_key_id, server.secret_access_key)
    UnsignedPayload(credentials, "s3", REGION).add_auth(request)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    resident = 0
    begin = time.monotonic()
    connection.putrequest("PUT", f"/bench/{key}", skip_host=True)
    for name, value in request.headers.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(path.stat().st_size))
    connection.endheaders()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            connection.send(block)
            if file.tell() % (64 << 20) == 0:
                resident = max(resident, server.resident_bytes)
    answer = connection.getresponse()
    content = answer.read()
    seconds = time.monotonic() - begin
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {content[:500]}")
    return seconds, resident


def cpu_seconds(pid):
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    """Reads the options and runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hello", default=os.environ.get("TIDEMILL_BENCH_HELLO"))
    parser.add_argument("--sqsload", default=os.environ.get("TIDEMILL_BENCH_SQSLOAD"))
    parser.add_argument("--server", default=os.environ.get("TIDEMILL_BIN"))
    parser.add_argument("--folder", default=None, help="a folder on the disk to measure")
    parser.add_argument("--write", action="store_true", help="put the rows into bench/README.md")
    parser.add_argument("--millions", type=int, default=100, help="of messages, for deep100")
    parser.add_argument("--built", default="release profile", help="profile and commit, to be told")
    parser.add_argument("names", nargs="*", default=[])
    options = parser.parse_args()
    for tool in ("hello", "sqsload", "server"):
        if not getattr(options, tool):
            parser.error(f"--{tool} must name a program; see bench/README.md")
    os.environ["TIDEMILL_BIN"] = options.server
    with tempfile.TemporaryDirectory(prefix="tidemill-bench-", dir=options.folder) as folder:
        bench = Bench(options, Path(folder))
        for name in options.names or NAMES:
            bench.run(name)
    missed = sum(1 for row in bench.rows if row[3] == "MISSED")
    print(f"\n{len(bench.rows)} numbers, {missed} missed")


if __name__ == "__main__":
    main()
