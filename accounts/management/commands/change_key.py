"""``manage.py change_key``: after a new SECRET_KEY, encrypt anew what the former keys have encrypted."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import keys
from accounts.models import ApiKey, WebhookEndpoint
from accounts.webhooks.sending import SECRETS


class Command(BaseCommand):
    help = "Encrypt the keys of apps and secrets of webhooks with SECRET_KEY, before SECRET_KEY_FALLBACKS is emptied."

    @transaction.atomic
    def handle(self, **options):
        apps = Authenticator.objects.select_for_update().filter(type=Authenticator.Type.TOTP)
        lost = []
        for app in apps:
            try:
                app.data["secret"] = get_adapter().encrypt_anew(app.data["secret"])
            except InvalidToken:
                lost.append(app.user_id)
            else:
                app.save(update_fields=["data"])
        lost += _change_webhooks()
        if lost:
            raise CommandError(
                _(
                    "Nothing was changed: no key opens the second factors or webhooks of the accounts %(numbers)s. Put "
                    "the key that made them into SECRET_KEY_FALLBACKS, or take them off these accounts."
                )
                % {"numbers": ", ".join(map(str, sorted(set(lost))))}
            )
        unused_count = ApiKey.objects.current().exclude(digested_with=keys.current_mark()).count()
        if unused_count:
            # What the digests are made from, only those who use the keys know.
            self.stdout.write(
                _("%(count)d API keys were not used since the change. They end with SECRET_KEY_FALLBACKS.")
                % {"count": unused_count}
            )
        self.stdout.write(_("%(count)d second factors are encrypted with the key in use.") % {"count": len(apps)})


def _change_webhooks():
    """Encrypt the secrets of webhooks anew. Returns the ids of the people whose secrets no key opens."""
    lost = []
    for row in WebhookEndpoint.objects.select_for_update():
        try:
            row.secret = SECRETS.encrypt_anew(row.secret)
            row.former_secret = SECRETS.encrypt_anew(row.former_secret) if row.former_secret else ""
        except InvalidToken:
            lost.append(row.user_id)
        else:
            row.save(update_fields=["secret", "former_secret"])
    return lost
