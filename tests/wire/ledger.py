"""The client's own book of what was promised, against which a server's answers are held.

It knows nothing of the server: it notes what was attempted, what was acknowledged and what came
back, and says which of the promises was broken.
"""

import threading
import time
from collections import Counter, defaultdict

# The server counts whole milliseconds: what it calls 15 s may be a fraction of one less.
CLOCK_SECONDS = 0.005


class ReceiveLedger:
    """How often each message was received, against what the server counts.

    Each receive of a message has the next count. So a count comes once, and one that never came
    was taken by a receive whose answer never came: there must have been one, open between the
    counts before and after. Where a queue has a dead-letter queue, both keep one book: counts up to
    `receives_max` are the queue's, and the ones after it the dead-letter queue's, which is to say
    that a message is there exactly when its receives are used up, and in one place.
    """

    def __init__(self, receives_max=None):
        self.receives_max = receives_max
        self.lock = threading.Lock()
        # When each receive was asked for, and, of those whose answer came, that it came.
        self.asked = []
        self.answered = set()
        self.ended = {}
        # By body: count -> (when it was asked for, when it came).
        self.counts = defaultdict(dict)
        self.ids = {}
        self.sent_at = {}
        self.broken = []

    def sending(self, body):
        """A send is about to leave."""
        with self.lock:
            self.sent_at[body] = time.monotonic()

    def asking(self):
        """A receive is about to leave; returns its ticket."""
        with self.lock:
            self.asked.append(time.monotonic())
            return len(self.asked) - 1

    def unknown(self, ticket):
        """What became of a receive will never be known."""
        with self.lock:
            self.ended[ticket] = time.monotonic()

    def arrived(self, ticket, messages, is_dead):
        """The answer to a receive, of the queue or of its dead-letter queue."""
        now = time.monotonic()
        with self.lock:
            self.answered.add(ticket)
            for body, count, message_id in messages:
                seen = self.counts[body]
                if count in seen:
                    self.broken.append(f"{body[:30]} came twice as its receive {count}")
                if self.ids.setdefault(body, message_id) != message_id:
                    self.broken.append(f"{body[:30]} has two ids")
                is_used_up = self.receives_max is not None and count > self.receives_max
                if is_dead != is_used_up:
                    place = "among the dead letters" if is_dead else "in its queue"
                    self.broken.append(f"{body[:30]} is {place} at its receive {count}")
                seen[count] = (self.asked[ticket], now)

    def close(self):
        """Holds every message's counts against the receives there were, once all have ended.
        Returns how many have no gap, and how many have gaps that lost answers explain."""
        exact, explained = 0, 0
        lost = [
            (asked, self.ended.get(ticket, float("inf")))
            for ticket, asked in enumerate(self.asked)
            if ticket not in self.answered
        ]
        for body, seen in self.counts.items():
            since, before, gaps = self.sent_at.get(body, 0), 0, 0
            for count, (asked_at, came_at) in sorted(seen.items()):
                missing = count - before - 1
                takers = sum(1 for asked, ended in lost if asked < came_at and ended > since)
                if missing > takers:
                    self.broken.append(
                        f"{body[:30]} is at its receive {count} after {before}, and only "
                        f"{takers} receives between had no answer"
                    )
                gaps += missing
                since, before = asked_at, count
            exact += gaps == 0
            explained += gaps > 0
        return exact, explained

    def dead(self):
        """How many messages were seen among the dead letters."""
        if self.receives_max is None:
            return 0
        return sum(1 for seen in self.counts.values() if max(seen) > self.receives_max)


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

    def releasing(self, bodies):
        """These are about to be given back: from now on they may come at any time."""
        with self.lock:
            for body in bodies:
                self.hidden_until[body] = 0

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
