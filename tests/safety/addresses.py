"""Where readers begin to look for what they should not find: public addresses, and private ones as one may guess."""

from exchanges.models import Exchange, Need
from ssc_portal import dumps
from tests.safety.planting_assistance import api_of, page_of, working_page_of

LANGUAGES = ("", "/fr", "/es", "/pt", "/ar")
MACHINES = [
    "/sitemap.xml", "/robots.txt", "/.well-known/security.txt", "/healthz", "/readyz", "/api/v1/", "/api/v1/docs/",
    "/api/v1/schema/", "/developers/problems/", "/developers/changes/", "/feeds/practices.atom",
    "/exchanges/calendar.ics", "/exchanges/calendar.ics?lang=ar", "/oai/?verb=ListRecords&metadataPrefix=oai_dc",
    "/api/v1/practices/?modified_since=2000-01-01T00:00:00Z&page_size=100", "/api/v1/practices/?cursor=*",
    *(f"/api/v1/{name}/?modified_since=2000-01-01T00:00:00Z" for name in ("exchanges", "offers", "needs")),
    "/api/v1/exchanges/?expand=countries,practices,need", "/api/v1/needs/?expand=joined,practice,exchanges",
    "/api/v1/projects/?expand=fund,exchanges", "/api/v1/funds/?expand=projects,calls",
]  # fmt: skip
LISTS = ["practices", "countries", "areas", "topics", "sdg-targets"]
FORMATS = ["json", "csv", "geojson", "jsonld"]
ROWS = ["exchanges", "offers", "needs", "funds", "projects"]
FIGURES = ["figures", "flows", "matrix", "funnel", "most-adopted", "review-due", "months", "countries", "adoptions",
           "needs", "reviews"]  # fmt: skip


def in_all(pages, languages=LANGUAGES):
    return [language + page for page in pages for language in languages]


def public_seeds(world, languages=LANGUAGES):
    """Where a reader without an account may begin; the rest is found by following links."""
    return in_all(_pages(world), languages) + MACHINES + _data(world) + assistance_seeds(world.assistance, languages)


def _pages(world):
    own = f"/practices/{world.live.slug}/"
    pages = ["/", "/practices/?view=map", f"/practices/compare/?ref={world.live.slug}&ref={world.gone.slug}", own]
    pages += [f"{own}v/1/", f"{own}v/2/", f"{own}v/2/changes/", f"{own}v/3/", f"{own}v/3/changes/", f"{own}print/"]
    return [*pages, f"{own}brief.pdf", f"{own}history/", f"{own}?fit=BGD"]


PARTS = ["versions/", "versions/1/", "versions/2/", "versions/3/", "differences/?from=1&to=2", "translations/",
         "adoptions/", "related/"]  # fmt: skip


def _data(world):
    data = [f"/api/v1/{name}/?format={kind}" for name in LISTS for kind in FORMATS]
    data += [f"/api/v1/practices/{world.live.slug}/{part}" for part in PARTS]
    data += ["/api/v1/countries/BGD/", "/api/v1/areas/wash/", "/api/v1/topics/cholera/", "/api/v1/sdg-targets/3.2/"]
    data += [f"/api/v1/{name}/" for name in LISTS] + ["/api/v1/practices/?facets=1&page_size=100"]
    data += [f"/practices/{world.live.slug}/cite.{kind}" for kind in ("bib", "ris", "json")]
    files = [f"/api/v1/dump/{name}.{kind}.gz" for name in dumps.CONTENTS for kind in dumps.MEDIA_TYPES]
    return [*data, "/api/v1/catalog/", "/api/v1/dump/", *files]


def assistance_seeds(assistance, languages=LANGUAGES):
    """Pages and data of exchanges, offers, needs, funds, projects, countries and figures."""
    project = assistance.project
    project_page, fund_page = f"/projects/{project.code}/", f"/funds/{project.fund.slug}/"
    pages = ["/exchanges/", "/exchanges/offers/", "/exchanges/needs/", "/exchanges/needs/?status=ended"]
    pages += ["/exchanges/offers/?status=ended", "/funds/", "/projects/", project_page, "/impact/", fund_page]
    pages += ["/impact/needs/", "/impact/countries/", "/impact/adoptions/"]
    pages += ["/impact/reviews/", "/countries/BGD/", "/countries/VNM/?factor=region"]
    # One row of each kind in all languages, the other states in one.
    first = {type(row): row for row in reversed(assistance.public)}.values()
    pages += [page_of(row) for row in first]
    seeds = in_all(pages, languages) + [page_of(row) for row in assistance.public]
    for row in assistance.public:
        seeds += [api_of(row), *([f"{page_of(row)}calendar.ics"] if isinstance(row, Exchange) else [])]
    seeds += [f"/api/v1/{name}/{query}" for name in ROWS for query in ("", "?format=csv", "?facets=1&page_size=100")]
    seeds += [f"/api/v1/impact/{name}/" for name in FIGURES] + [f"/impact/{name}.csv" for name in FIGURES]
    one = f"/api/v1/projects/{project.code}/"
    seeds += [one, f"{one}thread/", f"{one}?format=iati", "/api/v1/projects/?format=iati", "/api/v1/indicators/"]
    seeds += [f"/api/v1/funds/{project.fund.slug}/", "/api/v1/countries/BGD/similar/", "/api/v1/indicators/stunting/"]
    return [*seeds, "/api/v1/countries/BGD/indicators/", "/api/v1/indicators/stunting/values/"]


def private_seeds(world):
    """Addresses of what is not public, as somebody may guess them."""
    gone = f"/practices/{world.gone.slug}/"
    seeds = [gone, f"/ar{gone}", f"{gone}v/1/", f"{gone}v/2/", f"{gone}print/", f"{gone}brief.pdf", f"{gone}cite.bib"]
    seeds += [f"/api/v1/practices/{world.gone.slug}/{part}" for part in PARTS]
    seeds += [f"/api/v1/practices/{world.gone.slug}/", "/workspace/", "/review/", "/accounts/notifications/", "/desk/"]
    seeds += ["/accounts/notifications/settings/", "/administration/", "/accounts/unsubscribe/a-guess/"]
    seeds += ["/accounts/webhooks/", "/accounts/webhooks/1/", "/api/v1/webhooks/", "/api/v1/webhooks/1/deliveries/"]
    for submission in world.submissions.values():
        page = f"/workspace/submissions/{submission.pk}/"
        seeds += [page, f"{page}check/", f"{page}preview/", f"{page}basics/", f"/review/{submission.pk}/"]
        seeds += [f"/api/v1/submissions/{submission.pk}/", f"/practices/{submission.pk}/", f"{page}files/"]
        seeds += [f"/api/v1/reviews/{submission.pk}/", f"/api/v1/reviews/{submission.pk}/review/"]
        seeds += [f"/files/{row.file.key}/document/" for row in submission.version.file_rows.select_related("file")]
    return seeds + private_assistance_seeds(world.assistance)


def private_assistance_seeds(assistance):
    """Pages, data and working pages of offers, needs and exchanges that are not public, and of what belongs to them."""
    seeds = ["/workspace/exchanges/", "/review/needs/", "/api/v1/reviews/"]
    seeds += [f"/api/v1/assistance/{name}/" for name in ("offers", "needs")]
    for row in (*assistance.hidden, *assistance.for_partners):
        seeds += [page_of(row), api_of(row), working_page_of(row)]
        own = api_of(row).replace("/v1/", "/v1/assistance/")
        if isinstance(row, Need):
            seeds += [f"{working_page_of(row)}matches/", own, f"{own}matches/"]
        if isinstance(row, Exchange):
            seeds += [f"{working_page_of(row)}messages/", f"{page_of(row)}calendar.ics"]
            seeds.append(f"{page_of(row)}agreement.pdf")
    for match in assistance.matches[:4]:
        seeds += [f"/workspace/matches/{match.pk}/", f"/api/v1/assistance/matches/{match.pk}/"]
    return seeds
