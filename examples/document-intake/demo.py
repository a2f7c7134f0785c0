"""The whole story on one machine: 200 documents, an unreliable third party, a kill in the middle.

    TIDEMILL_BIN=…/tidemill python demo.py [--keep] [--count 200]

`cargo xtask demo` runs it. Everything happens in one directory of the user's cache and on free
ports of this machine. The last line is for machines; the exit code is 0 only when nothing was lost.
"""

import argparse
import contextlib
import fcntl
import json
import os
import queue
import random
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import check
import dead_letters
import documents
from deploy import DEAD_LETTERS, FUNCTION, INTAKE, QUEUE, RESULTS, deploy

HERE = Path(__file__).parent
READY_SECONDS_MAX = 30
UPLOADS_AT_ONCE = 4
WAIT_SECONDS_MAX = 300


class Demo:
    """One run: where things lie and what was seen."""

    def __init__(self, folder, server_path, count, video_megabytes):
        self.folder = folder
        self.server_path = server_path
        self.data = folder / "data"
        self.source = folder / "documents"
        self.count = count
        self.video_megabytes = video_megabytes
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.server = None
        self.third_party = None
        self.third_party_url = None
        self.acknowledged = set()
        self.started = time.monotonic()

    def say(self, text):
        """A line with the time since the start."""
        print(f"{time.monotonic() - self.started:6.1f} s  {text}", flush=True)

    # ── processes ───────────────────────────────────────────────────────────────────────────

    def start_third_party(self):
        """The proofreading service, a program of its own. It stalls after a fifth of the
        documents, so that there is work in flight to be killed, on slow machines too."""
        stalls = ["--stall-after", str(self.count // 5)]
        self.third_party = subprocess.Popen(
            [sys.executable, HERE / "proofreading.py", "--port", "0", *stalls],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.third_party_url = self.third_party.stdout.readline().split()[-1]

    def start_server(self):
        """`tidemill up`; returns how long until it said `ready`."""
        begin = time.monotonic()
        command = [self.server_path, "up", "--data", self.data]
        command += ["--listen", f"127.0.0.1:{self.port}"]
        with open(self.folder / "server.log", "ab") as log:
            self.server = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **python_of_functions()},
                # Ctrl-C is for this program, which then ends what it started.
                start_new_session=True,
            )
        answer = queue.SimpleQueue()
        threading.Thread(target=read, args=(self.server, answer), daemon=True).start()
        if answer.get(timeout=READY_SECONDS_MAX) != "ready":
            log = (self.folder / "server.log").read_text(errors="replace")
            raise RuntimeError(f"the server did not become ready:\n{log[-3000:]}")
        return time.monotonic() - begin

    def read_environment(self):
        """What `eval "$(tidemill env)"` does in a shell."""
        printed = subprocess.run(
            [self.server_path, "env", "--data", self.data],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for line in printed.splitlines():
            for word in shlex.split(line, comments=True):
                name, equals, value = word.partition("=")
                if equals:
                    os.environ[name] = value
        os.environ["AWS_ENDPOINT_URL"] = self.endpoint
        os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

    def stop(self):
        """Ends what this run started."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(30)
            except subprocess.TimeoutExpired:
                self.server.kill()
        if self.third_party:
            self.third_party.kill()

    # ── the trainee ─────────────────────────────────────────────────────────────────────────

    def upload_all(self, paths):
        """Uploads every document; what fails is tried again until it is acknowledged."""
        with ThreadPoolExecutor(UPLOADS_AT_ONCE) as pool:
            list(pool.map(self.upload, paths))

    def upload(self, path):
        """One document. Only an acknowledged upload counts as uploaded."""
        key = str(path.relative_to(self.source))
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while True:
            try:
                # Large files go up in parts, as the SDK decides.
                connect("s3").upload_file(str(path), INTAKE, key)
                self.acknowledged.add(key)
                return
            except (BotoCoreError, ClientError, OSError, boto3.exceptions.Boto3Error):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    # ── watching ────────────────────────────────────────────────────────────────────────────

    def third_party_saw(self):
        """The third party's own statistics."""
        with urllib.request.urlopen(f"{self.third_party_url}/statistics", timeout=60) as reply:
            return json.load(reply)

    def tell_third_party(self, mode):
        """Changes its mood: `healthy`, `moving`."""
        url = f"{self.third_party_url}/mode?{mode}"
        urllib.request.urlopen(url, data=b"", timeout=60).close()

    def done(self):
        """Documents that have a record in the results bucket."""
        found = set()
        for key in check.objects(connect("s3"), "records/"):
            found.add(key.removeprefix("records/").rsplit("/", 1)[0])
        return found

    def depth(self, name):
        """(waiting, in flight) of a queue."""
        sqs = connect("sqs")
        reply = sqs.get_queue_attributes(
            QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        waiting = int(reply["ApproximateNumberOfMessages"])
        return waiting, int(reply["ApproximateNumberOfMessagesNotVisible"])

    def wait_for(self, what, condition, seconds=WAIT_SECONDS_MAX):
        """Waits until `condition()` is true, and tells the state when it never is."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                state = f"{len(self.done())} done, queue {self.depth(QUEUE)}, "
                state += f"dead letters {self.depth(DEAD_LETTERS)}, {self.third_party_saw()}"
                raise TimeoutError(f"{what}: not within {seconds} s; {state}")
            if self.server.poll() is not None:
                raise RuntimeError(f"the server ended by itself: {self.server.returncode}")
            time.sleep(0.25)
        return value

    def wait_until_settled(self, what):
        """Every upload is either done or a dead letter, and nothing is on its way."""

        def settled():
            if self.depth(QUEUE) != (0, 0):
                return False
            dead = sum(self.depth(DEAD_LETTERS))
            return len(self.done()) + dead >= len(self.acknowledged) == self.count

        self.wait_for(what, settled)


def run(demo):
    """The story; returns the checker's findings and what the dead letters were."""
    paths = documents.make(demo.source, demo.count, demo.video_megabytes)
    total = sum(path.stat().st_size for path in paths)
    demo.say(f"{len(paths)} documents made, {total / 1e6:.1f} MB, in {demo.source}")

    demo.start_third_party()
    seconds = demo.start_server()
    demo.read_environment()
    demo.say(f"server ready after {seconds * 1000:.0f} ms at {demo.endpoint}, data in {demo.data}")
    deploy(demo.third_party_url, connect)
    demo.say("bucket, queue, dead-letter queue and function stand; the trainee starts to upload")

    # A daemon, so that a demo that failed does not wait for uploads nobody can take any more.
    uploader = threading.Thread(target=demo.upload_all, args=(paths,), daemon=True)
    uploader.start()

    def half_way():
        in_flight = demo.depth(QUEUE)[1]
        seen = demo.third_party_saw()
        enough = seen["requests"] > demo.count // 5
        return (in_flight, seen["in_progress"]) if enough and in_flight else None

    in_flight, open_requests = demo.wait_for("work in flight", half_way)
    demo.server.send_signal(signal.SIGKILL)
    demo.server.wait(60)
    demo.tell_third_party("moving")
    demo.say(
        f"SIGKILL with {in_flight} messages in flight, {open_requests} requests open at the third "
        f"party, {len(demo.acknowledged)} of {demo.count} uploads acknowledged"
    )
    time.sleep(1)
    seconds = demo.start_server()
    demo.say(f"server ready again after {seconds * 1000:.0f} ms on the same data")

    uploader.join()
    demo.say(f"the trainee is done: {len(demo.acknowledged)} uploads acknowledged")
    demo.wait_until_settled("everything done or dead")
    dead = dead_letters.listed(connect)
    demo.say(f"{len(demo.done())} documents done, {len(dead)} dead letters:")
    for document, _, error in dead[:6]:
        print(f"            {document}: {error}")
    if len(dead) > 6:
        print(f"            … and {len(dead) - 6} more")

    demo.tell_third_party("healthy")
    moved = dead_letters.redrive(connect) if dead else 0
    demo.say(f"the third party is mended; {moved} dead letters sent back")
    demo.wait_until_settled("everything done")
    return check.check(demo.source, demo.acknowledged, connect), dead


def report(demo, found, dead):
    """Prints the table; returns whether nothing was lost, and the line for machines."""
    redriven = sum(1 for document, _, _ in dead if document in found.records)
    retried = found.retried_with(document for document, _, _ in dead)
    rows = [
        ("uploaded", found.uploaded, "acknowledged by the bucket"),
        ("processed", found.processed, "with the right text and a record in the results bucket"),
        ("retried", retried, "needed more than one attempt"),
        ("dead-lettered", len(dead), "refused three times, listed with their error"),
        ("redriven", redriven, "done after the third party was mended"),
        ("lost", len(found.lost), "acknowledged, and no result"),
        ("wrong", len(found.wrong), "a result that the source file does not give"),
        ("duplicates", found.duplicates, "runs beyond one for a document (at least once)"),
    ]
    print()
    for name, number, meaning in rows:
        print(f"  {name:<14}{number:>5}   {meaning}")
    for document in (found.lost + found.wrong)[:10]:
        print(f"  lost or wrong: {document}")
    print(flush=True)
    is_whole = found.uploaded == demo.count == found.processed and not found.lost + found.wrong
    line = (
        f"RESULT uploaded={found.uploaded} processed={found.processed} retried={retried} "
        f"dead_lettered={len(dead)} redriven={redriven} lost={len(found.lost) + len(found.wrong)} "
        f"duplicates={found.duplicates}"
    )
    return is_whole, line


def where_to_look(demo, is_kept):
    """What is there after the run, and the commands that show it."""
    print(f"  where to look: {demo.folder}")
    print("    documents     what the trainee uploaded")
    print("    data          what the server keeps: log, objects, functions and what they printed")
    print("    server.log    what the server said\n")
    server, data = shlex.quote(demo.server_path), shlex.quote(str(demo.data))
    if is_kept:
        print("  It is still running; Ctrl-C ends it. In another shell:\n")
    else:
        print("  Nothing runs any more, and the next demo starts by emptying that directory.")
        print("  `cargo xtask demo --keep` leaves everything running. To open what this run left:\n")
        print(f"    {server} up --data {data}\n\n  and in another shell:\n")
    print(f'    eval "$({server} env --data {data})"')
    print(f'    export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"   # for `aws`')
    print(f"    {server} status --data {data}")
    print(f"    aws s3 ls s3://{RESULTS}/records/ --recursive")
    logs = f"aws logs filter-log-events --log-group-name /aws/lambda/{FUNCTION}"
    print(f"    {logs} --filter-pattern REPORT --max-items 5")
    if is_kept:
        print("\n  The third party is healthy now. Give the pipeline a document of your own:\n")
        print(f"    echo 'a document' | aws s3 cp - s3://{INTAKE}/mine.txt")
        print(f"    aws s3 ls s3://{RESULTS}/ --recursive | grep mine")
    print(flush=True)


def connect(service):
    """A boto3 client as the environment says. Retries: the SDK's standard ones."""
    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5)
    return boto3.session.Session().client(service, config=config)


def python_of_functions():
    """Functions run in the Python that runs this demo, with its boto3."""
    return {
        "TIDEMILL_PYTHON": os.path.realpath(sys.executable),
        "TIDEMILL_SITE_PACKAGES": str(Path(boto3.__file__).parent.parent),
    }


def free_port():
    """A port that nobody listens on, below those that systems give to outgoing connections: one of
    these could hold it just when the killed server starts again."""
    while True:
        with socket.socket() as probe:
            port = random.randrange(20_000, 32_000)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue  # somebody's; the next is not
            return port


def read(process, answer):
    """Reads what the server prints, for ever, so that its pipe never fills."""
    for line in process.stdout:
        if line.strip() == "ready":
            answer.put("ready")
    answer.put("ended")


@contextlib.contextmanager
def place():
    """The directory of this run: always the same one, emptied first, so that runs leave one behind
    and not many. While another demo is at work there, a temporary one."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(cache) / "tidemill" / "demo"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield Path(tempfile.mkdtemp(prefix="tidemill-demo-"))
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield folder


def end(_signal, _frame):
    """A signal ends it as Ctrl-C does: with what it started."""
    raise KeyboardInterrupt


def main():
    """Reads the options, runs the story, and ends what it started."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave it running to explore")
    parser.add_argument("--count", type=int, default=200, help="documents (default 200)")
    parser.add_argument("--video-megabytes", type=int, default=50)
    arguments = parser.parse_args()
    server_path = os.environ.get("TIDEMILL_BIN")
    if not server_path:
        parser.error("TIDEMILL_BIN must name the server; `cargo xtask demo` sets it")

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for each in signals:
        signal.signal(each, end)
    is_whole, line = False, None
    with place() as folder:
        demo = Demo(folder, server_path, arguments.count, arguments.video_megabytes)
        try:
            found, dead = run(demo)
            is_whole, line = report(demo, found, dead)
            where_to_look(demo, arguments.keep)
            if arguments.keep:
                print(line, flush=True)
                line = None
                signal.pause()
        except KeyboardInterrupt:
            if not is_whole:
                print("\nended before it was done", flush=True)
        except Exception as error:
            log = demo.folder / "server.log"
            tail = log.read_text(errors="replace")[-3000:] if log.exists() else ""
            print(f"\n{tail}\n  what is left lies in {demo.folder}", flush=True)
            print(f"the demo failed: {type(error).__name__}: {error}", flush=True)
        finally:
            # An impatient second Ctrl-C must not leave a server behind.
            for each in signals:
                signal.signal(each, signal.SIG_IGN)
            demo.stop()
    # Whatever reads this by machine reads the last line.
    if line:
        print(line, flush=True)
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
