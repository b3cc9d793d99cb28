"""Addresses of the working pages of assistance: offers, needs, matches and exchanges; of brokers."""

from django.urls import path

from exchanges import amendment_views, assistance_views, calendars, exchange_views, match_views, resource_views

app_name = "assistance"

OFFER, NEED = {"kind": "offer"}, {"kind": "need"}

_assistance = [
    path("workspace/exchanges/", assistance_views.home, name="home"),
    path("workspace/calendar/", calendars.address, name="calendar"),
    path("workspace/offers/new/", assistance_views.new, OFFER, name="new-offer"),
    path("workspace/offers/<str:code>/", assistance_views.page, OFFER, name="offer"),
    path("workspace/offers/<str:code>/edit/", assistance_views.edit, OFFER, name="edit-offer"),
    path("workspace/offers/<str:code>/do/<slug:action>/", assistance_views.act, OFFER, name="act-offer"),
    path("workspace/needs/new/", assistance_views.new, NEED, name="new-need"),
    path("workspace/needs/<str:code>/", assistance_views.page, NEED, name="need"),
    path("workspace/needs/<str:code>/edit/", assistance_views.edit, NEED, name="edit-need"),
    path("workspace/needs/<str:code>/do/<slug:action>/", assistance_views.act, NEED, name="act-need"),
    path("workspace/needs/<str:code>/matches/", match_views.matches, name="matches"),
    path("workspace/needs/<str:code>/matches/do/<slug:action>/", match_views.act, name="act-matches"),
    path("workspace/matches/<int:pk>/", match_views.match, name="match"),
    path("workspace/matches/<int:pk>/do/<slug:action>/", match_views.act_match, name="act-match"),
    path("review/needs/", match_views.brokered, name="brokered"),
]

_exchanges = [
    path("workspace/exchanges/new/", exchange_views.new, name="new-exchange"),
    path("workspace/exchanges/<str:code>/", exchange_views.overview, name="exchange"),
    path("workspace/exchanges/<str:code>/do/<slug:action>/", exchange_views.act, name="act-exchange"),
    path("workspace/exchanges/<str:code>/amendment/", amendment_views.amendment, name="amendment"),
    path("workspace/exchanges/<str:code>/amendment/do/<slug:action>/", amendment_views.act, name="act-amendment"),
    path("workspace/exchanges/<str:code>/<slug:part>/", exchange_views.part, name="exchange-part"),
    path("workspace/exchanges/<str:code>/<slug:part>/<int:pk>/", exchange_views.edit_row, name="edit-row"),
]

# Before the exchanges, whose parts and rows have the same shape.
_resources = [
    path("workspace/funds/new/", resource_views.new_fund, name="new-fund"),
    path("workspace/funds/<slug:slug>/edit/", resource_views.edit_fund, name="edit-fund"),
    path("workspace/funds/<slug:slug>/calls/new/", resource_views.new_call, name="new-call"),
    path("workspace/funds/<slug:slug>/calls/<int:pk>/", resource_views.edit_call, name="edit-call"),
    path("workspace/funds/<slug:slug>/projects/new/", resource_views.new_project, name="new-project"),
    path("workspace/funds/<slug:slug>/projects/<str:code>/", resource_views.edit_project, name="edit-project"),
    path("workspace/funds/<slug:slug>/contributions/new/", resource_views.new_contribution, name="new-contribution"),
    path(
        "workspace/funds/<slug:slug>/contributions/<int:pk>/",
        resource_views.edit_contribution,
        name="edit-contribution",
    ),
    path(
        "workspace/exchanges/<str:code>/contributions/new/",
        resource_views.new_contribution_to_exchange,
        name="new-exchange-contribution",
    ),
    path(
        "workspace/exchanges/<str:code>/contributions/<int:pk>/",
        resource_views.edit_contribution_to_exchange,
        name="edit-exchange-contribution",
    ),
]

urlpatterns = [*_assistance, *_resources, *_exchanges]
