"""Somebody else's system that webhooks are sent to: it answers as it is told and keeps what it was sent.

with WebhookSink() as sink:
    ...  # send to sink.address
    assert [taken.event["type"] for taken in sink.taken] == ["practice.published"]
"""

import json
import socketserver
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from standardwebhooks import Webhook


class Taken(NamedTuple):
    """What came: the path, the headers (a Message) and the body in bytes."""

    path: str
    headers: object
    body: bytes

    @property
    def event(self):
        return json.loads(self.body)

    @property
    def key(self):
        return self.headers["webhook-id"]

    def verified(self, secret):
        """The event, when it was signed with ``secret``. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, dict(self.headers.items()))


class WebhookSink:
    """Listens on a port of its own; over TLS with ``certificate``, a file that holds certificate and key.

    ``answers(taken)``: status, or (status, headers, body), to answer with. ``seconds_each``: how long it thinks before.
    ``calls_count``: how many connections there were.
    """

    def __init__(self, *, certificate=None, host="127.0.0.1"):
        self.taken = []
        self.answers = lambda taken: 204
        self.seconds_each = self.calls_count = 0
        self._server = _Server((host, 0), _Conversation)
        self._server.sink = self
        self.port = self._server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.names = []
            context.sni_callback = lambda line, name, context: self.names.append(name)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *trouble):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def place(self):
        return f"127.0.0.1:{self.port}"

    @property
    def address(self):
        return f"http://{self.place}/hook"


class _Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128
    daemon_threads = True


class _Conversation(BaseHTTPRequestHandler):
    def setup(self):
        self.server.sink.calls_count += 1
        super().setup()

    def do_POST(self):
        sink = self.server.sink
        taken = Taken(self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])))
        sink.taken.append(taken)
        time.sleep(sink.seconds_each)
        answer = sink.answers(taken)
        status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in body if not isinstance(body, bytes) else [body]:
            self.wfile.write(piece)

    def log_message(self, *words):
        """Say nothing."""


if __name__ == "__main__":  # in a process of its own: says where it listens, and ends with its input
    with WebhookSink() as sink:
        sys.stdout.write(f"{sink.place}\n")
        sys.stdout.flush()
        sys.stdin.read()
