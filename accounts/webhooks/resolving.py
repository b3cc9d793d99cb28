"""Which network addresses a name has: asked of the system, or of the name server that ``SSC_RESOLVER`` names.

The second is there so that a name can be made to lead elsewhere while it is being watched; outside production only.
"""

import ipaddress
import secrets
import socket
import struct

from django.conf import settings

# Types of records, IPv4 and IPv6; the one class that there is; "please look further" in the flags of a question.
A, AAAA, INTERNET, RECURSION_DESIRED = 1, 28, 1, 0x0100
HEADER = struct.Struct("!6H")


def addresses_of(host, *, timeout):
    """The addresses of ``host``, a name or an address, as a list of ipaddress objects; never empty.

    ``timeout``: seconds to wait for a name server of ours; the system has a patience of its own. Raises OSError when
    there is none.
    """
    try:
        return [ipaddress.ip_address(host)]
    except ValueError:
        pass
    if settings.RESOLVER:
        found = [one for kind in (A, AAAA) for one in _ask(host, kind, timeout)]
    else:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        found = [ipaddress.ip_address(address[0]) for _family, _type, _protocol, _name, address in answers]
    if not found:
        raise OSError("This name has no address.")
    return list(dict.fromkeys(found))


def _ask(host, kind, timeout):
    """The addresses of one ``kind`` that our name server gives for ``host``."""
    server, _colon, port = settings.RESOLVER.rpartition(":")
    number = secrets.randbelow(1 << 16)
    labels = host.rstrip(".").encode("idna").split(b".")
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    question = HEADER.pack(number, RECURSION_DESIRED, 1, 0, 0, 0) + name + struct.pack("!2H", kind, INTERNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(timeout)
        line.connect((server, int(port)))
        line.send(question)
        answer = line.recv(4096)
    try:
        return list(_records(answer, number, len(question), kind))
    except (struct.error, IndexError, ValueError):
        raise OSError("The name server gave an answer that cannot be read.") from None


def _records(answer, number, position, kind):
    """The addresses in ``answer``, whose records begin at ``position``."""
    its_number, _flags, _questions, count, *_rest = HEADER.unpack_from(answer)
    if its_number != number:
        raise ValueError
    for _number in range(count):
        while answer[position] and answer[position] < 0xC0:  # the labels of a name; from 0xC0 on, where it stood before
            position += 1 + answer[position]
        position += 2 if answer[position] else 1
        its_kind, _class, _seconds, length = struct.unpack_from("!HHIH", answer, position)
        position += 10
        if its_kind == kind:
            yield ipaddress.ip_address(answer[position : position + length])
        position += length
