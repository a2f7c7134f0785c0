"""Sends tasks of the shop: a JSON line in, a JSON line out.

    {"task": "shop.sell", "args": [1], "options": {"countdown": 3}}  →  {"id": "…"}
    {"result": "…"}                                                  →  {"result": 1}
    {"flood": 5000, "ids": "FILE"}                                   →  {"sent": 5000}

A flood's ids are written to the file as they are acknowledged, by four threads. A send that fails is
tried again as Celery does it; whoever reads the file is owed each line of it.
"""

import json
import sys
import threading

from celery import uuid
from shop import app, sell

THREADS = 4
# Celery's own retrying, long enough for a server that is killed and comes back.
RETRY = {"max_retries": 60, "interval_start": 0.2, "interval_step": 0.2, "interval_max": 1}


def send(request):
    """Sends one task; an error is an answer too."""
    try:
        result = app.send_task(
            request["task"], args=request.get("args", []), **request.get("options", {})
        )
    except Exception as error:  # whatever kombu or boto3 says is what the test looks at
        return {"error": type(error).__name__, "text": str(error)}
    return {"id": result.id}


def result(task_id):
    """The result of a task, from the result backend."""
    return {"result": app.AsyncResult(task_id).get(timeout=20)}


def flood(count, path):
    """Sends `count` tasks and notes each once it is acknowledged."""
    lock = threading.Lock()
    numbers = iter(range(count))
    failed = []
    with open(path, "w") as ids:

        def work():
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                task_id = uuid()
                try:
                    options = {"task_id": task_id, "ignore_result": True}
                    sell.apply_async((number,), retry_policy=RETRY, **options)
                except Exception as error:  # not acknowledged: nothing is owed
                    failed.append(repr(error))
                    continue
                with lock:
                    ids.write(task_id + "\n")
                    ids.flush()

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return {"sent": count - len(failed), "failed": failed[:5]}


for line in sys.stdin:
    wish = json.loads(line)
    if "flood" in wish:
        answer = flood(wish["flood"], wish["ids"])
    else:
        answer = result(wish["result"]) if "result" in wish else send(wish)
    print(json.dumps(answer), flush=True)
