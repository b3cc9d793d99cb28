"""A mail server for tests, on a port of its own: it speaks SMTP, keeps what it takes and refuses what it is told.

with SmtpSink() as sink:
    ...  # send through sink.url
    assert [mail["To"] for mail in sink.messages] == ["officer@example.org"]
"""

import base64
import email
import email.policy
import socketserver
import sys
import threading
import time


class SmtpSink:
    """Listens from ``start`` to ``stop``, and again on the same port after another ``start``.

    ``messages``: what was taken, as EmailMessage, in the order of their arrival; ``envelopes``: (sender, [recipient])
    of each; ``moments``: when each was taken, on the monotonic clock. ``refuses(address)``: whether a recipient is
    refused, with 451 or with the code that it gives.
    ``hangs_up``: the line is cut as soon as a message is taken, so that the good-bye is never answered. ``is_silent``:
    calls are not answered. ``seconds_each``: how long one message takes. ``calls_count``: how many calls there were.
    ``encrypted``: an SSLContext by which a caller may go on after STARTTLS. ``login``: (name, password) that has to be
    shown, on an encrypted line, before a message is taken.
    """

    def __init__(self, *, encrypted=None, login=None):
        self.encrypted, self.login = encrypted, login
        self.envelopes, self.moments = [], []
        self._taken, self._messages = [], []
        self.refuses = lambda address: False
        self.hangs_up = self.is_silent = False
        self.seconds_each = self.calls_count = 0
        self._server = self._thread = None
        self._port = 0  # any that is free; later the same again
        self._writing = threading.Lock()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *trouble):
        self.stop()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self._port}"

    @property
    def messages(self):
        # Read once somebody asks for it: a mail server does not look into what it takes.
        with self._writing:
            unread = self._taken[len(self._messages) :]
            self._messages += [email.message_from_bytes(data, policy=email.policy.default) for data in unread]
            return list(self._messages)

    def start(self):
        """Listen. Raises OSError when the port has been taken by somebody else since ``stop``."""
        self._server = _Server(("127.0.0.1", self._port), _Conversation)
        self._server.sink = self
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self):
        """End all conversations; whoever connects now is refused."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None

    def keep(self, sender, recipients, data):
        """Take a message. ``data``: its bytes as they came, dots undone."""
        time.sleep(self.seconds_each)
        with self._writing:
            self._taken.append(data)
            self.envelopes.append((sender, recipients))
            self.moments.append(time.monotonic())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True  # it comes back to the port that it has just left
    request_queue_size = 64


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 10  # seconds without a word

    def handle(self):
        self.server.sink.calls_count += 1
        while self.server.sink.is_silent:
            time.sleep(0.02)
        sink = self.server.sink
        self._say("220 sink.example ESMTP")
        sender, recipients = "", []
        is_encrypted, is_known = False, sink.login is None
        while line := self.rfile.readline():
            verb, _space, rest = line.decode().strip().partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    extensions = ["AUTH PLAIN"] if sink.login and is_encrypted else []
                    extensions += ["STARTTLS"] if sink.encrypted and not is_encrypted else []
                    self._say("\r\n".join(["250-sink.example", *(f"250-{one}" for one in extensions), "250 HELP"]))
                case "STARTTLS" if sink.encrypted and not is_encrypted:
                    self._say("220 Go on")
                    is_encrypted = self._encrypt(sink.encrypted)
                    if not is_encrypted:
                        return
                case "AUTH" if sink.login and is_encrypted:
                    _identity, *shown = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")
                    is_known = tuple(shown) == sink.login
                    self._say("235 Welcome" if is_known else "535 Not you")
                case "MAIL" if not is_known:
                    self._say("530 Who are you?")
                case "MAIL":
                    sender, recipients = _address(rest), []
                    self._say("250 Go on")
                case "RCPT" if refusal := self.server.sink.refuses(_address(rest)):
                    self._say("451 Try again later" if refusal is True else f"{refusal} Not this one")
                case "RCPT":
                    recipients.append(_address(rest))
                    self._say("250 Go on")
                case "DATA" if not recipients:
                    self._say("503 To whom?")
                case "DATA":
                    self._say("354 Speak, then a dot")
                    data = self._data()
                    if data is None:
                        return
                    self.server.sink.keep(sender, recipients, data)
                    self._say("250 Taken")
                    if self.server.sink.hangs_up:
                        return
                case "RSET" | "NOOP":
                    sender, recipients = "", []
                    self._say("250 Very well")
                case "QUIT":
                    self._say("221 Good-bye")
                    return
                case _:
                    self._say("502 Not here")

    def finish(self):
        super().finish()
        self.request.close()

    def _encrypt(self, context):
        """Whether the caller agreed to go on in secret."""
        try:
            self.request = context.wrap_socket(self.request, server_side=True)
        except OSError:
            return False
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", buffering=0)
        return True

    def _say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def _data(self):
        """The message, dots undone; None when its sender is gone before the end of it."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return None
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)


def _address(words):
    """The address in words such as "TO:<officer@example.org> SIZE=5"."""
    return words.partition("<")[2].partition(">")[0]


if __name__ == "__main__":  # in a process of its own: says where it listens, and ends with its input
    with SmtpSink() as sink:
        sys.stdout.write(f"{sink.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
