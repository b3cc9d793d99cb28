"""Addresses of exchanges, offers and needs: pages exist in every language, what machines fetch exists once.

``ssc_portal/urls.py`` puts the language prefix before ``pages`` and joins both under one namespace.
"""

from django.urls import path

from exchanges import calendars, exchange_views, resource_views, views

app_name = "exchanges"

pages = [
    path("exchanges/", views.browse_exchanges, name="list"),
    path("exchanges/offers/", views.browse_offers, name="offers"),
    path("exchanges/needs/", views.browse_needs, name="needs"),
    path("exchanges/offers/<slug:code>/", views.offer, name="offer"),
    path("exchanges/needs/<slug:code>/", views.need, name="need"),
    path("exchanges/<slug:code>/", views.detail, name="detail"),
    path("exchanges/<slug:code>/agreement.pdf", exchange_views.agreement_file, name="agreement"),
    path("funds/", resource_views.funds, name="funds"),
    path("funds/<slug:slug>/", resource_views.fund, name="fund"),
    path("projects/", resource_views.projects, name="projects"),
    path("projects/<slug:code>/", resource_views.project, name="project"),
]
once = [
    path("exchanges/calendar.ics", calendars.of_all, name="calendars"),
    path("calendars/<str:token>/our-exchanges.ics", calendars.of_person, name="own-calendar"),
    path("exchanges/<slug:code>/documents/<uuid:key>/", exchange_views.document_file, name="document"),
    path("exchanges/<slug:code>/calendar.ics", calendars.of_one, name="calendar"),
]
