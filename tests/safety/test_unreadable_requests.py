"""A request that cannot be read is told so: 400, in the design or as problem details, never a 500."""

import logging

import pytest

pytestmark = pytest.mark.django_db

PATHS = [
    "/%00",
    "/%ff",
    "/%0a",
    "/%c3%28/",
    "/%ed%a0%80/",
    "/practices/a%00b/",
    "/practices/%fe%ff/",
    "/fr/practices/%00/",
    "/ar/%f5%80%80%80/",
    "/accounts/login/%00",
    "/desk/%00/",
    "/static/%00",
    "/fr//evil.example/",
    "/practices//",
    "/%5cevil.example/",
    "/fr/%5c%5cevil.example/",
    "/%2f%2fevil.example/",
]
QUERIES = ["q=%00", "q=%ff", "q=%c3%28", "q=%ed%a0%80", "%ff=1", "%00=1", "q=a&page=%00", "next=%00", "q=" + "a" * 9000]
ADDRESSES = ["/", "/practices/", "/fr/about/", "/accounts/login/", "/api/v1/practices/", "/desk/", "/no/such/page/"]


def assert_refused(answer, is_api=False):
    """400, said in the right form, and nothing of the request repeated where it could mislead."""
    assert answer.status_code == 400
    assert answer["Cache-Control"].count("no-store") == 1
    assert len(answer["X-Request-Id"]) >= 8
    if is_api:
        body = answer.json()
        assert answer["Content-Type"] == "application/problem+json"
        assert (body["type"], body["status"]) == ("/developers/problems/#bad-request", 400)
    else:
        page = answer.content.decode()
        assert "<h1" in page
        assert "Traceback" not in page
        assert "evil.example" not in page
        assert len(page) < 12_000


@pytest.fixture(autouse=True)
def no_traceback(caplog):
    """What a visitor sends wrong is no mistake of ours: the log holds no traceback for it."""
    with caplog.at_level(logging.INFO):
        yield
    assert [record.exc_info for record in caplog.records if record.exc_info and record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("path", PATHS)
def test_a_path_of_broken_characters(visitor, path):
    assert_refused(visitor.get(path))


def test_a_path_that_begins_like_another_site(visitor):
    assert_refused(visitor.get("/", PATH_INFO="//evil.example/about/"))


@pytest.mark.parametrize("path", ["/api/v1/practices/%00/", "/api/v1/%ff/", "/api/%c3%28"])
def test_a_path_of_broken_characters_below_the_api(visitor, path):
    assert_refused(visitor.get(path), is_api=True)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_broken_characters_or_without_end(visitor, address, query):
    assert_refused(visitor.get(f"{address}?{query}"), is_api=address.startswith("/api/"))


def test_the_page_says_what_to_do_about_a_query_without_end(visitor):
    page = visitor.get("/practices/?q=" + "a" * 9000).content.decode()

    assert "The query is too long. Use fewer or shorter search words and filters." in page


@pytest.mark.parametrize(
    "cookie", ['sessionid="\\000abcdefgh"', 'csrftoken="\\000abc"', 'theme="a\\012b"', "sessionid=\x01abcdefgh"]
)
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/api/v1/practices/"])
def test_a_cookie_of_control_characters(visitor, cookie, address):
    answer = visitor.get(address, headers={"Cookie": cookie})

    assert_refused(answer, is_api=address.startswith("/api/"))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"login=%00&password=x"),
        ("application/x-www-form-urlencoded", b"login=%ff&password=x"),
        ("application/x-www-form-urlencoded", b"login=\xff&password=x"),
        ("application/x-www-form-urlencoded", b"login\x00=1"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"login=a&password=x"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % number for number in range(2001))),
        ("application/x-www-form-urlencoded", b"login=" + b"a" * (2 * 1024 * 1024 + 1)),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\x00\r\n--x--',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n\xff\r\n--x--',
        ),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="\x00"\r\n\r\na\r\n--x--'),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=\xff", b"broken boundary"),
    ],
)
def test_a_form_of_broken_characters_or_without_end(visitor, content_type, body):
    assert_refused(visitor.generic("POST", "/accounts/login/", body, content_type))


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver:80:80", "a b", "[::1", "", "évil"]
)
@pytest.mark.parametrize("address", ["/", "/api/v1/practices/", "/accounts/login/", "/healthz"])
def test_a_host_that_is_not_ours(visitor, host, address):
    answer = visitor.get(address, HTTP_HOST=host)

    assert_refused(answer, is_api=address.startswith("/api/"))
    if host:
        assert host not in answer.content.decode()


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"])
def test_a_forwarded_host_is_not_believed(visitor, header):
    plain = visitor.get("/about/")

    answer = visitor.get("/about/", headers={header: "evil.example"})

    assert "evil.example" not in answer.content.decode()
    assert (answer.status_code, answer["ETag"]) == (200, plain["ETag"])


def test_an_unusual_but_readable_request_is_answered(visitor):
    for query in [
        "q=%25ff",
        "q=100%",
        "q=%",
        "q=é",
        "q=%F0%9F%92%A7",
        "q=%D9%85%D8%A7%D8%A1",
        "q=a%0Ab",
        "=",
        "&&",
        "q",
    ]:
        assert visitor.get(f"/practices/?{query}").status_code == 200, query
