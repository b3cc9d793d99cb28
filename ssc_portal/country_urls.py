"""Addresses of the country pages, which show what practices know of a country and so stand above both."""

from django.urls import path

from ssc_portal import contact_pages, country_pages

app_name = "countries"
urlpatterns = [
    path("", country_pages.countries, name="list"),
    path("<str:iso3>/", country_pages.country, name="detail"),
    path("<str:iso3>/contact/", contact_pages.contact, name="contact"),
]
