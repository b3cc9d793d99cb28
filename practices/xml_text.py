"""Text as XML can hold it. A leaf."""

import re

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text):
    """``text`` without the characters that XML cannot hold."""
    return _NOT_XML.sub("", str(text))
