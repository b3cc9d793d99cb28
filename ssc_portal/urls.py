"""The addresses of the portal. Pages carry a language prefix; machines' addresses exist once."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import URLResolver, include, path
from django.urls.resolvers import RoutePattern

from exchanges import urls as exchanges_urls
from practices import urls as practices_urls
from ssc_portal import (
    developer_pages,
    health,
    impact_pages,
    operations_pages,
    privacy_pages,
    problems,
    sitemaps,
    views,
)
from ssc_portal.desk import desk
from ssc_portal.impact_api import ImpactFile
from ssc_portal.security_txt import security_txt

handler400 = problems.bad_request
handler403 = problems.permission_denied
handler404 = problems.not_found
handler429 = problems.too_many_requests
handler500 = problems.server_error

urlpatterns = [
    path("api/v1/", include("ssc_portal.api_urls")),
    path("desk/", desk.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path(".well-known/security.txt", security_txt, name="security-txt"),
    path("sitemap.xml", sitemaps.sitemap, name="sitemap"),
    path("sitemap-<int:number>.xml", sitemaps.sitemap_part, name="sitemap-part"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("impact/<slug:name>.csv", ImpactFile.as_view({"get": "list"}), name="impact-csv"),
]

urlpatterns += i18n_patterns(
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
    path("developers/", developer_pages.quick_start, name="developers"),
    path("developers/changes/", developer_pages.changes, name="api-changes"),
    path("developers/problems/", problems.catalogue, name="problem-types"),
    path("accounts/", include("accounts.urls")),
    # What is held about a person lies on all floors.
    path("accounts/privacy/", privacy_pages.privacy, name="account-privacy"),
    path("accounts/privacy/export/", privacy_pages.export, name="account-export"),
    path("accounts/privacy/erase/", privacy_pages.erase, name="account-erase"),
    path("administration/", operations_pages.operations, name="operations"),
    path("administration/send-again/", operations_pages.resend, name="send-again"),
    path("countries/", include("ssc_portal.country_urls")),
    path("impact/", impact_pages.impact, name="impact"),
    path("impact/<slug:name>/", impact_pages.rows, name="impact-list"),
    path("", include("practices.workspace_urls")),
    path("", include("exchanges.workspace_urls")),
    path("review/", include("practices.review_urls")),
    prefix_default_language=False,
)

# One namespace for addresses with a language prefix and without: include() allows no prefix below a namespace.
urlpatterns += [
    URLResolver(
        RoutePattern(""),
        [*rooms.once, *i18n_patterns(*rooms.pages, prefix_default_language=False)],
        app_name=rooms.app_name,
        namespace=rooms.app_name,
    )
    for rooms in (practices_urls, exchanges_urls)
]
