"""Addresses of the curators: the queue, one submission, proposed adoptions."""

from django.urls import path

from practices import review_views

app_name = "review"

urlpatterns = [
    path("", review_views.queue, name="queue"),
    path("<int:pk>/", review_views.detail, name="detail"),
    path("<int:pk>/do/<slug:action>/", review_views.act, name="act"),
]
