"""Signatures of topics, verified by sns-validator, AWS's library for those who are told.

The wire tests verify them by hand, as AWS's guide says; here it is the code that teams run.
"""

import os
import re
import subprocess

VERIFYING_SECONDS_MAX = 120


def test_sns_validator_accepts_both_versions_and_nothing_changed(built, server, did):
    # Built beside the scenario, whose packages it shares.
    program = built("JAVASCRIPT").with_name("signatures.mjs")
    run = subprocess.run(
        ["node", "--no-warnings", str(program)],
        capture_output=True,
        text=True,
        timeout=VERIFYING_SECONDS_MAX,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            **server.environment_of_clients(),
        },
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr[-4000:]}"
    done = re.findall(r"^ok: (.*)$", run.stdout, re.MULTILINE)
    assert len(done) == 4 and "done: 4 steps" in run.stdout, run.stdout
    did("".join(f"\n    {line}" for line in done))
