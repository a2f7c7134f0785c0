"""The demo as somebody follows it who has never seen this: what it prints is what works."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from server import binary

DEMO = Path(__file__).parents[2] / "examples" / "document-intake" / "demo.py"
COUNT = 12
SECONDS_MAX = 600


def processes_about(text):
    """Processes whose command line names `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it has ended
    return found


def commands_in(lines):
    """The commands it tells its reader to type: four columns in, after `In another shell:`."""
    start = next(at for at, line in enumerate(lines) if "In another shell" in line)
    commands = [line.strip() for line in lines[start:] if line.startswith("    ")]
    assert len(commands) > 5, lines
    return commands


def test_what_the_demo_prints_last_is_its_result_and_what_it_says_to_type_works(tmp_path):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "TIDEMILL_BIN": str(binary()),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    options = ["--keep", "--count", str(COUNT), "--video-megabytes", "1"]
    demo = subprocess.Popen(
        [sys.executable, str(DEMO), *options],
        env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    lines, told = [], threading.Event()

    def read():
        for line in demo.stdout:
            lines.append(line.rstrip("\n"))
            if lines[-1].startswith("RESULT "):
                told.set()
        told.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert told.wait(SECONDS_MAX), lines
        found = dict(re.findall(r"(\w+)=(\d+)", lines[-1]))
        assert lines[-1].startswith("RESULT "), lines
        assert (found["uploaded"], found["processed"]) == (str(COUNT), str(COUNT))
        assert found["lost"] == "0"
        assert any("where to look" in line for line in lines)
        *first, last = commands_in(lines)
        # The last command looks for what the one before it has set going.
        again = f"for try in 1 2 3 4 5 6 7 8 9; do {last} && exit 0; sleep 1; done; exit 1"
        script = "\n".join(["set -eu", *first, again])
        typed = subprocess.run(
            ["sh", "-c", script], capture_output=True, text=True, timeout=600, check=False,
            env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )  # fmt: skip
        assert typed.returncode == 0, typed.stderr + typed.stdout
        assert "records/mine.txt" in typed.stdout
    finally:
        demo.send_signal(signal.SIGINT)
        code = demo.wait(300)
    reader.join(10)
    assert code == 0 and lines[-1].startswith("RESULT "), "something came after its last line"
    assert not processes_about(str(tmp_path)), "Ctrl-C leaves nothing running"
