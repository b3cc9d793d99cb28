"""What owners of webhooks send to the API; the form of the pages checks the values."""

from rest_framework import serializers

from accounts.enums import WebhookKind, WebhookStatus
from accounts.forms import WebhookForm
from countries.api.bodies import StrictSerializer, Text

ADDRESS = "Where events are sent to: `https`, port 443 or 8443, a host of the internet."
KINDS = "What it is told of."
_LONGEST = WebhookForm.base_fields["address"].max_length


def _address(**kwargs):
    return Text(max_length=_LONGEST, help_text=ADDRESS, **kwargs)


def _kinds(**kwargs):
    kind = serializers.ChoiceField(WebhookKind.values)
    return serializers.ListField(child=kind, allow_empty=False, help_text=KINDS, **kwargs)


class NewWebhookBody(StrictSerializer):
    address, kinds = _address(), _kinds()


class WebhookBody(StrictSerializer):
    """What is left out stays as it is."""

    address, kinds = _address(required=False), _kinds(required=False)
    status = serializers.ChoiceField(
        [WebhookStatus.ACTIVE.value, WebhookStatus.PAUSED.value],
        required=False,
        help_text="`paused`: of what happens meanwhile it is not told. `active` also switches on what was `disabled`.",
    )
