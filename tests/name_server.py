"""A name server of the test's own: it says of each name what it is told, also something else the second time.

with NameServer() as server:
    server.says = lambda name, number: ["8.8.8.8"] if number == 0 else ["127.0.0.1"]
    settings.RESOLVER = server.place
"""

import ipaddress
import socketserver
import struct
import threading

A, AAAA = 1, 28


class NameServer:
    """``says(name, number)``: the addresses of ``name``, asked so many times before. ``asked``: the names, in order."""

    def __init__(self):
        self.says = lambda name, number: []
        self.asked = []
        self.raw = None  # sent instead of an answer
        self._server = socketserver.UDPServer(("127.0.0.1", 0), _Question)
        self._server.names = self
        self.place = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *trouble):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, name, kind):
        """The addresses of one ``kind``. One look at a name asks for both kinds and counts once."""
        if kind == A:
            self.asked.append(name)
        said = [ipaddress.ip_address(one) for one in self.says(name, self.asked.count(name) - 1)]
        return [one for one in said if one.version == (4 if kind == A else 6)]


class _Question(socketserver.BaseRequestHandler):
    def handle(self):
        question, line = self.request
        position, labels = 12, []
        while question[position]:
            labels.append(question[position + 1 : position + 1 + question[position]].decode())
            position += 1 + question[position]
        (kind,) = struct.unpack_from("!H", question, position + 1)
        found = self.server.names.answer(".".join(labels), kind)
        answer = question[:2] + struct.pack("!5H", 0x8180, 1, len(found), 0, 0) + question[12:]
        for address in found:
            # The name stands where it stood in the question; no second of it is to be remembered.
            answer += struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(address.packed)) + address.packed
        if self.server.names.raw is not None:
            answer = question[:2] + self.server.names.raw
        line.sendto(answer, self.client_address)
