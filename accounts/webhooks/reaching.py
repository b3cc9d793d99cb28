"""Going out to an address that a stranger has chosen, without being led to what only the portal can reach.

A name is looked up once; all addresses that it has must be public, and the connection is made to one of these very
addresses. There are no redirects and no proxies; everything together takes five seconds at most.
"""

import ipaddress
import re
import time
from functools import cache
from typing import NamedTuple

import httpcore
import httpx
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.webhooks.resolving import addresses_of

SECONDS = 5
MOST_READ = 256 * 1024
PORTS = {"https": {443, 8443}, "http": {80}}  # http outside production only
# What Python takes for addresses of the internet and is not: protocol assignments, relays to 6to4, Teredo and its
# neighbours, 6to4, documentation. Of IPv6, only what is given out for use on the internet is looked at further.
SPECIAL = [
    ipaddress.ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)


class Refused(OSError):
    """The portal does not go there."""


class Answer(NamedTuple):
    """``status`` of the answer, the ``text`` with which it begins, and how many milliseconds it all took."""

    status: int
    text: str
    took_ms: int


def is_public(address):
    """Whether ``address`` (an ipaddress object) is one of the internet, and no other hides behind it."""
    if address.version == 6 and address not in _GIVEN_OUT:  # also those that stand for an IPv4 address: mapped, NAT64
        return False
    is_special = address.is_multicast or address.is_reserved or any(address in net for net in SPECIAL)
    return address.is_global and not is_special


def check(address):
    """Raise ValidationError unless the portal would go to ``address`` (text), as far as can be said without asking."""
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError):
        raise ValidationError(_("This address cannot be read.")) from None
    host, port = url.raw_host.decode(), url.port or _usual(url.scheme)
    if _is_allowed(url.scheme, host, port):
        return
    if url.scheme != "https" and (settings.IS_PRODUCTION or url.scheme != "http"):
        raise ValidationError(_("The address begins with https://."))
    if not host or url.userinfo or url.fragment or any(sign <= " " or sign == "\\" for sign in address):
        raise ValidationError(_("Give an address of the form https://host/path, without a name or password."))
    if port not in PORTS["https"] | PORTS[url.scheme]:
        raise ValidationError(_("Only the ports 443 and 8443 can be reached."))
    if not _may_be_public(host):
        raise ValidationError(_("This address is not one of the internet."))


def _usual(scheme):
    return 443 if scheme == "https" else 80


def _is_allowed(scheme, host, port):
    """Whether the operator has named it; outside production only, for tests on one machine."""
    return scheme in PORTS and not settings.IS_PRODUCTION and f"{host}:{port}" in settings.WEBHOOK_ALLOW


def _may_be_public(host):
    """Whether ``host`` is a name below a domain, or a public address that is written as such."""
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        # Programs read 2130706433, 0x7f.1 and 127.1 as addresses.
        last = host.rstrip(".").rpartition(".")[2]
        return bool(_HOST.fullmatch(host.rstrip("."))) and "." in host.rstrip(".") and not _NUMBER.fullmatch(last)


def post(address, *, body, headers):
    """Send ``body`` (bytes) to ``address`` and return the Answer; not more than MOST_READ bytes of it are read.

    Raises Refused where the portal does not go, httpx.HTTPError or OSError when nobody answers in time.
    """
    try:
        check(address)
    except ValidationError as error:
        raise Refused(error.messages[0]) from None
    began = time.monotonic()
    with (
        httpx.Client(transport=_Pinned(began + SECONDS), trust_env=False, follow_redirects=False) as client,
        client.stream("POST", address, content=body, headers=headers, timeout=SECONDS) as response,
    ):
        text = _beginning(response)
        return Answer(response.status_code, text, round((time.monotonic() - began) * 1000))


def _beginning(response):
    """The first bytes of the answer, as text; what it is packed in is not unpacked."""
    read = b""
    for piece in response.iter_raw():
        read += piece
        if len(read) >= MOST_READ:
            break
    return read[:MOST_READ].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


@cache
def _trusted():
    """Whose certificates are believed: those of certifi, or of the file that SSL_CERT_FILE names."""
    return httpx.create_ssl_context()


class _Pinned(httpx.BaseTransport):
    """One connection for one request, to an address that was looked at; certificate and ``Host`` are of the name."""

    def __init__(self, deadline):
        self._deadline = deadline
        self._connection = None

    def handle_request(self, request):
        url = request.url
        origin = httpcore.Origin(url.raw_scheme, url.raw_host, url.port or _usual(url.scheme))
        self._connection = httpcore.HTTPConnection(
            origin,
            ssl_context=_trusted() if url.scheme == "https" else None,
            network_backend=_Network(self._deadline, url.scheme),
        )
        try:
            response = self._connection.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise httpx.TransportError(f"{type(error).__name__}: {error}") from error
        return httpx.Response(response.status, headers=response.headers, stream=_Stream(response.stream))

    def close(self):
        if self._connection:
            self._connection.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, stream):
        self._stream = stream

    def __iter__(self):
        try:
            yield from self._stream
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise httpx.TransportError(f"{type(error).__name__}: {error}") from error


class _Network(httpcore.NetworkBackend):
    """Connects to public addresses alone, and lets nothing last beyond the deadline."""

    def __init__(self, deadline, scheme):
        self._deadline, self._scheme = deadline, scheme
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        addresses = addresses_of(host, timeout=_left(self._deadline))
        if not _is_allowed(self._scheme, host, port) and not all(map(is_public, addresses)):
            raise Refused("The name leads to an address that is not one of the internet.")
        # One of those that were looked at; to ask for the name again could lead elsewhere.
        return _Line(self._sockets.connect_tcp(str(addresses[0]), port, timeout=_left(self._deadline)), self._deadline)


def _left(deadline):
    """The seconds until ``deadline``. Raises TimeoutError when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("It took too long.")
    return left


class _Line(httpcore.NetworkStream):
    """A connection on which every step ends with the deadline of all: who answers a byte at a time gains nothing."""

    def __init__(self, stream, deadline):
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes, timeout=None):
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer, timeout=None):
        self._stream.write(buffer, _left(self._deadline))

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        return _Line(self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline)), self._deadline)

    def get_extra_info(self, info):
        return self._stream.get_extra_info(info)

    def close(self):
        self._stream.close()
