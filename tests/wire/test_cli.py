"""The command line: `up`, `env`, `status`, `doctor`, `verify`, and what it says when refused."""

import os
import re
import signal
import stat
import subprocess
import threading
import time
import urllib.request

import pytest

from server import Server, binary, exported


def tidemill(*arguments, **environment):
    """Runs the binary and returns what came of it."""
    return subprocess.run(
        [str(binary()), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def test_up_says_where_it_is_and_that_it_is_ready(start_server):
    server = start_server()
    said = "\n".join(server.lines)
    assert server.endpoint in said
    assert str(server.data) in said
    assert "tidemill env" in said
    assert server.lines[-1] == "ready"


def test_up_on_an_empty_directory_is_ready_within_moments(start_server):
    server = start_server()
    # The promise is 100 ms; a machine that also runs the rest of the tests gets ten times that.
    assert server.ready_after < 1.0, server.ready_after


def test_sigterm_drains_and_exits_zero(start_server, name):
    server = start_server()
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name("drain"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    assert server.stop() == 0
    server.start()
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "kept"


def metrics(server):
    """The page that the server shows of itself."""
    with urllib.request.urlopen(f"{server.endpoint}/metrics", timeout=60) as response:
        return response.read().decode()


def test_sigterm_does_not_wait_for_long_polls(start_server, name, until):
    server = start_server()
    url = server.client("sqs").create_queue(QueueName=name("poll"))["QueueUrl"]
    answers = []

    def wait():
        answers.append(server.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20))

    thread = threading.Thread(target=wait)

    def parked():
        return int(re.search(r"^tidemill_long_polls (\d+)$", metrics(server), re.M).group(1))

    before = parked()  # the server's own
    start = time.monotonic()
    thread.start()
    until(lambda: parked() > before or answers)
    assert server.stop() == 0
    assert time.monotonic() - start < 20, "the poll was waited for"
    thread.join(60)
    (answer,) = answers
    assert "Messages" not in answer, "a long poll ends as one that found nothing, not as an error"


def test_env_prints_what_a_shell_needs(server):
    done = tidemill("env", "--data", server.data)
    assert done.returncode == 0, done.stderr
    found = exported(done.stdout)
    assert {
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
    } <= set(found) | ({"AWS_REGION"} if "AWS_DEFAULT_REGION" in found else set())
    assert found["AWS_ENDPOINT_URL"] == server.endpoint
    shell = subprocess.run(
        ["sh", "-c", 'eval "$1"; test -n "$AWS_SECRET_ACCESS_KEY"', "sh", done.stdout], check=False
    )
    assert shell.returncode == 0


def test_the_root_key_is_for_its_owner_alone(server):
    keeping = [
        path
        for path in server.data.rglob("*")
        if path.is_file()
        and path.stat().st_size < 65_536
        and server.secret_access_key.encode() in path.read_bytes()
    ]
    assert keeping, "no small file keeps the root key"
    for path in keeping:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_root_key_may_come_from_the_environment(start_server):
    keys = {
        "TIDEMILL_ACCESS_KEY_ID": "AKIAFROMENVIRONMENT1",
        "TIDEMILL_SECRET_ACCESS_KEY": "a-secret-of-somebodys-own-choice-000",
    }
    server = start_server(environment=keys)
    server.client(
        "sqs",
        aws_access_key_id=keys["TIDEMILL_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["TIDEMILL_SECRET_ACCESS_KEY"],
    ).list_queues()


def test_a_second_process_on_the_same_data_is_refused(server):
    second = Server(server.data)
    second.log_path = second.data.parent / "second.log"
    with pytest.raises(RuntimeError) as caught:
        second.start()
    assert second.process.poll() not in (None, 0, -9)
    assert str(server.data) in str(caught.value)
    assert "Traceback" not in second.output() and "panicked" not in second.output()


def test_a_taken_port_is_said(start_server, tmp_path):
    server = start_server()
    done = tidemill(
        "up", "--data", tmp_path / "other", "--listen", f"127.0.0.1:{server.port}"
    )
    assert done.returncode != 0
    assert str(server.port) in done.stdout + done.stderr


def test_an_unknown_key_in_the_configuration_is_refused_by_name(tmp_path):
    config = tmp_path / "tidemill.toml"
    config.write_text("colour = 'red'\n")
    done = tidemill("up", "--data", tmp_path / "data", "--config", config)
    assert done.returncode != 0
    assert "colour" in done.stderr + done.stdout
    assert "panicked" not in done.stderr


def test_accounts_of_the_configuration_are_strangers_to_each_other(start_server, tmp_path, name):
    config = tmp_path / "tidemill.toml"
    config.write_text(
        "[[account]]\n"
        "id = '111111111111'\n"
        "access_key_id = 'AKIASECONDACCOUNT001'\n"
        "secret_access_key = 'another-secret-of-forty-characters-0000'\n"
    )
    server = start_server(config=config)
    first = server.client("sqs")
    second = server.client(
        "sqs",
        aws_access_key_id="AKIASECONDACCOUNT001",
        aws_secret_access_key="another-secret-of-forty-characters-0000",
    )
    queue_name = name("same")
    mine = first.create_queue(QueueName=queue_name)["QueueUrl"]
    theirs = second.create_queue(QueueName=queue_name)["QueueUrl"]
    assert mine != theirs and "/111111111111/" in theirs
    first.send_message(QueueUrl=mine, MessageBody="mine")
    assert not second.receive_message(QueueUrl=theirs).get("Messages")
    assert second.list_queues()["QueueUrls"] == [theirs]
    with pytest.raises(first.exceptions.ClientError):
        second.receive_message(QueueUrl=mine)


def test_listening_beyond_loopback_needs_a_word(tmp_path):
    done = subprocess.Popen(
        [str(binary()), "up", "--data", str(tmp_path / "data"), "--listen", "0.0.0.0:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output, _ = done.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        done.send_signal(signal.SIGKILL)
        output, _ = done.communicate()
        pytest.fail(f"it listens on every address without being told so twice:\n{output}")
    assert done.returncode != 0
    assert "0.0.0.0" in output


def test_status_shows_queues_and_disk(server, name):
    queue_name = name("status")
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=queue_name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    done = tidemill("status", "--data", server.data)
    assert done.returncode == 0, done.stderr
    assert queue_name in done.stdout


def test_doctor_says_what_this_host_enforces(tmp_path):
    done = tidemill("doctor", "--data", tmp_path / "data")
    assert done.returncode == 0, done.stderr + done.stdout
    assert re.search("landlock", done.stdout, re.IGNORECASE)
    assert re.search("python", done.stdout, re.IGNORECASE)


def test_verify_accepts_a_sound_directory_and_names_the_damage(start_server, name):
    server = start_server()
    sqs = server.client("sqs")
    url = sqs.create_queue(QueueName=name("verify"))["QueueUrl"]
    for n in range(50):
        sqs.send_message(QueueUrl=url, MessageBody=f"body {n} " + "x" * 2000)
    # Killed, so that no checkpoint makes this part of the log unnecessary.
    server.kill()
    sound = tidemill("verify", "--data", server.data)
    assert sound.returncode == 0, sound.stdout + sound.stderr

    # Damage in the middle, with sound groups after it: no crash looks like this.
    damaged = None
    for path in sorted(server.data.rglob("*")):
        if not path.is_file() or path.stat().st_size < 8192:
            continue
        content = path.read_bytes()
        at = content.find(b"body 10 ")
        if at > 0 and content.find(b"body 40 ") > at:
            with open(path, "r+b") as file:
                file.seek(at)
                file.write(b"BODY")
            damaged = path
            break
    assert damaged, "the log does not hold the messages as bytes"
    unsound = tidemill("verify", "--data", server.data)
    said = unsound.stdout + unsound.stderr
    assert unsound.returncode != 0, said
    assert damaged.name in said and re.search(r"\d{3,}", said), said
    refused = tidemill("up", "--data", server.data, "--listen", "127.0.0.1:0")
    assert refused.returncode != 0
    assert damaged.name in refused.stdout + refused.stderr


@pytest.mark.parametrize("command", ["up", "env", "status", "doctor", "verify"])
def test_help_teaches(command):
    done = tidemill(command, "--help")
    assert done.returncode == 0
    assert "--data" in done.stdout


def test_help_shows_examples():
    done = tidemill("--help")
    assert done.returncode == 0
    for command in ("up", "env", "status", "doctor", "verify"):
        assert command in done.stdout
    assert "tidemill up" in done.stdout


def test_a_mistyped_command_is_refused_with_a_hint():
    done = tidemill("upp")
    assert done.returncode == 2
    assert "up" in done.stderr


def test_health_and_metrics_need_no_signature(server, name):
    with urllib.request.urlopen(f"{server.endpoint}/healthz", timeout=60) as response:
        assert response.status == 200
    server.client("sqs").create_queue(QueueName=name("metrics"))
    text = metrics(server)
    for stem in ("tidemill_", "# TYPE", "# HELP"):
        assert stem in text
    assert re.search(r'tidemill_\w+\{[^}]*CreateQueue[^}]*\} \d', text), text[:2000]
