"""The commands in README.md and docs/getting-started.md, run as they stand there.

Each document is followed from top to bottom in an empty directory: a block of shell or Python in
the order in which a reader meets it, with what earlier ones exported. The block that starts a
server is left running, as a reader would, and what it prints is compared with what the document
says it prints. A block that a test cannot run says so in the document, in a comment before it:

    <!-- not run by tests: why -->
"""

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from server import READY_SECONDS_MAX, binary, free_port

ROOT = Path(__file__).parents[2]
NOT_RUN = re.compile(r"<!-- not run by tests: (.+) -->")

# Where the documents' reader works, in what they say a command prints.
FOLDER = "/srv/shop"

# How many blocks each document has run and not run: one more of the latter is a decision.
DOCUMENTS = {"README.md": (3, 2), "docs/getting-started.md": (6, 1)}


@dataclass
class Block:
    """A fenced block: its language, its text, where it is, and why it is not run, if it is not."""

    language: str
    text: str
    line: int
    not_run: str | None


def blocks_of(document):
    """The fenced blocks of a document."""
    found, fence, reason = [], None, None
    for number, line in enumerate(document.splitlines(), 1):
        if fence is not None and line.startswith("```"):
            found.append(Block(fence[0], "\n".join(fence[2:]) + "\n", fence[1], reason))
            fence = reason = None
        elif fence is not None:
            fence.append(line)
        elif line.startswith("```"):
            fence = [line.removeprefix("```"), number]
        elif line.strip():
            told = NOT_RUN.fullmatch(line.strip())
            reason = told.group(1) if told else None
    assert fence is None, f"the block in line {fence[1]} does not end"
    return found


def test_blocks_are_found_with_their_reasons():
    document = "```sh\na\nb\n```\n\n<!-- not run by tests: slow -->\n\n```python\nc\n```\ntext\n"
    document += "<!-- not run by tests: stale -->\ntext\n```text\nd\n```\n"
    assert blocks_of(document) == [
        Block("sh", "a\nb\n", 1, None),
        Block("python", "c\n", 8, "slow"),
        Block("text", "d\n", 14, None),
    ]


class Reader:
    """Somebody who follows a document in a directory of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.exported = folder / "exported.sh"
        self.port = free_port()
        self.servers = []
        self.printed = []
        programs = folder / "target" / "release"
        programs.mkdir(parents=True)
        (programs / "tidemill").symlink_to(binary())
        (folder / "tmp").mkdir()
        self.environment = {
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "LANG": "C.UTF-8",
            # The default port may be somebody's.
            "TIDEMILL_LISTEN": f"127.0.0.1:{self.port}",
        }
        self.exported.write_text("")

    def follow(self, block):
        """Does what a block says; returns why that failed, or `None`."""
        if block.language == "text":
            return self.compare(block.text)
        if block.language == "python":
            return self.run(f"python - <<'END_OF_BLOCK'\n{block.text}END_OF_BLOCK\n")
        if " up " in block.text.splitlines()[-1]:
            return self.start(block.text)
        return self.run(block.text)

    def run(self, text):
        """Runs a block in a shell that has what earlier ones exported."""
        script = f"set -eu\n. ./exported.sh\n{text}\nexport -p > exported.sh\n"
        done = subprocess.run(
            ["sh", "-c", script], cwd=self.folder, env=self.environment, capture_output=True,
            text=True, timeout=600, check=False,
        )  # fmt: skip
        return None if done.returncode == 0 else f"exit {done.returncode}: {done.stderr}"

    def start(self, text):
        """Runs a block that serves, until it is ready."""
        server = subprocess.Popen(
            ["sh", "-c", f"set -eu\n{text}"], cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self.servers.append(server)
        self.printed = []
        ready = threading.Event()

        def read():
            for line in server.stdout:
                self.printed.append(line.rstrip("\n"))
                if self.printed[-1] == "ready":
                    ready.set()

        threading.Thread(target=read, daemon=True).start()
        is_ready = ready.wait(READY_SECONDS_MAX)
        return None if is_ready else "not ready:\n" + "\n".join(self.printed)

    def compare(self, text):
        """Holds what the document says a server prints against what it printed."""
        said = text.replace("127.0.0.1:4566", f"127.0.0.1:{self.port}")
        said = said.replace(FOLDER, str(self.folder)).splitlines()
        return None if said == self.printed else f"it prints {self.printed}"

    def leave(self):
        """Ctrl-C in every shell that is still busy."""
        for server in self.servers:
            os.killpg(server.pid, signal.SIGINT)
            server.wait(120)


@pytest.fixture
def reader(tmp_path):
    """A reader with an empty directory."""
    reading = Reader(tmp_path)
    yield reading
    reading.leave()


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_commands_of_a_document_work_as_they_stand(path, reader):
    ran, left_out = [], []
    for block in blocks_of((ROOT / path).read_text()):
        if block.not_run:
            print(f"{path}:{block.line} is not run: {block.not_run}")
            left_out.append(block)
            continue
        why = reader.follow(block)
        assert why is None, f"{path}:{block.line}:\n{block.text}\n{why}"
        ran.append(block)
    assert (len(ran), len(left_out)) == DOCUMENTS[path]
