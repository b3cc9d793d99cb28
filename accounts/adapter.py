"""How signing in behaves: nobody signs up by themselves, and nobody is led to another site."""

from allauth.account.adapter import DefaultAccountAdapter
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "too_many_login_attempts": _("Too many tries. Wait fifteen minutes, then try again."),
    }

    def is_open_for_signup(self, request):
        """Accounts are given by administrators."""
        return False

    def is_safe_url(self, url):
        """Whether a person may be led to ``url`` after signing in or out: only to an address of this very host.

        A path from the root is all that a page of the portal ever asks for. What a browser might read as
        another site (``//host``, ``/\\host``, other schemes, control characters) is refused.
        """
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def add_message(self, *args, **kwargs):
        """Say nothing: the page that follows shows who is signed in, and a message would need a cookie."""
