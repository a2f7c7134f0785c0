"""A budget of memory far smaller than what is sent: it is kept, and nothing is lost for it.

Bodies leave memory with the checkpoint that writes them. When checkpoints cannot keep up, sends
are refused for a moment and tried again.
"""

import subprocess
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from server import binary

MIB = 1024**2
BUDGET = 128 * MIB
# Memory is looked at every 50 ms: what comes in between two looks is over before it is refused.
MARGIN = 16 * MIB
BODY = "x" * 20_000
BATCHES = 1_600  # of ten: 320 MB
SENDERS = 4

pytestmark = pytest.mark.alone


class Watch:
    """The most memory that a process had while this was open."""

    def __init__(self, server):
        self.status = Path(f"/proc/{server.process.pid}/status")
        self.most = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._look)

    def resident(self):
        """Its resident memory now."""
        line = next(
            line for line in self.status.read_text().splitlines() if line.startswith("VmRSS:")
        )
        return int(line.split()[1]) * 1024

    def _look(self):
        while not self.done.wait(0.02):
            self.most = max(self.most, self.resident())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def metric(server, name):
    """A sample of the server's own page."""
    with urllib.request.urlopen(f"{server.endpoint}/metrics", timeout=60) as page:
        lines = page.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def send(sqs, url, batch):
    """Sends ten messages, as often as it takes."""
    entries = [{"Id": str(n), "MessageBody": f"{batch}.{n}/{BODY}"} for n in range(10)]
    while True:
        try:
            answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 503, error.response
            time.sleep(0.1)
            continue
        assert len(answer["Successful"]) == len(entries), answer
        return


def receive(sqs, url):
    """Ten messages: their numbers and handles."""
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600)
    messages = answer.get("Messages", [])
    return {message["Body"].split("/")[0]: message["ReceiptHandle"] for message in messages}


def count(sqs, url):
    """How many messages wait."""
    name = "ApproximateNumberOfMessages"
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(answer["Attributes"][name])


def test_a_queue_deeper_than_memory_max_stays_within_it(tmp_path, start_server):
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not say what memory a process has")
    server = start_server(
        tmp_path / "data", environment={"TIDEMILL_MEMORY_MAX": f"{BUDGET // MIB} MiB"}
    )
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName="deep")["QueueUrl"]
    assert metric(server, "tidemill_memory_max_bytes") == BUDGET
    with Watch(server) as filling, ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(lambda batch: send(sqs, url, batch), range(BATCHES)))
    refused = metric(server, "tidemill_memory_refused_total")
    print(f"at most {filling.most / MIB:.0f} MiB while filling, {refused:.0f} works refused")
    assert filling.most < BUDGET + MARGIN
    assert count(sqs, url) == 10 * BATCHES

    server.stop()
    server.start()
    with Watch(server) as emptying:
        assert count(sqs, url) == 10 * BATCHES
        found = set()
        for _ in range(BATCHES // 4):
            got = receive(sqs, url)
            assert len(got) == 10 and not found & set(got)
            found |= set(got)
            entries = [{"Id": str(n), "ReceiptHandle": h} for n, h in enumerate(got.values())]
            assert not sqs.delete_message_batch(QueueUrl=url, Entries=entries).get("Failed")
    print(f"at most {emptying.most / MIB:.0f} MiB while emptying")
    assert emptying.most < BUDGET + MARGIN
    command = [str(binary()), "status", "--data", str(server.data)]
    status = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f" of {BUDGET // MIB}.0 MiB" in status, status
