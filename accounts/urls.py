"""Signing in and out, of whose package only these two pages exist, and what the portal told a person."""

from allauth.account.views import LoginView, LogoutView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", LoginView.as_view(), name="account_login"),
    path("logout/", LogoutView.as_view(), name="account_logout"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.read_notifications, name="read-notifications"),
    path("notifications/<int:pk>/", views.open_notification, name="notification"),
]
