"""The third party: a proofreading service that is slow and, until somebody mends it, unreliable.

It stands for the API that every team has to live with. It knows nothing of buckets, queues or
functions: it takes a document by POST and answers with the normalized text.

    python proofreading.py [--port 8600] [--stall-after COUNT]

    POST /proofread            the document as the body, its name in `Document-Name`
    POST /mode?healthy         from now on nothing fails;  /mode?failing  one request in five does
    POST /mode?moving          requests that are held by --stall-after are answered, and later ones
    GET  /statistics           what it has seen so far

What fails while it is failing: some documents every time (their `Document-Name` hashes badly, as
real defects do) and others by chance; together about a fifth of the requests.
"""

import argparse
import hashlib
import json
import random
import re
import threading
import time
import unicodedata
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Of a hundred documents, those the service cannot read at all while it is failing, and of a
# hundred other requests those that it drops.
UNREADABLE_PERCENT = 5
DROPPED_PERCENT = 16
SECONDS_MIN = 0.05
SECONDS_MAX = 0.35


def normalized(content):
    """What the service sells: the document's text in one form, whatever it came as.

    The same bytes always give the same text. A document without text gives its digest.
    """
    if content.startswith(b"%PDF-"):
        text = "\n".join(pdf_lines(content))
    else:
        text = decoded(content)
    if text is None:
        digest = hashlib.sha256(content).hexdigest()
        return f"no text\nsha256 {digest}\nbytes {len(content)}\n"
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    lines = [line.rstrip() for line in text.split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip("\n") + "\n"


def decoded(content):
    """The text of a plain file by its mark, else UTF-8, else Windows; `None` for no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    return None if "\x00" in text else text


def pdf_lines(content):
    """The shown strings of a simple PDF's content streams."""
    for found in re.finditer(rb"\(((?:\\.|[^\\()])*)\) Tj", content):
        yield re.sub(rb"\\(.)", rb"\1", found.group(1)).decode("latin-1")


class Service(ThreadingHTTPServer):
    """The service's state: its mood and its memory."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, slowness=1.0, seed=7, stall_after=None):
        super().__init__(address, Proofreader)
        self.stall_after = stall_after
        self.moves = threading.Event()
        self.lock = threading.Lock()
        self.chance = random.Random(seed)
        self.slowness = slowness
        self.is_healthy = False
        self.requests = 0
        self.refused = 0
        self.in_progress = 0

    @property
    def url(self):
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def verdict(self, document):
        """Whether this request fails, and how long it takes."""
        with self.lock:
            self.requests += 1
            stalls = self.stall_after is not None and self.requests > self.stall_after
        if stalls:
            self.moves.wait()
        with self.lock:
            seconds = self.chance.uniform(SECONDS_MIN, SECONDS_MAX) * self.slowness
            drawn = self.chance.randrange(100)
            if self.is_healthy:
                return None, seconds
            if is_unreadable(document):
                self.refused += 1
                return (422, "unsupported ligature in line 1"), seconds
            if drawn < DROPPED_PERCENT:
                self.refused += 1
                return (503, "the proofreaders are having lunch"), seconds
            return None, seconds

    def handle_error(self, request, client_address):
        """A client that went away is not worth a traceback."""


def is_unreadable(document):
    """Whether the failing service never reads this document."""
    return zlib.crc32(document.encode()) % 100 < UNREADABLE_PERCENT


class Proofreader(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if self.path.startswith("/mode?"):
            if self.path.endswith("?moving"):
                self.server.moves.set()
            else:
                self.server.is_healthy = self.path.endswith("?healthy")
            return self.answer(200, "text/plain", b"ok\n")
        if self.path != "/proofread":
            return self.answer(404, "text/plain", b"no such page\n")
        with self.server.lock:
            self.server.in_progress += 1
        try:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            failure, seconds = self.server.verdict(self.headers.get("Document-Name", ""))
            time.sleep(seconds)
            if failure:
                status, reason = failure
                return self.answer(status, "text/plain; charset=utf-8", f"{reason}\n".encode())
            return self.answer(200, "text/plain; charset=utf-8", normalized(content).encode())
        finally:
            with self.server.lock:
                self.server.in_progress -= 1

    def do_GET(self):
        if self.path != "/statistics":
            return self.answer(404, "text/plain", b"no such page\n")
        server = self.server
        with server.lock:
            seen = {
                "is_healthy": server.is_healthy,
                "requests": server.requests,
                "refused": server.refused,
                "in_progress": server.in_progress,
            }
        return self.answer(200, "application/json", json.dumps(seen).encode())

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Quiet: the demo has its own table."""


def start(port=0, slowness=1.0):
    """Runs the service in a thread of this process; for tests."""
    service = Service(("127.0.0.1", port), slowness)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    return service


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8600)
    parser.add_argument("--stall-after", type=int, help="hold the requests after so many")
    options = parser.parse_args()
    running = Service(("127.0.0.1", options.port), stall_after=options.stall_after)
    print(f"proofreading at {running.url}", flush=True)
    running.serve_forever()
