"""Fixtures of the client tests: programs that teams run, against the built server.

The server is started as the wire tests start it. What needs a toolchain was built by
`cargo xtask test clients`, which says in the environment where it lies, or why it could not be
built: `TIDEMILL_CLIENT_GO` or `TIDEMILL_CLIENT_GO_MISSING`.
"""

import os
import sys
import uuid
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "wire"))

from server import Server  # noqa: E402  (the path is set a line ago)


def pytest_terminal_summary(terminalreporter):
    """Says what each client did, also when all went well: that is what this suite is for."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "did":
                terminalreporter.write_line(f"{report.nodeid.rsplit('::', 1)[-1]}: {value}")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The session's server, which nobody kills."""
    running = Server(tmp_path_factory.mktemp("tidemill") / "data").start()
    yield running
    assert running.stop() == 0, running.output()


@pytest.fixture
def start_server(tmp_path):
    """Starts a server of the test's own: `start_server()`."""
    started = []

    def start(folder="data", **options):
        running = Server(tmp_path / folder, **options)
        started.append(running)
        return running.start()

    yield start
    for running in started:
        running.kill()


@pytest.fixture
def name():
    """`name("orders")`: a name nobody else uses."""
    return lambda stem, suffix="": f"{stem}-{uuid.uuid4().hex[:12]}{suffix}"


@pytest.fixture
def did(record_property):
    """`did("…")`: a line for the end of the run."""
    return lambda text: record_property("did", text)


@pytest.fixture
def built():
    """`built("GO")`: where the task built a client, or a skip that says why it could not."""

    def find(client):
        missing = os.environ.get(f"TIDEMILL_CLIENT_{client}_MISSING")
        if missing:
            pytest.skip(missing)
        path = os.environ.get(f"TIDEMILL_CLIENT_{client}")
        assert path, f"`cargo xtask test clients` sets TIDEMILL_CLIENT_{client}"
        return Path(path)

    return find
