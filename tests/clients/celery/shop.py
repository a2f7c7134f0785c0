"""A shop's tasks, and the book in which each says that it ran.

The configuration is the one that docs/celery.md shows: the test cuts it out of the page and lays it
into `CELERY_PAGE`. What a test must have otherwise (a queue of its own, shorter times) comes as a
literal in `SHOP_CONFIG`. The ledger is a file that every process appends a line to in one write, so
it knows nothing of the broker that it is held against.
"""

import ast
import json
import os
import signal
import sys
import time

from celery import Celery
from kombu import Exchange, Queue
from kombu.transport.SQS import Channel

sys.path.insert(0, os.environ["CELERY_PAGE"])
_stock = Channel._on_messages_ready

app = Celery("shop")
app.config_from_object("celeryconfig", force=True)
if "SHOP_WITHOUT_GUARD" in os.environ:
    Channel._on_messages_ready = _stock
for _key, _value in ast.literal_eval(os.environ["SHOP_CONFIG"]).items():
    if isinstance(_value, dict):
        _value = {**app.conf[_key], **_value}
    app.conf[_key] = _value
if "shop_broadcast" in app.conf:
    _exchange = Exchange(app.conf.shop_broadcast, type="fanout")
    app.conf.task_queues = [
        Queue(f"{_exchange.name}-{each}", _exchange, routing_key="") for each in "ab"
    ]


def note(task, event):
    """Writes down that `event` happened to a task."""
    line = {"task": task.request.id, "event": event, "at": time.time(), "name": task.name}
    line["args"] = task.request.args
    ledger = os.open(os.environ["SHOP_LEDGER"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(ledger, (json.dumps(line) + "\n").encode())
    os.close(ledger)


@app.task(bind=True)
def sell(self, number):
    """What the five thousand do."""
    note(self, "done")
    return number


@app.task(bind=True, autoretry_for=(ConnectionError,), retry_backoff=1, retry_jitter=False)
def charge(self, failures):
    """Fails as often as it is told, then succeeds; tried again after 1, 2, 4 … seconds."""
    note(self, "tried")
    if self.request.retries < failures:
        raise ConnectionError("the bank does not answer")
    note(self, "done")
    return self.request.retries


@app.task(bind=True)
def pack(self, seconds):
    """Takes its time; acknowledged when it has ended."""
    note(self, "started")
    time.sleep(seconds)
    note(self, "done")


@app.task(bind=True, acks_late=False)
def pack_acknowledged_early(self, seconds):
    """Takes its time; acknowledged when it begins."""
    note(self, "started")
    time.sleep(seconds)
    note(self, "done")


@app.task(bind=True)
def run_out_of_memory(self):
    """Its process is killed the first time, as the kernel does to who took too much."""
    note(self, "started")
    if not self.request.delivery_info.get("redelivered") and not os.path.exists(marker(self)):
        open(marker(self), "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    note(self, "done")


@app.task(bind=True, acks_on_failure_or_timeout=False)
def never(self):
    """Fails whenever it runs; what fails is left to the queue's redrive policy."""
    note(self, "tried")
    raise ValueError("this order has no items")


def marker(task):
    """A file that says that this task was here before."""
    return f"{os.environ['SHOP_LEDGER']}.{task.request.id}"
