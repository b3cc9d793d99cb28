"""What a key may be used for. What its person may, the permissions of each app decide, for keys as for sessions."""

from allauth.account.adapter import get_adapter
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission


class Needs(BasePermission):
    """``permission_classes = [Needs(Scope.DRAFT)]``: somebody who is signed in, or a key with that scope.

    Nobody is answered with 401, a key without the scope with 403, which names it.
    """

    def __init__(self, scope):
        self.scope = scope

    def __call__(self):  # views make their permissions anew for each request; this one has no state
        return self

    def has_permission(self, request, view):
        if not request.user.is_authenticated:
            return False
        if request.auth is not None and not request.auth.allows(self.scope):
            raise PermissionDenied(_("This key does not have the scope “%(scope)s”.") % {"scope": self.scope.value})
        return True


class ShownLately(BasePermission):
    """A session whose person has shown lately who they are, as sensitive pages ask it; a key was made after that."""

    def has_permission(self, request, view):
        is_session = request.auth is None and request.user.is_authenticated
        if is_session and get_adapter().is_reauthentication_required(app="accounts"):
            raise PermissionDenied(_("This is sensitive: sign in anew on the pages, or use a key."))
        return True
