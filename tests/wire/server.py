"""The built server as a child process: started, killed and started again on one data directory.

Nothing here knows anything but the command line's contract: `tidemill up` prints its endpoint and
then the word `ready`; `tidemill env` prints export lines.
"""

import os
import random
import re
import shlex
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "000000000000"
READY_SECONDS_MAX = 60.0
DRAIN_SECONDS_MAX = 60.0
PORTS = 16_384


def binary():
    """The server to test: the one that the task built."""
    path = os.environ.get("TIDEMILL_BIN")
    if not path:
        raise RuntimeError("TIDEMILL_BIN must name the server; `cargo xtask test wire` sets it")
    return Path(path)


def free_port():
    """A port that nobody listens on. Kept across restarts, as a real server's is.

    It lies below those that the system gives to outgoing connections: one of these could hold it
    just when the server starts again.
    """
    above = 32_768
    try:
        above = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        pass  # not Linux; its range begins above that
    while True:
        with socket.socket() as probe:
            wanted = random.randrange(above - PORTS, above) if above >= 2 * PORTS else 0
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue  # somebody's; the next is not
            return probe.getsockname()[1]


class Server:
    """One data directory and, while it runs, the process that serves it."""

    def __init__(self, data, config=None, environment=None, wrapper=(), log_path=None):
        self.data = Path(data)
        self.port = free_port()
        self.config = config
        self.environment = environment or {}
        self.wrapper = list(wrapper)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.log_path = log_path or self.data.parent / f"{self.data.name}.log"
        self.process = None
        self.lines = []
        self.ready_after = None
        self.keys = None

    def start(self):
        """Starts the process and returns once it says `ready`."""
        command = self.wrapper + [str(binary()), "up", "--data", str(self.data)]
        command += ["--listen", f"127.0.0.1:{self.port}"]
        if self.config:
            command += ["--config", str(self.config)]
        started = time.monotonic()
        self.lines = []
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        answered = threading.Event()
        reader = threading.Thread(target=self._read, args=(answered,), daemon=True)
        reader.start()
        answered.wait(READY_SECONDS_MAX)
        if "ready" not in self.lines:
            self.kill()
            reader.join(5)
            raise RuntimeError(f"the server did not become ready:\n{self.output()}")
        self.ready_after = time.monotonic() - started
        if self.keys is None:
            self.keys = self.environment_of_clients()
        return self

    def _read(self, answered):
        """Collects what the server prints, so that its pipe never fills."""
        process = self.process
        for raw in process.stdout:
            self.lines.append(raw.decode(errors="replace").strip())
            if self.lines[-1] == "ready":
                answered.set()
        process.wait()
        answered.set()

    def output(self):
        """What it printed, and the end of its log."""
        log = self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
        return "\n".join(self.lines) + "\n" + log[-4000:]

    def environment_of_clients(self):
        """What `eval "$(tidemill env --data DIR)"` would set."""
        printed = subprocess.run(
            [str(binary()), "env", "--data", str(self.data)],
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **self.environment},
            check=True,
        ).stdout
        return exported(printed)

    def kill(self):
        """SIGKILL, to the process and whatever it started: what a power cut looks like."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)

    def stop(self):
        """SIGTERM; returns the exit code after the drain."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(DRAIN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def restart(self):
        """kill -9 and start again, on the same data and the same port."""
        self.kill()
        return self.start()

    @property
    def is_running(self):
        """Whether the process lives."""
        return self.process is not None and self.process.poll() is None

    @property
    def resident_bytes(self):
        """Memory of the server's process, as the kernel counts it."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    @property
    def access_key_id(self):
        """The root key's id."""
        return self.keys["AWS_ACCESS_KEY_ID"]

    @property
    def secret_access_key(self):
        """The root key's secret."""
        return self.keys["AWS_SECRET_ACCESS_KEY"]

    def client(self, service, **options):
        """A boto3 client that tells the truth: one attempt, so that no retry hides a failure."""
        config = Config(
            retries={"max_attempts": 0},
            connect_timeout=60,
            read_timeout=60,
            max_pool_connections=64,
            parameter_validation=options.pop("parameter_validation", True),
        )
        if "config" in options:
            config = config.merge(options.pop("config"))
        settings = {
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            "config": config,
        }
        settings.update(options)
        return boto3.session.Session().client(service, **settings)


def exported(text):
    """Reads `export NAME=value` lines as a shell would."""
    found = {}
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "export":
            words = words[1:]
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                found[name] = value
    return found
