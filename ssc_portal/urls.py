"""The addresses of the portal. Pages carry a language prefix; machines' addresses exist once."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from ssc_portal import health, problems, views
from ssc_portal.desk import desk
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
]

urlpatterns += i18n_patterns(
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
    path("developers/", views.developers, name="developers"),
    path("developers/problems/", problems.catalogue, name="problem-types"),
    path("accounts/", include("accounts.urls")),
    path("countries/", include("countries.urls")),
    path("", include("practices.urls")),
    prefix_default_language=False,
)
