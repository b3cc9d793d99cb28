"""Asks clamd, a malware scanner of its own, about one file: its protocol INSTREAM over TCP or a Unix socket."""

import socket
import struct
import time

from django.conf import settings

CHUNK = 64 * 1024
# For one file, from the first byte to the answer.
PATIENCE = 60  # seconds


class Unavailable(Exception):
    """The scanner is away, too slow, or says something that is no verdict."""


def is_there():
    """Whether a scanner is to be asked at all."""
    return bool(settings.CLAMD)


def name_of_malware(file):
    """What clamd calls what it found in the open ``file``; empty when it found nothing. Raises Unavailable."""
    ends_at = time.monotonic() + PATIENCE
    try:
        with _connected() as line:
            line.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                _mind(line, ends_at)
                line.sendall(struct.pack("!I", len(chunk)) + chunk)
            line.sendall(struct.pack("!I", 0))
            answer = b""
            while not answer.endswith(b"\0"):
                _mind(line, ends_at)
                part = line.recv(4096)
                if not part or len(answer) > CHUNK:
                    break
                answer += part
    except OSError as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error
    said = answer.rstrip(b"\0").decode(errors="replace").strip()
    if said.endswith(": OK"):
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND").partition(": ")[2] or "?"
    raise Unavailable(f"It said: {said[:200]}")


def _connected():
    host, colon, port = settings.CLAMD.rpartition(":")
    if colon and port.isdecimal():
        return socket.create_connection((host, int(port)), timeout=PATIENCE)
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(PATIENCE)
    try:
        line.connect(settings.CLAMD)
    except OSError:
        line.close()
        raise
    return line


def _mind(line, ends_at):
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("It took too long.")
    line.settimeout(left)
