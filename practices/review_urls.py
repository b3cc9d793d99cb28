"""Addresses of the curators: the queue, one submission, proposed adoptions."""

from django.urls import path

from practices import review_views, upkeep_views

app_name = "review"

urlpatterns = [
    path("", review_views.queue, name="queue"),
    path("adoptions/", upkeep_views.adoptions, name="adoptions"),
    path("adoptions/<int:pk>/do/<slug:action>/", upkeep_views.decide_adoption, name="decide-adoption"),
    path("practices/<slug:slug>/retract/", upkeep_views.retract, name="retract"),
    path("<int:pk>/", review_views.detail, name="detail"),
    path("<int:pk>/do/<slug:action>/", review_views.act, name="act"),
]
