"""Where webhooks go, and where nobody leads them (V16): what only the portal can reach gets no connection."""

import datetime
import ipaddress
import itertools
import time

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ValidationError

from accounts.webhooks import reaching
from tests.name_server import NameServer
from tests.webhook_sink import WebhookSink

# Ways to write an address of this machine, its networks, or one that stands for them.
HIDDEN = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001",
    "0", "localhost",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "localhost.", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "203.0.113.5", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]",
    "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
    "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "intranet",
]  # fmt: skip
# Other things that are not a plain address on the internet.
STRANGE = [
    "ftp://partner.example/", "file:///etc/passwd", "gopher://partner.example/_x", "unix:///tmp/socket",
    "//partner.example/", "https:///hook", "https://", "https://user:word@partner.example/", "https://partner.example@127.0.0.1/",
    "https://127.0.0.1\\@partner.example/", "https://partner.example:22/", "https://partner.example:6379/",
    "https://partner.example:80/", "http://partner.example:25/", "https://partner.example/#part",
    "https://partner example/",
    "https://partner.example/\r\nHost: other", "https://[::1", "https://partner.example:99999/", "hook", "",
]  # fmt: skip


@pytest.fixture
def sinks():
    """Receivers on this machine, on both of its addresses."""
    with WebhookSink() as four, WebhookSink() as second:
        yield [four, second]


@pytest.fixture
def names(settings):
    with NameServer() as server:
        settings.RESOLVER = server.place
        yield server


def post(address):
    return reaching.post(address, body=b"{}", headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("host", HIDDEN)
def test_no_way_of_writing_an_address_leads_to_what_is_not_of_the_internet(sinks, host):
    for scheme in ("http", "https"):
        with pytest.raises((reaching.Refused, httpx.InvalidURL)):
            post(f"{scheme}://{host}/hook")
        with pytest.raises(reaching.Refused):
            post(f"{scheme}://{host}:{sinks[0].port}/hook")

    assert [sink.calls_count for sink in sinks] == [0, 0]


@pytest.mark.parametrize("address", STRANGE)
def test_strange_addresses_are_refused(address):
    with pytest.raises(ValidationError):
        reaching.check(address)


@pytest.mark.parametrize(
    "host", ["partner.example", "hooks.partner.example.", "8.8.8.8", "[2606:4700::1111]", "bücher.example"]
)
def test_names_and_addresses_of_the_internet_are_accepted(host):
    reaching.check(f"https://{host}/hook?key=1")
    reaching.check(f"https://{host}:8443/")


def test_in_production_it_is_https_and_nothing_is_let_through(settings):
    settings.WEBHOOK_ALLOW = ["127.0.0.1:8000"]
    reaching.check("http://127.0.0.1:8000/")
    reaching.check("http://partner.example/")
    settings.IS_PRODUCTION = True

    for address in ("http://127.0.0.1:8000/", "http://partner.example/"):
        with pytest.raises(ValidationError):
            reaching.check(address)


# Names that lead elsewhere


@pytest.mark.parametrize("hidden", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"])
def test_a_name_that_leads_inside_is_refused_also_beside_a_public_address(sinks, names, hidden):
    for said in ([hidden], ["8.8.8.8", hidden], [hidden, "2606:4700::1111"]):
        names.says = lambda name, number, said=said: said
        with pytest.raises(reaching.Refused):
            post("http://hooks.partner.example/hook")

    assert [sink.calls_count for sink in sinks] == [0, 0]


def test_a_name_that_changes_after_it_was_looked_at_leads_nowhere_else(sinks, names, monkeypatch):
    """The first look is answered with a public address, any other with this machine: there is one look alone."""
    gone_to = []

    def connect(self, host, port, **options):
        gone_to.append((host, port))
        raise OSError("This test goes nowhere.")

    monkeypatch.setattr("httpcore.SyncBackend.connect_tcp", connect)
    names.says = lambda name, number: ["8.8.8.8"] if number == 0 else ["127.0.0.1"]

    with pytest.raises(OSError, match="nowhere"):
        post("http://hooks.partner.example/hook")
    with pytest.raises(reaching.Refused):
        post("http://hooks.partner.example/hook")

    assert gone_to == [("8.8.8.8", 80)]
    assert names.asked == ["hooks.partner.example"] * 2


def test_a_name_without_an_address_is_an_error_like_any_other(names):
    with pytest.raises(OSError, match="no address"):
        post("https://hooks.partner.example/hook")


def test_a_name_server_that_answers_nonsense_is_an_error_like_any_other(names):
    names.raw = b"\xff" * 10

    with pytest.raises(OSError, match="cannot be read"):
        post("https://hooks.partner.example/hook")


# What is answered


@pytest.fixture
def sink(settings):
    with WebhookSink() as receiver:
        settings.WEBHOOK_ALLOW = [receiver.place]
        yield receiver


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_a_way(sink, sinks, status):
    sink.answers = lambda taken: (status, {"Location": sinks[0].address}, b"")

    answer = post(sink.address)

    assert answer.status == status
    assert [one.calls_count for one in sinks] == [0, 0]


def test_no_proxy_of_the_environment_is_used(sink, sinks, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://{sinks[0].place}")

    assert post(sink.address).status == 204
    assert sinks[0].calls_count == 0


def test_of_an_endless_answer_only_the_beginning_is_read(sink):
    sink.answers = lambda taken: (200, {}, itertools.repeat(b"x" * 65_536))

    assert len(post(sink.address).text) == reaching.MOST_READ


@pytest.mark.parametrize("where", ["before", "body"])
def test_who_is_slow_is_left_whether_silent_or_dripping(sink, monkeypatch, where):
    monkeypatch.setattr(reaching, "SECONDS", 0.4)

    def drip():
        for _number in range(40):
            time.sleep(0.05)
            yield b"x"

    sink.seconds_each = 1 if where == "before" else 0
    sink.answers = lambda taken: (200, {"Content-Length": "40"}, drip()) if where == "body" else 204
    began = time.monotonic()

    with pytest.raises(httpx.HTTPError):
        post(sink.address)

    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize("certified", ["hooks.partner.example", "other.example"])
def test_over_tls_the_certificate_is_that_of_the_name_and_not_of_the_address(
    settings, names, monkeypatch, tmp_path, certified
):
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(make_certificate(certified))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    reaching._trusted.cache_clear()
    names.says = lambda name, number: ["127.0.0.1"]
    with WebhookSink(certificate=certificate) as sink:
        settings.WEBHOOK_ALLOW = [f"hooks.partner.example:{sink.port}"]
        address = f"https://hooks.partner.example:{sink.port}/hook"
        try:
            if certified == "hooks.partner.example":
                assert post(address).status == 204
                assert sink.taken[0].headers["Host"] == f"hooks.partner.example:{sink.port}"
            else:
                with pytest.raises(httpx.HTTPError, match="certificate"):
                    post(address)
                assert sink.taken == []
        finally:
            reaching._trusted.cache_clear()
        assert sink.names == ["hooks.partner.example"]


def make_certificate(name):
    """A certificate for ``name`` that vouches for itself, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    forms = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*forms) + certificate.public_bytes(serialization.Encoding.PEM)


def test_every_special_network_is_kept_out():
    for net in [*ipaddress._IPv4Constants._private_networks, *reaching.SPECIAL]:
        assert not reaching.is_public(net[0]), net
        assert not reaching.is_public(net[-1]), net
