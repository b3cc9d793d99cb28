"""Addresses of practices: pages exist in every language, what machines fetch exists once.

``ssc_portal/urls.py`` puts the language prefix before ``pages`` and joins both under one namespace.
"""

from django.urls import path

from practices import oai, views
from practices.feeds import PracticeFeed
from practices.files import views as file_views

app_name = "practices"

pages = [
    path("practices/", views.browse_practices, name="list"),
    path("practices/compare/", views.compare, name="compare"),
    path("practices/<slug:slug>/", views.detail, name="detail"),
    path("practices/<slug:slug>/v/<int:number>/", views.version, name="version"),
    path("practices/<slug:slug>/v/<int:number>/changes/", views.changes, name="changes"),
    path("practices/<slug:slug>/history/", views.history, name="history"),
    path("practices/<slug:slug>/print/", views.print_page, name="print"),
    path("practices/<slug:slug>/brief.pdf", views.brief, name="brief"),
    path("areas/<slug:slug>/", views.area, name="area"),
]
once = [
    path("feeds/practices.atom", PracticeFeed.as_view({"get": "list"}), name="feed"),
    path("oai/", oai.serve, name="oai"),
    path("practices/<slug:slug>/cite.<str:format>", views.cite, name="cite"),
    path("files/<uuid:key>/<slug:rendition>/", file_views.serve, name="file"),
]
