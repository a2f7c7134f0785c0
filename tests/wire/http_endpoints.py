"""Endpoints that topics post to, on this machine: good ones, and the bad that must slow nobody."""

import json
import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def fetch(url):
    """What a GET without a key is answered."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


class Endpoint:
    """Takes what it is posted. `answers` are statuses for notifications, the last for ever.

    With a `context` it speaks TLS, and is reached by the name `localhost`. `location` is where its
    redirects lead.
    """

    def __init__(self, *answers, context=None, location=None):
        self.requests, self.answers = [], list(answers) or [200]
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                endpoint.requests.append((dict(self.headers), body))
                status = 200
                if self.headers["x-amz-sns-message-type"] == "Notification":
                    left = endpoint.answers
                    status = left.pop(0) if len(left) > 1 else left[0]
                self.send_response(status)
                if location:
                    self.send_header("location", location)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a client that does not trust the certificate goes away

        self.server = Server(("127.0.0.1", 0), Handler)
        port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{port}/hook?from=sns"
        if context:
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
            self.url = f"https://localhost:{port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def of_type(self, kind):
        """Headers and bodies of one type of message, oldest first."""
        return [
            (headers, json.loads(body))
            for headers, body in list(self.requests)
            if headers["x-amz-sns-message-type"] == kind
        ]

    def told(self, kind="Notification"):
        """The bodies alone."""
        return [body for _, body in self.of_type(kind)]

    def texts(self):
        """What the notifications said."""
        return [body["Message"] for body in self.told()]

    def close(self):
        """Stops listening."""
        self.server.shutdown()
        self.server.server_close()


class BadEndpoint:
    """Confirms as it should, and then does to each notification what `habit(connection)` does.

    `connections` counts those that brought one; they are closed with the endpoint at the latest.
    """

    def __init__(self, habit):
        self.habit, self.connections, self.ended = habit, 0, threading.Event()
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                head, body = read_request(connection)
                if b"SubscriptionConfirmation" in head:
                    self.asked.append(json.loads(body))
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                    return
                self.connections += 1
                self.habit(self, connection)
            except OSError:
                pass  # the server has hung up, which is its right

    def close(self):
        """Stops listening, and lets go of whoever was kept waiting."""
        self.ended.set()
        # To close it alone would leave the thread that waits there waiting.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def read_request(connection):
    """A request's head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(connection)
    head, body = data.split(b"\r\n\r\n", 1)
    lengths = [
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    while len(body) < lengths[0]:
        body += receive(connection)
    return head, body


def receive(connection):
    """Some bytes, or an error when there are no more."""
    data = connection.recv(1 << 16)
    if not data:
        raise ConnectionError("the other side has hung up")
    return data


def hang(endpoint, _):
    """Says nothing for as long as it is there."""
    endpoint.ended.wait()


def gigabyte(_, connection):
    """Answers without end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
    block = b"x" * (1 << 20)
    for _ in range(1024):
        connection.sendall(block)


def endless_head(_, connection):
    """Never comes to the end of its headers."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x-more: " + b"y" * 8192 + b"\r\n")


def drip(endpoint, connection):
    """Answers a byte at a time."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x-slow: yes\r\n" * 100:
        connection.sendall(bytes([byte]))
        if endpoint.ended.wait(0.5):
            return


def babble(_, connection):
    """Does not speak HTTP."""
    connection.sendall(b"\x00\xff\x16\x03 what is this?\r\n\r\n")
    time.sleep(0.01)


def hang_up(_, connection):
    """Reads, and goes."""
    connection.shutdown(socket.SHUT_RDWR)


HABITS = [hang, gigabyte, endless_head, drip, babble, hang_up]
