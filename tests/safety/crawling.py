"""A reader who follows every link of the portal, as far as the session that they bring lets them."""

import gzip
import heapq
import re
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from django.conf import settings
from pypdf import PdfReader

_ATTRIBUTES = re.compile(r"""(?:href|src|action|hx-get|data-[\w-]*(?:url|href|src))=["']([^"']+)["']""")
_ELEMENTS = re.compile(r"<(?:loc|id|uri)>([^<]+)<")
_STRINGS = re.compile(r'"((?:https?:/)?/[^"\s\\]*)"')
_RANDOM = re.compile(r"""nonce[-=]["']?[\w+/=-]+|name="csrfmiddlewaretoken" value="\w+""")
_OF_THE_TRANSFER = {"Content-Length", "Set-Cookie", "X-Request-Id"}
_CSV = re.compile(r"(?<=[,\n])https?://[^,\s]+")
# Files of the programs, and the ways out.
_LEFT_ALONE = re.compile(r"/static/|/(?:[a-z]{2}/)?accounts/logout/")
# Every page of a list offers every further filter: those with more at once are left out.
PARAMETERS_AT_ONCE = 2


@dataclass
class Answer:
    """What came back: the status, the text (of a PDF or a compressed file, what is written in it) and the headers."""

    address: str
    status: int
    text: str
    headers: dict

    @property
    def everything(self):
        """Headers and text, without the numbers, nonces and tokens that may look like anything."""
        headers = {name: value for name, value in self.headers.items() if name not in _OF_THE_TRANSFER}
        return _RANDOM.sub("", f"{headers}\n{self.text}")


def read(client, address, method="get", **headers):
    """The Answer to a request for ``address``."""
    response = getattr(client, method)(address, headers=headers)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content.startswith(b"\x1f\x8b"):
        content = gzip.decompress(content)
    if content.startswith(b"%PDF"):
        text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    else:
        text = content.decode()
    return Answer(address, response.status_code, text, dict(response.headers))


def links_of(answer):
    """The addresses within the portal that ``answer`` leads to, in their order."""
    found = [answer.headers["Location"]] if "Location" in answer.headers else []
    found += re.findall(r"<([^>]+)>", answer.headers.get("Link", ""))
    for pattern in (_ATTRIBUTES, _ELEMENTS, _STRINGS, _CSV):
        found += pattern.findall(answer.text)
    inside = {"testserver", urlsplit(settings.SITE_URL).netloc}
    addresses = []
    for link in found:
        parts = urlsplit(urldefrag(urljoin(f"http://testserver{answer.address}", unescape(link)))[0])
        if parts.scheme in {"http", "https"} and parts.netloc in inside and not _LEFT_ALONE.match(parts.path):
            addresses.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return list(dict.fromkeys(addresses))


def crawl(client, seeds, *, at_most):
    """Yield the Answers to ``seeds`` and to all that they lead to, each address once.

    The seeds come first, then addresses with fewer parameters, of these those nearest to the seeds.
    """
    heap = [(-1, number, address) for number, address in enumerate(dict.fromkeys(seeds))]
    known = {address for _parameters_count, _number, address in heap}
    heapq.heapify(heap)
    for _turn in range(at_most):
        if not heap:
            return
        answer = read(client, heapq.heappop(heap)[-1])
        yield answer
        for link in links_of(answer):
            if link not in known and _parameters(link) <= PARAMETERS_AT_ONCE:
                known.add(link)
                heapq.heappush(heap, (_parameters(link), len(known), link))


def _parameters(address):
    return len(parse_qsl(urlsplit(address).query))
