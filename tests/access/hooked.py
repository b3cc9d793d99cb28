"""What the access matrix sends to the API of webhooks and contacts, where it is the key that makes the difference.

Webhooks are those of the partner who is an author or another's: a session that has not shown lately who it is may do
nothing with them, as on their pages. Contacts are read with a key alone.
"""

from tests.access.world import KEYS

OWNERS = {"anonymous", "no-role", "partner-author", "administrator", "deactivated", *KEYS}
ACTORS = dict.fromkeys(("called-webhook", "called-webhooks", "called-contact"), OWNERS)
STATES = {"called-webhook": {"own", "anothers"}, "called-webhooks": {"any"}, "called-contact": {"live", "retracted"}}
BODIES = {"add": {"address": "https://partner.example/new", "kinds": ["need.opened"]}, "change": {"status": "paused"}}


def _call(path):
    def call(world, row):
        webhook, delivery = world.webhook_for(row["state"])
        address = f"/api/v1/webhooks/{webhook.pk}/{path.format(delivery=delivery.pk)}"
        return address, BODIES.get(row["action"], {})

    return call


def _contact(world, row):
    return f"/api/v1/practices/{world.practices[row['state']].slug}/contact/", None


ADDRESSES = {
    "api:practice-contact": _contact,
    "api:webhook-list": lambda world, row: ("/api/v1/webhooks/", BODIES.get(row["action"])),
    "api:webhook-detail": _call(""),
    "api:webhook-secret": _call("secret/"),
    "api:webhook-test": _call("test/"),
    "api:webhook-delivery-list": _call("deliveries/"),
    "api:webhook-delivery-detail": _call("deliveries/{delivery}/"),
    "api:webhook-delivery-again": _call("deliveries/{delivery}/again/"),
}
