"""The kill loop: a server under mixed load, killed with SIGKILL again and again.

    TIDEMILL_BIN=…/tidemill python kill_loop.py [--kills 50] [--seed N]

While senders, receivers, writers and readers work, the server is killed at random moments, always
with requests open, and started again on the same data. A ledger that only the clients keep says
what was promised. At the end, and all the way through:

- no acknowledged message or object is lost,
- nothing that was deleted comes back,
- no message comes twice inside its visibility timeout,
- FIFO messages of a group come in order,
- each message's receive count is exact: every receive counted once, and none that was not made but
  those whose answer a kill swallowed,
- a message is among the dead letters exactly when its receives are used up, never before, and once.

And each kind of work really happened, often enough to have been in the way of a kill.

kill -9 does not prove that the disk was asked: the page cache survives it. `test_sync.py` does.
"""

import argparse
import hashlib
import json
import random
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

sys.path.insert(0, str(Path(__file__).parent))

from ledger import BucketLedger, FifoLedger, QueueLedger, ReceiveLedger  # noqa: E402
from server import Server  # noqa: E402

VISIBILITY_SECONDS = 15
# Of the queue whose messages die, and how often each may be received.
MORTAL_VISIBILITY_SECONDS = 6
MORTAL_RECEIVES_MAX = 3
SECONDS_BETWEEN_KILLS = (0.2, 2.5)
# Nothing new for so long, and what is missing is lost: several times what may hide a message.
DRAIN_IDLE_SECONDS = 90
OBJECT_SIZES = (0, 90, 4_000, 70_000, 400_000)

# What must have been acknowledged for each kill, or the loop was too idle to show anything.
WORK_PER_KILL_MIN = {
    "messages": 20,
    "receives": 20,
    "deletes": 20,
    "dead_letters": 0.5,
    "object_writes": 1,
    "reads": 1,
}


class Load:
    """Clients that work until they are told to stop, and count what is open."""

    def __init__(self, server, seed):
        self.server = server
        self.seed = seed
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.open = 0
        self.acknowledged = 0
        self.refusals = []
        self.threads = []

    def run(self, work, *arguments):
        """Starts a worker: `work(chance, *arguments)` again and again."""
        chance = random.Random(f"{self.seed}/{len(self.threads)}")

        def forever():
            while not self.stopping.is_set():
                if not work(chance, *arguments):
                    time.sleep(0.05)

        thread = threading.Thread(target=forever, daemon=True)
        self.threads.append(thread)
        thread.start()

    def attempt(self, request):
        """Sends a request; its answer, or `None` when what became of it is unknown."""
        with self.lock:
            self.open += 1
        try:
            answer = request()
            with self.lock:
                self.acknowledged += 1
            return answer
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            code = error.response["Error"]["Code"]
            if status == 404 and code in ("NoSuchKey", "404"):
                return {"Body": None}
            if status < 500 and not self.stopping.is_set():
                self.refusals.append(str(error))
            return None
        except (BotoCoreError, OSError):
            return None
        finally:
            with self.lock:
                self.open -= 1

    def stop(self):
        """Lets every worker finish."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)


class Queue:
    """A queue under load, with its ledger."""

    is_dead = False

    def __init__(self, load, name, visibility_seconds=VISIBILITY_SECONDS, counts=None, **settings):
        self.load = load
        self.is_fifo = name.endswith(".fifo")
        kind = FifoLedger if self.is_fifo else QueueLedger
        self.ledger = kind(visibility_seconds)
        self.counts = counts or ReceiveLedger()
        self.number = 0
        self.local = threading.local()
        attributes = {"VisibilityTimeout": str(visibility_seconds), **settings}
        if self.is_fifo:
            attributes["FifoQueue"] = "true"
        self.url = self.client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    @property
    def client(self):
        """This thread's client."""
        if not hasattr(self.local, "client"):
            self.local.client = self.load.server.client("sqs")
        return self.local.client

    def body(self, chance, group):
        """A body that nobody else sends."""
        with self.load.lock:
            self.number += 1
            number = self.number
        return f"{group}/{number}/" + "x" * chance.choice((0, 20, 200, 5_000))

    def entry(self, body):
        """The fields of a send."""
        entry = {"MessageBody": body}
        if self.is_fifo:
            group, number = body.split("/")[:2]
            entry |= {"MessageGroupId": group, "MessageDeduplicationId": f"{group}-{number}"}
        return entry

    def send(self, chance, groups):
        """One message, or a batch of them, of one of the sender's groups."""
        count = chance.choice((1, 1, 1, 10))
        group = chance.choice(groups)
        bodies = [self.body(chance, group) for _ in range(count)]
        for body in bodies:
            self.ledger.sending(body)
            self.counts.sending(body)
        if count == 1:
            request = {"QueueUrl": self.url, **self.entry(bodies[0])}
            answer = self.load.attempt(lambda: self.client.send_message(**request))
            acknowledged = bodies if answer else []
        else:
            entries = [{"Id": str(at), **self.entry(body)} for at, body in enumerate(bodies)]
            answer = self.load.attempt(
                lambda: self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
            )
            done = answer["Successful"] if answer else []
            acknowledged = [bodies[int(entry["Id"])] for entry in done]
        for body in acknowledged:
            self.ledger.acknowledged(body)
        return bool(answer)

    def ask(self):
        """Receives up to ten messages; what came is in the books."""
        asked_at, ticket = time.monotonic(), self.counts.asking()
        answer = self.load.attempt(
            lambda: self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        )
        if answer is None:
            self.counts.unknown(ticket)
            return []
        messages = answer.get("Messages", [])
        told = [
            (m["Body"], int(m["Attributes"]["ApproximateReceiveCount"]), m["MessageId"])
            for m in messages
        ]
        self.counts.arrived(ticket, told, self.is_dead)
        self.ledger.arrived([message["Body"] for message in messages], asked_at)
        return messages

    def receive(self, chance, delete_share=0.8):
        """Receives, and deletes most of what came."""
        messages = self.ask()
        # FIFO: what stays must be the end of what came, or its group would be cut in two.
        chosen = messages[: chance.randint(0, 10)] if self.is_fifo else messages
        chosen = [m for m in chosen if self.is_fifo or chance.random() < delete_share]
        if chosen:
            self.delete(chosen)
        return bool(messages)

    def delete(self, messages):
        """Deletes a batch."""
        bodies = [message["Body"] for message in messages]
        sure = set(self.ledger.deleting(bodies))
        entries = [
            {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
            for at, message in enumerate(messages)
        ]
        answer = self.load.attempt(
            lambda: self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)
        )
        done = answer["Successful"] if answer else []
        gone = [bodies[int(entry["Id"])] for entry in done]
        self.ledger.gone([body for body in gone if body in sure])

    def drain(self):
        """Receives all that is left; what then is missing is lost."""
        missing = self.waiting()
        deadline = time.monotonic() + DRAIN_IDLE_SECONDS
        while missing and time.monotonic() < deadline:
            for queue in self.places():
                # All that is there: to ask an empty place takes a second, a full one does not.
                while messages := queue.ask():
                    missing -= {message["Body"] for message in messages}
                    queue.delete(messages)
                    deadline = time.monotonic() + DRAIN_IDLE_SECONDS
        return missing

    def waiting(self):
        """Messages that must still be there."""
        return self.ledger.waiting()

    def places(self):
        """The queues in which they may be."""
        return [self]


class DeadLetterQueue(Queue):
    """Where messages are whose receives are used up; nobody sends to it."""

    is_dead = True


class MortalQueue(Queue):
    """A queue whose messages are mostly not deleted, and its dead-letter queue: one book of receive
    counts for both."""

    def __init__(self, load, name):
        counts = ReceiveLedger(MORTAL_RECEIVES_MAX)
        self.dead = DeadLetterQueue(load, f"{name}-dead", counts=counts)
        target = self.dead.client.get_queue_attributes(
            QueueUrl=self.dead.url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        policy = {"deadLetterTargetArn": target, "maxReceiveCount": MORTAL_RECEIVES_MAX}
        visibility = MORTAL_VISIBILITY_SECONDS
        super().__init__(load, name, visibility, counts, RedrivePolicy=json.dumps(policy))
        # What is sent to one is what may be in the other.
        self.dead.ledger.attempted = self.ledger.attempted

    def fail(self, chance):
        """Receives; of what came, deletes little, gives some back, and lets the rest run out."""
        messages = self.ask()
        rest = [message for message in messages if chance.random() > 0.1]
        deleted = [message for message in messages if message not in rest]
        if deleted:
            self.delete(deleted)
        released = [message for message in rest if chance.random() < 0.7]
        if released:
            self.release(released)
        return bool(messages)

    def release(self, messages):
        """Gives a batch back, to be received again at once."""
        self.ledger.releasing([message["Body"] for message in messages])
        entries = [
            {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
            for at, message in enumerate(messages)
        ]
        self.load.attempt(
            lambda: self.client.change_message_visibility_batch(
                QueueUrl=self.url, Entries=entries
            )
        )

    def waiting(self):
        return self.ledger.waiting() - self.dead.ledger.delete_attempted

    def places(self):
        return [self, self.dead]


class Bucket:
    """A bucket under load, with its ledger."""

    def __init__(self, load, name):
        self.load = load
        self.name = name
        self.ledger = BucketLedger()
        self.local = threading.local()
        self.client.create_bucket(Bucket=name)

    @property
    def client(self):
        """This thread's client."""
        if not hasattr(self.local, "client"):
            self.local.client = self.load.server.client("s3")
        return self.local.client

    def write(self, chance, writer):
        """Puts or deletes one of the writer's own keys."""
        key = f"{writer}/{chance.randrange(40)}"
        if chance.random() < 0.2:
            self.ledger.attempting(key, BucketLedger.ABSENT)
            answer = self.load.attempt(
                lambda: self.client.delete_object(Bucket=self.name, Key=key)
            )
            value = BucketLedger.ABSENT
        else:
            content = chance.randbytes(chance.choice(OBJECT_SIZES) + 8)
            value = hashlib.sha256(content).hexdigest()
            self.ledger.attempting(key, value)
            answer = self.load.attempt(
                lambda: self.client.put_object(Bucket=self.name, Key=key, Body=content)
            )
        if answer:
            self.ledger.acknowledged(key, value)
        return bool(answer)

    def read(self, chance):
        """Reads any key, while its writer may be at work on it, and compares."""
        keys = self.ledger.keys()
        if not keys:
            return False
        self.compare(chance.choice(keys), between=True)
        return True

    def compare(self, key, between=False):
        """Holds one object against the ledger; `between` when writers are at work."""
        before = self.ledger.expect(key)
        answer = self.load.attempt(lambda: self.content(key))
        if answer is None:
            return False
        # What was written while the read was under way may be seen as well.
        expected = before | self.ledger.expect(key) if between else before
        content = answer["Body"]
        value = hashlib.sha256(content).hexdigest() if content is not None else None
        if between and value not in expected and key_moved(before, self.ledger.expect(key)):
            return True
        self.ledger.found(key, value, expected)
        return True

    def content(self, key):
        """The object's bytes, whole."""
        answer = self.client.get_object(Bucket=self.name, Key=key)
        return {"Body": answer["Body"].read()}

    def drain(self):
        """Compares every key; returns those that could not be read."""
        return {key for key in self.ledger.keys() if not self.compare(key)}


def key_moved(before, after):
    """Whether a key was written so often during a read that nothing can be said of it."""
    return before != after


def start_load(server, seed):
    """Queues and a bucket, with their workers."""
    load = Load(server, seed)
    queues = [Queue(load, name) for name in ("orders", "letters", "steps.fifo")]
    mortal = MortalQueue(load, "mortals")
    buckets = [Bucket(load, "kill-loop")]
    for queue in queues:
        for sender in range(1 if queue.is_fifo else 2):
            # One sender for each group: only then is there an order to keep.
            load.run(queue.send, "abcd" if queue.is_fifo else str(sender))
        load.run(queue.receive)
    load.run(queues[0].receive)
    load.run(mortal.send, "m")
    load.run(mortal.fail)
    load.run(mortal.fail)
    load.run(mortal.dead.receive)
    queues += [mortal, mortal.dead]
    for bucket in buckets:
        for writer in ("a", "b"):
            load.run(bucket.write, writer)
        load.run(bucket.read)
    return load, queues, buckets


def kill_again_and_again(server, load, kills, chance):
    """Kills and starts the server `kills` times; returns how many of them ended it, and the slowest
    start."""
    slowest, killed = 0.0, 0
    for kill in range(1, kills + 1):
        before = load.acknowledged
        time.sleep(chance.uniform(*SECONDS_BETWEEN_KILLS))
        deadline = time.monotonic() + 20
        while not (load.open and load.acknowledged > before):
            if time.monotonic() > deadline:
                why = load.refusals[-1] if load.refusals else server.output()
                raise RuntimeError(f"no work gets through before kill {kill}: {why}")
            time.sleep(0.01)
        open_requests = load.open
        server.kill()
        killed += server.process.returncode == -signal.SIGKILL
        server.start()
        slowest = max(slowest, server.ready_after)
        if kill % 10 == 0 or kill == kills:
            print(
                f"kill {kill:>3}: {open_requests} requests open, {load.acknowledged} acknowledged "
                f"so far, ready again after {server.ready_after * 1000:.0f} ms",
                flush=True,
            )
    return killed, slowest


def report(load, queues, buckets, lost, kills, killed):
    """Prints what was found; true when every promise was kept and enough was promised."""
    books = list({id(queue.counts): queue.counts for queue in queues}.values())
    exact, explained = map(sum, zip(*(book.close() for book in books)))
    broken = [text for each in queues + buckets for text in each.ledger.broken]
    broken += [text for book in books for text in book.broken]
    for text in (broken + load.refusals)[:20]:
        print(f"  broken: {text[:300]}")
    for text in sorted(lost)[:20]:
        print(f"  lost: {text[:100]}")
    ledgers = [queue.ledger for queue in queues]
    work = {
        "messages": sum(len(ledger.sent) for ledger in ledgers),
        "receives": sum(ledger.received.total() for ledger in ledgers),
        "deletes": sum(len(ledger.deleted) for ledger in ledgers),
        "dead_letters": sum(book.dead() for book in books),
        "object_writes": sum(bucket.ledger.writes for bucket in buckets),
        "reads": sum(bucket.ledger.reads for bucket in buckets),
    }
    inside_visibility = sum(ledger.inside_visibility for ledger in ledgers)
    print(
        f"KILL_LOOP kills={killed} "
        + " ".join(f"{kind}_acknowledged={count}" for kind, count in work.items())
        + f" receive_counts_exact={exact} receive_counts_explained={explained}"
        + f" lost={len(lost)} inside_visibility={inside_visibility} broken={len(broken)} "
        f"refused={len(load.refusals)}"
    )
    idle = [kind for kind, least in WORK_PER_KILL_MIN.items() if work[kind] <= least * kills]
    for kind in idle:
        print(f"  too few: {work[kind]} {kind}, and {WORK_PER_KILL_MIN[kind] * kills} must be passed")
    if killed != kills:
        print(f"  {kills} kills were asked for, and {killed} ended the server")
    is_whole = not (lost or broken or inside_visibility or load.refusals)
    return is_whole and killed == kills and not idle


def main():
    """Reads the options and runs the loop."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="tidemill-kill-loop-") as folder:
        server = Server(Path(folder) / "data").start()
        try:
            load, queues, buckets = start_load(server, arguments.seed)
            started = time.monotonic()
            killed, slowest = kill_again_and_again(server, load, arguments.kills, chance)
            load.stop()
            took = time.monotonic() - started
            print(f"{arguments.kills} kills in {took:.0f} s, slowest start {slowest:.2f} s")
            lost = set().union(*(each.drain() for each in queues + buckets))
            is_whole = report(load, queues, buckets, lost, arguments.kills, killed)
            if not is_whole:
                print(server.output())
        finally:
            server.kill()
    sys.exit(0 if is_whole else 1)


if __name__ == "__main__":
    main()
