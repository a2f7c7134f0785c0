"""Fixtures of the wire tests: AWS's own clients against the built server.

One server serves a process's whole session; a test that kills or fills one starts its own. Names
are made unique by `name`, so tests never meet each other's queues.

`cargo xtask test wire` runs the tests in two processes, because most of them wait, and then, one by
one, those that are marked `alone`: they measure memory, or ask for more of it than two should at
once. How long something took is never a test's business, except that what must not wait did not:
then it is compared with the wait itself. What must come is waited for, long, and costs nothing when
it comes soon.
"""

import json
import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from http_endpoints import Endpoint  # noqa: E402  (the path is set a line ago)
from server import REGION, Server  # noqa: E402


def pytest_configure(config):
    """The one mark there is."""
    config.addinivalue_line("markers", "alone: measures memory, or needs much of it")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The session's server. `server.restart()` is kill -9 and start again."""
    running = Server(tmp_path_factory.mktemp("tidemill") / "data").start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture
def start_server(tmp_path):
    """Starts a server of the test's own: `start_server(config=…, environment=…)`."""
    started = []

    def start(folder="data", **options):
        running = Server(tmp_path / folder, **options)
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.kill()


@pytest.fixture
def endpoint(server):
    """The URL that every AWS service of the session's server answers at."""
    return server.endpoint


@pytest.fixture
def client(server):
    """`client("sqs")`: a boto3 client of the session's server, without retries."""
    return server.client


@pytest.fixture
def sns(client):
    """SNS as boto3 speaks it: the query protocol."""
    return client("sns")


@pytest.fixture
def endpoint_of():
    """`endpoint_of(500, 200)`: what listens on this machine for posts, and answers so."""
    made = []

    def make(*answers, kind=Endpoint, **options):
        made.append(kind(*answers, **options))
        return made[-1]

    yield make
    for endpoint in made:
        endpoint.close()


@pytest.fixture
def restart(server):
    """`restart()`: kill -9, and the same data on the same port again."""
    return server.restart


@pytest.fixture
def name():
    """`name("orders")`: a name nobody else uses."""
    return lambda stem, suffix="": f"{stem}-{uuid.uuid4().hex[:12]}{suffix}"


@pytest.fixture
def aws(server):
    """`aws("sqs", "list-queues")`: the AWS CLI; returns what it printed, as JSON if it is."""
    cli = os.environ.get("TIDEMILL_AWS_CLI", "aws")
    # Version 1 of the CLI puts SQS's old host name above AWS_ENDPOINT_URL; the flag wins.

    def run(*arguments, check=True, text=False):
        done = subprocess.run(
            [cli, "--endpoint-url", server.endpoint, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=600,
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ.get("HOME", "/"),
                "AWS_ACCESS_KEY_ID": server.access_key_id,
                "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_DEFAULT_OUTPUT": "json",
                "AWS_PAGER": "",
                "AWS_MAX_ATTEMPTS": "1",
            },
            check=False,
        )
        if not check:
            return done
        assert done.returncode == 0, done.stderr
        if text or not done.stdout.strip():
            return done.stdout
        return json.loads(done.stdout)

    return run


@pytest.fixture
def still_serves(server, name):
    """After the test: the process lives and a fresh client gets its answer."""
    yield
    assert server.is_running, server.output()
    url = server.client("sqs").create_queue(QueueName=name("after"))["QueueUrl"]
    server.client("sqs").delete_queue(QueueUrl=url)


@pytest.fixture
def until():
    """`until(condition)`: waits for what must come, and says when it did not."""

    def wait(condition, seconds=60.0, every=0.05):
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < deadline, f"not within {seconds} s: last saw {value!r}"
            time.sleep(every)

    return wait
