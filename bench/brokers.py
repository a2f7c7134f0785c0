"""Other brokers beside this one, each with its own load tool, every write synced before its answer.

`bench/run.py peers` uses it: a row for each way of sending, and for README.md a table of them with
the versions, the settings and the commands. Each broker runs on loopback with an empty folder,
alone, and is ended before the next one starts.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from server import REGION, Server, free_port

SECONDS = 10
BYTES = 200
STARTS_SECONDS_MAX = 60
ENDS_SECONDS_MAX = 20


@dataclass
class Row:
    """One way of sending to one broker, and what came of it."""

    broker: str
    way: str
    per_second: float
    p50_us: float
    p99_us: float
    command: str


@dataclass
class Missing:
    """A broker that could not be measured, and why."""

    broker: str
    reason: str


def shown(command):
    """A command as it is told: programs without their folders."""
    words = [str(word) for word in command]
    words[0] = Path(words[0]).name
    return " ".join("x{200}" if word == "x" * BYTES else word for word in words)


def run(command):
    """What a tool prints; its own words when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"`{shown(command)}` failed: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


def found(pattern, text):
    """The groups of a pattern that must be there, as numbers."""
    match = re.search(pattern, text)
    if not match:
        raise RuntimeError(f"no `{pattern}` in: {text[-500:]}")
    return [float(group) for group in match.groups()]


class Process:
    """A peer's server: started with its output in a file, waited for, and ended with its group."""

    def __init__(self, command, folder, port, environment=None):
        self.log = folder / "output"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], stdout=log, stderr=log, cwd=folder,
                env={**os.environ, **(environment or {})}, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + STARTS_SECONDS_MAX
        while not is_open(port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-500:]
                self.end()
                raise RuntimeError(f"`{shown(command)}` did not start: {said}")
            time.sleep(0.05)

    def end(self):
        """SIGTERM, and SIGKILL for what does not heed it."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(ENDS_SECONDS_MAX)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def is_open(port):
    """Whether somebody listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(*names):
    """The first of these programs that is there."""
    for name in names:
        if path := shutil.which(name) or (Path(name).exists() and name):
            return path
    raise RuntimeError(f"`{names[0]}` is not installed")


class Peers:
    """All of them, measured in turn into `rows`."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.rows = []
        self.missing = []
        self.settings = []

    def measure(self):
        """Every broker that is there; the others with the reason."""
        brokers = [self.tidemill, self.redis, self.rabbitmq, self.nats]
        names = ["Tidemill", "Redis Streams", "RabbitMQ", "NATS JetStream"]
        for name, broker in zip(names, brokers, strict=True):
            folder = self.folder / name.split()[0].lower()
            folder.mkdir()
            try:
                broker(folder)
            except RuntimeError as error:
                self.missing.append(Missing(name, str(error)))
                print(f"{name}: {error}", flush=True)
            shutil.rmtree(folder)

    def row(self, broker, way, numbers, command):
        """A measured way of sending."""
        row = Row(broker, way, *numbers, shown(command))
        self.rows.append(row)
        print(f"{broker:<15} {way:<60} {row.per_second:>10,.0f}/s", flush=True)

    def loader(self):
        """The load tool for RabbitMQ and NATS, built."""
        tool = self.folder / "peers"
        source = Path(__file__).with_name("peers")
        build = [program("go"), "build", "-mod=readonly", "-o", tool, "."]
        if not tool.exists():
            done = subprocess.run(build, cwd=source, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"the load tool does not build: {done.stderr[-500:]}")
        return tool

    # ── the brokers ─────────────────────────────────────────────────────────────────────────

    def tidemill(self, folder):
        """This one: HTTP, every request signed and its signature verified."""
        server = Server(folder / "data").start()
        self.settings.append(("Tidemill", version(self.options.server), "none: it always syncs"))
        pattern = r"msgs/s +(\d+).*?p50 +(\d+) us +p99 +(\d+) us"
        try:
            for operation, way in [
                ("send", "SendMessage, 64 connections"),
                ("sendbatch", "SendMessageBatch(10), 64 connections"),
            ]:
                command = [self.options.sqsload, "--endpoint", server.endpoint, "--op", operation]
                command += ["--connections", 64, "--seconds", SECONDS, "--region", REGION]
                keys = ["--access-key", server.access_key_id]
                keys += ["--secret-key", server.secret_access_key]
                self.row("Tidemill", way, found(pattern, run(command + keys)), command)
        finally:
            server.kill()

    def redis(self, folder):
        """Streams; the append-only file is synced before each round of answers."""
        binary, tool = program("redis-server"), program("redis-benchmark")
        port = free_port()
        settings = ["--bind", "127.0.0.1", "--port", port, "--dir", folder, "--save", ""]
        durable = ["--appendonly", "yes", "--appendfsync", "always"]
        process = Process([binary, *settings, *durable], folder, port)
        told = "`--appendonly yes --appendfsync always --save ''`"
        self.settings.append(("Redis Streams", version(binary), told))
        try:
            for way, more in [
                ("XADD, 50 connections", []),
                ("XADD, 50 connections, pipelines of 10", ["-P", 10]),
            ]:
                def command(count, more=more):
                    begin = [tool, "-h", "127.0.0.1", "-p", port, "-c", 50, *more, "--csv"]
                    return begin + ["-n", count, "XADD", "bench", "*", "body", "x" * BYTES]

                # It counts requests and not seconds, so a short run says how many they are.
                rate, *_ = numbers_of_redis(run(command(20_000)))
                timed = command(round(rate) * SECONDS)
                self.row("Redis Streams", way, numbers_of_redis(run(timed)), timed)
        finally:
            process.end()

    def rabbitmq(self, folder):
        """A quorum queue, whose log is synced before a confirm."""
        binary = program("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
        tool, port = self.loader(), free_port()
        mapper = free_port()
        (folder / "plugins").write_text("[].")
        environment = {
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "bench@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
        }  # fmt: skip
        process = Process([binary], folder, port, environment)
        said = process.log.read_text(errors="replace")
        known = re.search(r"RabbitMQ (\d[\w.]*)", said)
        told = "quorum queue, as it comes (`ra`'s log: `datasync` before a confirm)"
        self.settings.append(("RabbitMQ", known.group(1) if known else "unknown", told))
        try:
            for connections in (1, 4):
                command = [tool, "amqp", "--url", f"amqp://guest:guest@127.0.0.1:{port}"]
                command += ["--connections", connections, "--window", 1000]
                command += ["--seconds", SECONDS, "--payload-bytes", BYTES]
                way = f"confirms, 1,000 unconfirmed, {connections} connection"
                way += "s" if connections > 1 else ""
                self.row("RabbitMQ", way, numbers_of_loader(run(command)), command)
        finally:
            process.end()
            # The port mapper stays when the node goes.
            subprocess.run(["epmd", "-port", str(mapper), "-kill"], capture_output=True)

    def nats(self, folder):
        """A stream in files, synced after each message or atomic batch."""
        tool, port = self.loader(), free_port()
        binary = self.folder / "nats-server"
        if not binary.exists():
            build = [program("go"), "build", "-mod=readonly", "-o", binary]
            build.append("github.com/nats-io/nats-server/v2")
            source = Path(__file__).with_name("peers")
            done = subprocess.run(build, cwd=source, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"it does not build: {done.stderr[-500:]}")
        config = folder / "config"
        config.write_text(
            f'listen: "127.0.0.1:{port}"\n'
            f'jetstream {{ store_dir: "{folder}", sync_interval: always }}\n'
        )
        process = Process([binary, "--config", config], folder, port)
        told = "`jetstream { sync_interval: always }`, stream in files, one replica"
        self.settings.append(("NATS JetStream", version(binary), told))
        try:
            for publishers, batch, way in [
                (64, 1, "synchronous publish, 64 publishers"),
                (64, 10, "atomic batches of 10, 64 publishers"),
            ]:
                command = [tool, "nats", "--url", f"nats://127.0.0.1:{port}", "--connections", 4]
                command += ["--publishers", publishers, "--batch", batch]
                command += ["--seconds", SECONDS, "--payload-bytes", BYTES]
                self.row("NATS JetStream", way, numbers_of_loader(run(command)), command)
        finally:
            process.end()

    # ── the table ───────────────────────────────────────────────────────────────────────────

    def table(self):
        """What README.md shows."""
        ours = {row.way.split(",")[0]: row.per_second for row in self.rows[:2]}
        lines = [
            f"{SECONDS} s each, messages of {BYTES} bytes.",
            "",
            "| broker | way | messages/s | p50 | p99 | of SendMessage | of SendMessageBatch |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        for row in self.rows:
            shares = [f"{row.per_second / rate:.2f}" for rate in ours.values()]
            lines.append(
                f"| {row.broker} | {row.way} | {row.per_second:,.0f} "
                f"| {row.p50_us:,.0f} us | {row.p99_us:,.0f} us | {' | '.join(shares)} |"
            )
        lines += [f"| {gone.broker} | not measured: {gone.reason} | | | | | |"
                  for gone in self.missing]  # fmt: skip
        lines += ["", "| broker | version | settings |", "| --- | --- | --- |"]
        lines += [f"| {broker} | {version} | {told} |" for broker, version, told in self.settings]
        lines += ["", "```text", *[row.command for row in self.rows], "```"]
        return "\n".join(lines)


def version(binary):
    """What a program says of its version."""
    said = run([binary, "--version"]).strip().splitlines()[0]
    number = re.search(r"v?=?(\d+\.\d+[\w.-]*)", said)
    return number.group(1) if number else said


def numbers_of_loader(text):
    """Messages a second, p50 and p99 in microseconds; a refusal is an error here."""
    *numbers, refused = found(r"msgs/s (\d+) p50 (\d+) p99 (\d+) msgs \d+ errors (\d+)", text)
    if refused:
        raise RuntimeError(f"{refused:.0f} messages were refused")
    return numbers


def numbers_of_redis(text):
    """The same from redis-benchmark's last line: test, rate, average, least, p50, p95, p99, most."""
    cells = [cell.strip('"') for cell in text.strip().splitlines()[-1].split('","')]
    return [float(cells[1]), float(cells[4]) * 1000, float(cells[6]) * 1000]
