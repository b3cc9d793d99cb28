"""An e-mail as bytes: whoever reads it finds what was written, and what people wrote ends neither header nor part."""

import email
import email.policy

import pytest
from django.core.mail import EmailMultiAlternatives

from accounts.mime import LONGEST_LINE, Mail, mailbox

SUBJECTS = [
    "Published: Skilled care at birth",
    "Publiée : Éclosion 🌱",
    "نُشرت: الرعاية الماهرة عند الولادة، وما تعلمته البلدان الأخرى منها خلال عشر سنوات",
    "🌱" * 60,
    "A title of many words, as people write them when they have much to say: " * 4,
    "x" * 300,
]
TEXTS = [
    "Dear Amina,\n\nWell done = 100 %.\n",
    "Bonjour Éloïse,\n.\n..\nFrom here on: 🌱\n",
    "A paragraph as long as a letter. " * 100,
    "رسالة طويلة " * 200,
]


def make(kind=Mail, *, subject="Hello", text="Hello", to="amina@example.org"):
    headers = {"From": "SSC Portal <contact@example.org>", "List-Unsubscribe": f"<https://example.org/{'x' * 90}/>"}
    mail = kind(subject, text, from_email="bounces@example.org", to=[to], headers=headers, reply_to=["you@example.org"])
    mail.attach_alternative(f"<p>{text}</p>", "text/html")
    return mail


def read(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert [part.defects for part in message.walk()] == [[], [], []]
    return message


def contents(message):
    """(headers that do not differ from one try to the next, text, HTML)."""
    headers = {name: value.strip() for name, value in message.items() if name not in {"Content-Type", "Date"}}
    headers.pop("Message-ID", None)  # the package gives one of its own
    parts = (message.get_body([kind]).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    return headers, *(part.strip() for part in parts)


@pytest.mark.parametrize("subject", SUBJECTS, ids=range(len(SUBJECTS)))
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_it_says_what_the_package_would_have_said(subject, text):
    ours = make(subject=subject, text=text).as_sent()
    theirs = make(EmailMultiAlternatives, subject=subject, text=text).message().as_bytes()

    assert contents(read(ours)) == contents(read(theirs))
    assert contents(read(ours))[0]["Subject"] == subject.strip()
    lines = ours.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line or len(line) > LONGEST_LINE for line in lines)


def test_a_title_that_looks_encoded_is_shown_as_it_was_written():
    assert read(make(subject="=?utf-8?q?Not?= what it seems").as_sent())["Subject"] == "=?utf-8?q?Not?= what it seems"


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\x0b", "\x00"])
def test_nothing_ends_a_header(line_end):
    forged = make(subject=f"Hello{line_end}Bcc: spy@example.org{line_end}{line_end}<b>")

    assert b"Bcc" not in forged.as_sent()
    assert read(forged.as_sent()).keys() == read(make().as_sent()).keys()


def test_nothing_ends_a_part():
    first, second = make().as_sent(), make().as_sent()
    boundary = read(first).get_boundary()

    assert read(second).get_boundary() != boundary
    assert contents(read(make(text=f"--{boundary}--\n\nHello").as_sent()))[1] == f"--{boundary}--\n\nHello"


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("amina@example.org", "amina@example.org"),
        ("SSC Portal <amina@example.org>", "SSC Portal <amina@example.org>"),
        ("Éloïse <amina@example.org>", "=?utf-8?b?w4lsb8Ovc2U=?= <amina@example.org>"),
        ("amina@éclosion.example", "amina@xn--closion-9xa.example"),
        ('"a b"@example.org', '"a b"@example.org'),
    ],
)
def test_an_address_is_one_that_a_server_understands(address, sent):
    assert mailbox(address) == sent
    (reader,) = read(make(to=address).as_sent())["To"].addresses
    assert reader.addr_spec in sent
    assert reader.display_name in address


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="Invalid address"):
        mailbox("")
