"""The Markdown subset of narrative text: paragraphs, lists, emphasis, links. Cleaned when written and when shown."""

import re

import nh3
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt

_TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote", "h3", "h4"}
_ATTRIBUTES = {"a": {"href"}}
_SCHEMES = {"http", "https", "mailto"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CONTROL_BYTES = bytes(code for code in range(32) if code not in b"\t\n\r")
_parser = MarkdownIt("commonmark", {"html": False}).disable(["image", "code", "fence", "html_block", "html_inline"])


def clean(text):
    """``text`` as it may be stored: without control characters, line ends made one kind. Markdown stays as typed."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Hardly any text holds one, and bytes are looked through in a third of the time.
    sent = text.encode("utf-8", "surrogatepass")
    return text if len(sent.translate(None, _CONTROL_BYTES)) == len(sent) else _CONTROLS.sub("", text)


def render(text):
    """Safe HTML of Markdown ``text``; raw HTML in it is shown as typed, images and scripts never come through."""
    html = _parser.render(text or "")
    return mark_safe(  # noqa: S308 - sanitised on this very line
        nh3.clean(
            html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow noopener noreferrer"
        )
    )
