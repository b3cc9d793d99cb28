"""The desk: Django's admin for people who maintain the portal, entered through the portal's own sign-in."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

desk = admin.site
desk.site_title = desk.site_header = _("SSC Portal desk")
desk.index_title = _("What can be maintained here")
# People have one address and roles by membership; what the packages bring for more would only mislead. Nobody but
# their owner sees factors, and where people sign in elsewhere is a setting.
desk.unregister([EmailAddress, Group, Authenticator, SocialAccount, SocialApp, SocialToken])
# One door for everybody: same limits on tries, same message, same session. Who may not enter the desk gets 403.
desk.login = secure_admin_login(desk.login)
# Nobody deletes many rows with one tick too many.
desk.disable_action("delete_selected")
