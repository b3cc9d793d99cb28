"""Funds, projects and threads in the API are what the OpenAPI document says they are."""

import pytest

from exchanges.enums import ExchangeStatus
from tests.api.test_schema import complain
from tests.exchanges_make import make_call, make_contribution, make_exchange, make_fund, make_project
from tests.make import make_organisation, make_practice

pytestmark = pytest.mark.django_db

PROJECTS, FUNDS = "/api/v1/projects/", "/api/v1/funds/"


@pytest.fixture
def project():
    sources = [{"title": "A report", "publisher": None, "year": None, "url": None}]
    fund = make_fund(organisation=make_organisation("A bank"), size=5, currency="USD", areas=["wash"], sources=sources)
    make_call(fund, amount=5, currency="USD", regions=["SA"], income_groups=["LI"])
    practice = make_practice(country="NPL", adoptions=[{"country": "NGA"}])
    exchange = make_exchange(
        ExchangeStatus.RECORDED, practices=[practice], adoptions=practice.adoptions.all(), facilitators=["BRA"]
    )
    project = make_project(fund, countries=["NGA"], exchanges=[exchange], amount=5, currency="USD", sources=sources)
    make_contribution(project=project, country="IND", committed=1000)
    make_contribution(exchange=exchange, kind="goods", quantity=3)
    make_contribution(fund=fund, kind="expert_days", quantity=3)
    return project


@pytest.mark.parametrize("query", ["", "?facets=1", "?lang=ar", "?area=wash&q=fund"])
def test_lists_are_as_described(client, project, query):
    make_fund()
    make_project(countries=[], areas=[])

    for path in (FUNDS, PROJECTS):
        assert complain(path, client.get(f"{path}{query}")) == []


def test_each_one_is_as_described(client, project):
    bare = make_project()

    for one in (project, bare):
        assert complain(f"{FUNDS}{{slug}}/", client.get(f"{FUNDS}{one.fund.slug}/")) == []
        assert complain(f"{PROJECTS}{{code}}/", client.get(f"{PROJECTS}{one.code}/")) == []
        assert complain(f"{PROJECTS}{{code}}/thread/", client.get(f"{PROJECTS}{one.code}/thread/")) == []


def test_the_thread_takes_no_parameter_that_it_does_not_know(client, project):
    assert client.get(f"{PROJECTS}{project.code}/thread/?colour=red").status_code == 400
    assert client.get(f"{PROJECTS}{project.code}/thread/?format=csv").status_code == 400
