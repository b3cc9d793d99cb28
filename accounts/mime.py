"""An e-mail as bytes, in the plainest way that is right.

What Django makes is right as well, but to read and fold each header anew takes longer than all else that is done to
send a message. Only mail of the outbox is made here: a text, the same as HTML, one reader. A leaf.
"""

import binascii
import re
import secrets
from base64 import b64encode
from email.message import Message
from email.policy import Compat32
from email.utils import formatdate

from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address

# In bytes; of what is longer, servers may cut.
LONGEST_LINE = 998
_ENCODING = "utf-8"
_ADDRESS = r"[\w.+-]+@[\w-]+(\.[\w-]+)+"
_PLAIN_MAILBOX = re.compile(rf"{_ADDRESS}|[\w ]+ <{_ADDRESS}>", re.ASCII)
# Headers longer than 76 letters are folded at a space.
_FOLD_FROM, _SPACE_AT_END = 76, re.compile(r"(.{30,60}) ")


def mailbox(text):
    """``text``, an address or "name <address>", as a server understands it. Raises ValueError when it is neither."""
    return text if _PLAIN_MAILBOX.fullmatch(text) else sanitize_address(text, _ENCODING)


class Mail(EmailMultiAlternatives):
    """A text and the same as HTML, to one reader."""

    def message(self):
        ((html, _type),) = self.alternatives
        message = Message(_Written())
        message["MIME-Version"] = "1.0"
        # No text can hold what ends it, for nobody knows it before.
        message["Content-Type"] = f'multipart/alternative; boundary="{secrets.token_hex(12)}"'
        message["Subject"] = self.subject
        message["To"] = mailbox(self.to[0])
        if self.reply_to:
            message["Reply-To"] = mailbox(self.reply_to[0])
        message["Date"] = formatdate()
        for name, value in self.extra_headers.items():
            message[name] = mailbox(value) if name == "From" else value
        message.attach(_part("plain", self.body))
        message.attach(_part("html", html))
        return message

    def as_sent(self):
        """The bytes that a mail server is given."""
        return self.message().as_bytes(policy=_Written(linesep="\r\n"))


class _Written(Compat32):
    """Headers stand as they are where they are plain, else as encoded words (RFC 2047). Nothing in one can end it."""

    mangle_from_ = False

    def fold(self, name, value):
        # What a person wrote may look like an encoded word; an address may be one.
        if not (value.isascii() and value.isprintable()) or (name == "Subject" and "=?" in value):
            # Eleven letters of four bytes, as most are shorter, make a word of 72 letters at most; none is cut.
            parts = (value[at : at + 11] for at in range(0, len(value), 11))
            words = (f"=?{_ENCODING}?b?{b64encode(part.encode()).decode()}?=" for part in parts)
            value = f"{self.linesep} ".join(words)
        elif len(value) > _FOLD_FROM:
            value = _SPACE_AT_END.sub(rf"\1{self.linesep} ", value)
        return f"{name}: {value}{self.linesep}"

    def fold_binary(self, name, value):
        return self.fold(name, value).encode("ascii")


def _part(kind, text):
    part = Message(_Written())
    part["Content-Type"] = f"text/{kind}; charset={_ENCODING}"
    data = text.encode()
    is_short = max(map(len, data.split(b"\n"))) <= LONGEST_LINE
    part["Content-Transfer-Encoding"] = "8bit" if is_short else "quoted-printable"
    # The package keeps bytes that are no letters so.
    part.set_payload((data if is_short else binascii.b2a_qp(data)).decode("ascii", "surrogateescape"))
    return part
