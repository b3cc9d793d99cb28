"""The addresses of the portal. Pages carry a language prefix; machines' addresses exist once."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from ssc_portal import views

urlpatterns = [
    path("api/v1/", include("ssc_portal.api_urls")),
]

urlpatterns += i18n_patterns(
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("contact/", views.contact, name="contact"),
    path("developers/", views.developers, name="developers"),
    path("accounts/", include("accounts.urls")),
    path("countries/", include("countries.urls")),
    path("", include("practices.urls")),
    prefix_default_language=False,
)
