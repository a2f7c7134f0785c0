"""AWS's SDKs for JavaScript v3, Go v2 and Java v2: one scenario in each, told in its own words.

boto3 and the AWS CLI have the wire tests. Here it is the other code generators, HTTP clients, MD5
checks and typed errors that meet the server.
"""

import os
import re
import subprocess

import pytest

SCENARIO_SECONDS_MAX = 120
STEPS = 7

# How each is started, from what the task built.
COMMANDS = {
    "JAVASCRIPT": lambda path: ["node", "--no-warnings", path],
    "GO": lambda path: [path],
    "JAVA": lambda path: ["java", "-cp", f"{path}/classes:{path}/libraries/*", "tidemill.Scenario"],
}


@pytest.mark.parametrize("client", COMMANDS)
def test_the_scenario_of(client, built, server, did):
    command = [str(word) for word in COMMANDS[client](built(client))]
    run = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=SCENARIO_SECONDS_MAX,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            **server.environment_of_clients(),
        },
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr[-4000:]}"
    done = re.findall(r"^ok: (.*)$", run.stdout, re.MULTILINE)
    steps = int(re.search(r"^done: (\d+) steps$", run.stdout, re.MULTILINE).group(1))
    assert len(done) == steps >= STEPS, run.stdout
    if client == "GO":
        assert any(line.startswith("KEDA") for line in done), run.stdout
    did("".join(f"\n    {line}" for line in done))
