"""The client's own book of what was promised, against which a server's answers are held.

It knows nothing of the server: it notes what was attempted, what was acknowledged and what came
back, and says which of the promises was broken.
"""

import threading
import time
from collections import Counter, defaultdict

# The server counts whole milliseconds: what it calls 15 s may be a fraction of one less.
CLOCK_SECONDS = 0.005


class QueueLedger:
    """Messages of one queue, by the unique body that each carries."""

    def __init__(self, visibility_seconds):
        self.visibility_seconds = visibility_seconds
        self.lock = threading.Lock()
        self.attempted = set()
        self.sent = set()
        self.delete_attempted = set()
        self.deleted = set()
        self.hidden_until = {}
        self.received = Counter()
        self.inside_visibility = 0
        self.broken = []

    def sending(self, body):
        """A send is about to leave; it may or may not take effect."""
        with self.lock:
            self.attempted.add(body)

    def acknowledged(self, body):
        """The send was acknowledged: from now on the message may not be lost."""
        with self.lock:
            self.sent.add(body)

    def arrived(self, bodies, asked_at):
        """A receive that was asked for at `asked_at` brought these messages."""
        now = time.monotonic()
        with self.lock:
            for body in bodies:
                self.received[body] += 1
                if body not in self.attempted:
                    self.broken.append(f"nobody ever sent {body[:30]}")
                if body in self.deleted:
                    self.broken.append(f"{body[:30]} was deleted and came back")
                hidden_until = self.hidden_until.get(body, 0)
                if now + CLOCK_SECONDS < hidden_until:
                    early = hidden_until - now
                    self.inside_visibility += 1
                    self.broken.append(f"{body[:30]} came again {early:.2f} s inside its visibility")
                # Hidden at the earliest from the moment the request left.
                self.hidden_until[body] = asked_at + self.visibility_seconds

    def deleting(self, bodies):
        """A delete is about to leave. Returns those whose acknowledgement will be a promise:
        a handle that outlived its visibility deletes nothing, and that is no breach."""
        now = time.monotonic()
        with self.lock:
            self.delete_attempted.update(bodies)
            return [body for body in bodies if now + 5 < self.hidden_until.get(body, 0)]

    def gone(self, bodies):
        """The delete was acknowledged: these may never come back."""
        now = time.monotonic()
        with self.lock:
            for body in bodies:
                if now < self.hidden_until.get(body, 0):
                    self.deleted.add(body)

    def waiting(self):
        """Acknowledged, and nobody tried to delete them: they must still be there."""
        with self.lock:
            return self.sent - self.delete_attempted


class FifoLedger(QueueLedger):
    """Messages of a FIFO queue: bodies are `group/number/…`, sent one after the other."""

    def __init__(self, visibility_seconds):
        super().__init__(visibility_seconds)
        self.order = defaultdict(list)

    def acknowledged(self, body):
        super().acknowledged(body)
        with self.lock:
            self.order[group_of(body)].append(body)

    def arrived(self, bodies, asked_at):
        with self.lock:
            in_this_reply = set()
            for body in bodies:
                order = self.order[group_of(body)]
                while order and order[0] in self.delete_attempted:
                    order.pop(0)
                for earlier in order:
                    if number_of(earlier) >= number_of(body):
                        break
                    if earlier not in self.delete_attempted and earlier not in in_this_reply:
                        self.broken.append(f"{body[:30]} overtook {earlier[:30]}")
                        break
                in_this_reply.add(body)
        super().arrived(bodies, asked_at)


def group_of(body):
    """The message group that a FIFO body names."""
    return body.split("/")[0]


def number_of(body):
    """A FIFO body's place in its group."""
    return int(body.split("/")[1])


class BucketLedger:
    """Objects of one bucket: what each key may hold now."""

    ABSENT = None

    def __init__(self):
        self.lock = threading.Lock()
        # The value that was last acknowledged, and those attempted since, which may have happened.
        self.settled = {}
        self.possible = defaultdict(set)
        self.writes = 0
        self.reads = 0
        self.broken = []

    def attempting(self, key, value):
        """A put (or, with `ABSENT`, a delete) is about to leave."""
        with self.lock:
            self.possible[key].add(value)

    def acknowledged(self, key, value):
        """It was acknowledged: older values may never be seen again."""
        with self.lock:
            self.settled[key] = value
            self.possible[key] = set()
            self.writes += 1

    def expect(self, key):
        """What a read that starts now may find."""
        with self.lock:
            return {self.settled.get(key, self.ABSENT)} | self.possible[key]

    def found(self, key, value, expected):
        """A read found `value`."""
        with self.lock:
            self.reads += 1
            if value not in expected:
                self.broken.append(f"{key} holds {value}, and must be one of {expected}")

    def keys(self):
        """Every key that was ever acknowledged."""
        with self.lock:
            return sorted(self.settled)
