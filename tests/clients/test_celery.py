"""Celery with its stock SQS transport, and the configuration that docs/celery.md shows.

The application is `celery/shop.py`. Each test has queues of its own; what ran is read from the
ledger that the tasks write, never from Celery.
"""

import json
import time
from urllib.parse import quote

import pytest
from celery_shop import PREFIX, Shop
from server import ACCOUNT, REGION

FLOOD = 5_000
# How long an unacknowledged task of a killed worker stays away, in tests that wait for it.
VISIBILITY_SECONDS = 6


@pytest.fixture
def shop(built, server, tmp_path, name):
    """`shop(visibility_timeout=6)`: the application on a queue of its own."""
    opened = []

    def open_shop(on=None, queue=None, config=None, **transport):
        on = on or server
        bucket = name("results")
        on.client("s3").create_bucket(Bucket=bucket)
        folder = tmp_path / f"shop-{len(opened)}"
        folder.mkdir()
        config = {**(config or {}), "broker_transport_options": transport}
        shop = Shop(built("CELERY"), on, folder, queue or name("queue"), bucket, config)
        opened.append(shop)
        return shop

    yield open_shop
    for shop in opened:
        shop.close()


def depths(server, queue):
    """(waiting, in flight, delayed) of a queue, by the name that Celery knows it by."""
    sqs = server.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    names = ("", "NotVisible", "Delayed")
    names = [f"ApproximateNumberOfMessages{suffix}" for suffix in names]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return tuple(int(shown[each]) for each in names)


def test_tasks_results_retries_and_countdowns(shop, server, did):
    shop = shop()
    shop.work("--concurrency", 2)
    sold = shop.send("sell", 7)
    charged = shop.send("charge", 3)
    sent_at = time.time()
    later = shop.send("sell", 8, countdown=4)

    shop.until_done(sold)
    assert shop.ask({"result": sold}) == {"result": 7}, "results are objects of a bucket"
    assert shop.until_done(later) >= sent_at + 3.9
    shop.until_done(charged)
    tries = shop.times(charged, "tried")
    gaps = [after - before for before, after in zip(tries, tries[1:])]
    assert len(gaps) == 3
    assert all(gap >= least - 0.1 for gap, least in zip(gaps, (1, 2, 4))), gaps
    created = server.client("sqs").list_queues(QueueNamePrefix=PREFIX + shop.queue)["QueueUrls"]
    assert len(created) == 1, "the prefix makes the queue's name"
    shop.until(lambda: depths(server, PREFIX + shop.queue) == (0, 0, 0), 10, "an empty queue")
    waits = ", ".join(f"{gap:.1f}" for gap in gaps)
    did(f"a result through S3, a countdown of 4 s, retries after {waits} s")


def test_a_countdown_beyond_fifteen_minutes_is_held_by_the_worker_and_handed_back(
    shop, server, did
):
    shop = shop(wait_time_seconds=2)
    worker = shop.work("--concurrency", 1)
    far = shop.send("sell", 1, countdown=1_000)
    soon = shop.send("sell", 2)
    shop.until_done(soon)
    worker.wait_for(f"[{far}] received", 20)
    queue = PREFIX + shop.queue
    shop.until(lambda: depths(server, queue) == (0, 1, 0), 10, "held by the worker, not delayed")

    # A warm shutdown gives it back: kombu changes its visibility to `wait_time_seconds`.
    worker.stop()
    shop.until(lambda: depths(server, queue) == (1, 0, 0), 15, "given back")
    again = shop.work("--concurrency", 1)
    again.wait_for(f"[{far}] received", 20)
    assert shop.times(far, "done") == []
    did("a countdown of 1,000 s: held in flight, given back at a warm shutdown, taken up again")


def test_the_server_holds_what_is_due_later_and_puts_urgent_tasks_first(shop, server, did):
    shop = shop()
    far = {"tm.deliver-at": attribute(int(time.time()) + 30 * 86_400)}
    shop.send("sell", 0, message_attributes=far)
    # Celery's own `priority` is a property that kombu's SQS transport never passes on.
    ordinary = [shop.send("sell", number, priority=9) for number in range(10)]
    urgent = shop.send("sell", 100, message_attributes={"tm.priority": attribute(9)})
    assert depths(server, PREFIX + shop.queue) == (11, 0, 1)

    shop.work("--pool", "solo", "--prefetch-multiplier", 1)
    shop.until(lambda: len(shop.events()) == 11, 30, "eleven tasks")
    assert next(iter(shop.events())) == urgent
    assert set(shop.events()) == {urgent, *ordinary}
    assert depths(server, PREFIX + shop.queue) == (0, 0, 1), "no worker holds it for a month"
    did("tm.priority overtook 10 tasks; tm.deliver-at: one waits 30 days in the server")


def attribute(number):
    """A number as a message attribute."""
    return {"DataType": "Number", "StringValue": str(number)}


def test_a_killed_worker_s_task_comes_back_if_it_is_acknowledged_late(shop, server, did):
    shop = shop(visibility_timeout=VISIBILITY_SECONDS)
    worker = shop.work("--concurrency", 2, "--prefetch-multiplier", 1)
    late, early = shop.send("pack", 4), shop.send("pack_acknowledged_early", 4)
    shop.until(lambda: len(shop.events()) == 2, 30, "both started")
    held = (0, 1, 0)
    shop.until(lambda: depths(server, PREFIX + shop.queue) == held, 10, "one acknowledged")
    killed_at = time.time()
    worker.kill()
    assert shop.times(late, "done") == []

    shop.work("--concurrency", 2)
    back_at = shop.until_done(late, 30)
    assert len(shop.times(late, "started")) == 2
    assert [event for event, _ in shop.events()[early]] == ["started"], "as Celery says: lost"
    assert depths(server, PREFIX + shop.queue)[0] == 0
    did(f"SIGKILL in the middle of a task: done {back_at - killed_at:.1f} s later by another")


def test_a_pool_process_that_is_killed_gives_its_task_back(shop, did):
    shop = shop(visibility_timeout=VISIBILITY_SECONDS, wait_time_seconds=2)
    shop.work("--concurrency", 1)
    task = shop.send("run_out_of_memory")
    shop.until_done(task, 40)
    assert len(shop.times(task, "started")) == 2
    did("reject_on_worker_lost: its process was killed, the same worker ran it again")


def test_a_visibility_timeout_shorter_than_the_task_runs_it_twice(shop, did):
    shop = shop(visibility_timeout=2)
    shop.work("--concurrency", 4)
    task = shop.send("pack", 5)
    shop.until_done(task)
    runs = len(shop.times(task, "started"))
    assert runs >= 2, "the page says so; if this changes, it must"
    did(f"a task of 5 s with 2 s of visibility was started {runs} times, as the page warns")


def test_predefined_queues_a_dead_letter_queue_and_kombu_s_backoff(shop, server, name, did):
    sqs = server.client("sqs")
    queue, dead = name("orders"), name("orders-dead")
    dead_url = sqs.create_queue(QueueName=dead)["QueueUrl"]
    redrive = {
        "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{dead}",
        "maxReceiveCount": 3,
    }
    attributes = {"VisibilityTimeout": "60", "RedrivePolicy": json.dumps(redrive)}
    url = sqs.create_queue(QueueName=queue, Attributes=attributes)["QueueUrl"]
    predefined = {queue: predefined_queue(server, url)}
    # Tried again 1 s and 2 s after a failure, by ChangeMessageVisibility, not by a new message.
    backoff = {"backoff_policy": {1: 1, 2: 2, 3: 1}, "backoff_tasks": ["shop.never"]}
    predefined[queue].update(backoff)
    shop = shop(queue=queue, queue_name_prefix="", predefined_queues=predefined)
    shop.work("--concurrency", 1)
    doomed, sold = shop.send("never"), shop.send("sell", 1)
    shop.until_done(sold)

    def dead_letters():
        wish = {"QueueUrl": dead_url, "MessageSystemAttributeNames": ["All"]}
        return sqs.receive_message(WaitTimeSeconds=1, **wish).get("Messages")

    (letter,) = shop.until(dead_letters, 40, "a dead letter")
    tries = shop.times(doomed, "tried")
    gaps = [after - before for before, after in zip(tries, tries[1:])]
    assert len(tries) == 3
    assert all(gap >= least - 0.1 for gap, least in zip(gaps, (1, 2))), gaps
    assert letter["Attributes"]["DeadLetterQueueSourceArn"].endswith(f":{queue}")

    refused = shop.ask({"task": "shop.sell", "args": [2], "options": {"queue": name("other")}})
    assert refused["error"] == "UndefinedQueueException", refused
    did("a predefined queue with backoff: tried 3 times, then a dead letter; others refused")


def predefined_queue(server, url):
    """An entry of kombu's `predefined_queues`."""
    keys = {"access_key_id": server.access_key_id, "secret_access_key": server.secret_access_key}
    return {"url": url, "region": REGION, **keys}


def test_a_fifo_queue_keeps_the_order_of_a_group_and_a_url_holds_endpoint_and_keys(
    shop, server, name, did
):
    keys = f"{quote(server.access_key_id, safe='')}:{quote(server.secret_access_key, safe='')}"
    config = {"broker_url": f"sqs://{keys}@127.0.0.1:{server.port}", "result_backend": None}
    shop = shop(queue=name("ledger", ".fifo"), config=config, region=REGION, is_secure=False)
    for variable in [each for each in shop.environment if each.startswith("AWS_")]:
        del shop.environment[variable]
    numbers = {}
    for number in range(12):
        group = f"customer-{number % 3}"
        numbers[shop.send("sell", number, MessageGroupId=group)] = number
    shop.work("--concurrency", 1)
    shop.until(lambda: len(shop.events()) == 12, 30, "twelve tasks")
    ran = [numbers[task] for task in shop.events()]
    for group in range(3):
        in_group = [number for number in ran if number % 3 == group]
        assert in_group == sorted(in_group), ran
    did("12 tasks in 3 groups of a FIFO queue, each in order; endpoint and keys from the URL")


def test_a_broadcast_reaches_every_worker_through_a_topic(shop, name, did):
    exchange = name("news")
    shop = shop(supports_fanout=True, config={"shop_broadcast": exchange})
    shop.work("--concurrency", 1, "--queues", f"{exchange}-a")
    shop.work("--concurrency", 1, "--queues", f"{exchange}-b")
    # Naming one of its queues names the exchange, which is what it is published to.
    told = shop.send("sell", 1, queue=f"{exchange}-a")
    shop.until(lambda: len(shop.times(told, "done")) == 2, 30, "both were told")
    did("a fanout exchange (SNS): one task ran on both workers")


def test_five_thousand_tasks_and_a_server_that_is_killed(shop, start_server, tmp_path, did):
    server = start_server()
    shop = shop(on=server, visibility_timeout=20)
    ids = tmp_path / "ids"
    began = time.monotonic()
    shop.begin({"flood": FLOOD, "ids": str(ids)})
    for _ in range(2):
        options = ("--concurrency", 2, "--prefetch-multiplier", 8, "--loglevel", "WARNING")
        shop.work(*options, wait=False)
    # In the middle: a good part was sent, some of it was carried out.
    is_midway = lambda: lines(ids) > FLOOD // 3 and len(shop.events()) > FLOOD // 20  # noqa: E731
    shop.until(is_midway, 120, "under way")
    acknowledged, done = lines(ids), len(shop.events())
    server.restart()

    answer = shop.answer()
    sent = set(ids.read_text().split())
    assert answer["failed"] == []
    assert len(sent) == FLOOD
    shop.until(lambda: sent <= set(shop.events()), 180, "everything acknowledged was done")
    queue = PREFIX + shop.queue
    shop.until(lambda: depths(server, queue) == (0, 0, 0), 90, "an empty queue")
    took = time.monotonic() - began
    ran = shop.events()
    assert set(ran) == sent, "nothing ran that was not sent"
    twice = sum(len(events) > 1 for events in ran.values())
    assert all(worker.process.poll() is None for worker in shop.workers), "they lived on"
    did(
        f"{FLOOD} tasks, the server killed after {acknowledged} were sent and {done} done:"
        f" 0 lost, {twice} ran twice, {took:.0f} s"
    )


def lines(path):
    """How many lines a file has so far."""
    return path.read_text().count("\n") if path.exists() else 0


def test_without_the_guard_a_worker_may_end_and_the_next_one_loses_nothing(shop, start_server, did):
    server = start_server()
    shop = shop(on=server, visibility_timeout=10)
    shop.environment["SHOP_WITHOUT_GUARD"] = "1"
    worker = shop.work("--concurrency", 1)
    shop.until_done(shop.send("sell", 1))
    # Until its acknowledgement is through and the next poll waits at the server.
    time.sleep(2)
    server.restart()
    after = shop.send("sell", 2)
    time.sleep(4)
    is_stalled = not shop.times(after, "done")
    if is_stalled:
        assert "'list' object has no attribute 'get'" in worker.text(), worker.text()[-3000:]
        worker.kill()
        shop.work("--concurrency", 1)
    shop.until_done(after)
    how = "the worker ended or stalled, as the page says" if is_stalled else "it went on"
    did(f"stock kombu when the server is killed under its poll: {how}; nothing lost")
