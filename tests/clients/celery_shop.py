"""Runs the shop (`celery/shop.py`): workers, a sender and the ledger, against one server.

Nothing of Celery is imported here: its packages live in an environment of their own.
"""

import json
import os
import re
import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path

CELERY = Path(__file__).parent / "celery"
PAGE = Path(__file__).parents[2] / "docs" / "celery.md"
PREFIX = "shop-"
READY_SECONDS_MAX = 120


def page(name):
    """The file that docs/celery.md shows under `name`, which its block's first line says."""
    found = re.search(rf"```python\n# {re.escape(name)}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found, f"{PAGE} shows no {name}"
    return found.group(1)


class Shop:
    """One queue's application: its configuration, processes and ledger."""

    def __init__(self, python, server, folder, queue, bucket, config=None):
        self.python = python
        self.folder = folder
        self.queue = queue
        self.ledger = folder / "ledger"
        self.workers = []
        self.sender = None
        (folder / "celeryconfig.py").write_text(page("celeryconfig.py"))
        settings = {"task_default_queue": queue, "s3_bucket": bucket, **(config or {})}
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "PYTHONUNBUFFERED": "1",
            "CELERY_PAGE": str(folder),
            "SHOP_CONFIG": repr(settings),
            "SHOP_LEDGER": str(self.ledger),
            **server.environment_of_clients(),
        }

    def work(self, *options, wait=True):
        """Starts a worker and returns once it says that it is ready."""
        number = len(self.workers)
        command = [str(self.python), "-m", "celery", "-A", "shop", "worker", "--loglevel", "INFO"]
        command += ["--hostname", f"worker-{number}@%h", *map(str, options)]
        log = self.folder / f"worker-{number}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command,
                cwd=CELERY,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        worker = Worker(process, log)
        self.workers.append(worker)
        if wait:
            worker.wait_for(" ready.", READY_SECONDS_MAX)
        return worker

    def ask(self, request):
        """Puts one request to the sender and returns its answer."""
        self.begin(request)
        return self.answer()

    def begin(self, request):
        """Puts a request to the sender without waiting."""
        if self.sender is None:
            self.sender = subprocess.Popen(
                [str(self.python), "send.py"],
                cwd=CELERY,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=open(self.folder / "sender.log", "wb"),
                start_new_session=True,
                text=True,
            )
        self.sender.stdin.write(json.dumps(request) + "\n")
        self.sender.stdin.flush()

    def answer(self):
        """The sender's next answer."""
        line = self.sender.stdout.readline()
        assert line, (self.folder / "sender.log").read_text()[-4000:]
        return json.loads(line)

    def send(self, task, *args, **options):
        """Sends one task and returns its id."""
        answer = self.ask({"task": f"shop.{task}", "args": args, "options": options})
        assert "id" in answer, answer
        return answer["id"]

    def events(self):
        """The ledger: what happened to each task, as `{id: [(event, at), …]}`."""
        found = defaultdict(list)
        if self.ledger.exists():
            for line in self.ledger.read_text().splitlines():
                entry = json.loads(line)
                found[entry["task"]].append((entry["event"], entry["at"]))
        return found

    def times(self, task, event):
        """When `event` happened to a task."""
        return [at for happened, at in self.events()[task] if happened == event]

    def until(self, condition, seconds, what):
        """Waits for `condition`; the end of the workers' logs says why it did not come."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}\n{self.logs()}"
            time.sleep(0.1)
        return value

    def until_done(self, task, seconds=30):
        """Waits until a task was carried out and returns when that was."""
        done = self.until(lambda: self.times(task, "done"), seconds, f"{task} done")
        return done[0]

    def logs(self):
        """The end of each worker's log."""
        return "\n".join(f"── {each.log}\n{each.text()[-3000:]}" for each in self.workers)

    def close(self):
        """Kills what is still running."""
        for worker in self.workers:
            worker.kill()
        if self.sender:
            self.sender.stdin.close()
            os.killpg(self.sender.pid, signal.SIGKILL)
            self.sender.wait(10)


class Worker:
    """A worker's process, with its pool's processes in one group."""

    def __init__(self, process, log):
        self.process = process
        self.log = log

    def text(self):
        """What it logged."""
        return self.log.read_text(errors="replace")

    def wait_for(self, text, seconds):
        """Waits until it logged `text`."""
        deadline = time.monotonic() + seconds
        while text not in self.text():
            is_late = time.monotonic() > deadline or self.process.poll() is not None
            assert not is_late, f"the worker never said {text!r}:\n{self.text()[-4000:]}"
            time.sleep(0.1)

    def kill(self):
        """SIGKILL to the worker and its pool: what an evicted machine looks like."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def stop(self, seconds=30):
        """SIGTERM: Celery's warm shutdown."""
        self.process.terminate()
        self.process.wait(seconds)
