"""Webhooks in the OpenAPI document: shapes and descriptions. The API reference is in English."""

from drf_spectacular.utils import extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from accounts.api.webhook_bodies import ADDRESS, KINDS, NewWebhookBody, WebhookBody
from accounts.enums import WebhookKind, WebhookStatus
from accounts.webhooks.keeping import MOST
from countries.api.documentation import describe_call, list_of, parameter, path_parameter
from countries.api.parameters import LANG

TAG = "webhooks"


def _text(about="", **kwargs):
    return serializers.CharField(help_text=about, **kwargs)


def _moment(about):
    return serializers.DateTimeField(allow_null=True, help_text=about)


class WebhookSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    address = _text(ADDRESS)
    kinds = serializers.ListField(child=serializers.ChoiceField(WebhookKind.values), help_text=KINDS)
    status = serializers.ChoiceField(
        WebhookStatus.values, help_text="`disabled`: it answered 410, or nothing has arrived for five days."
    )
    created_at = serializers.DateTimeField()
    failing_since = _moment("Nothing has arrived since; null while all is well.")
    rests_until = _moment("Nothing is tried before; null while all is well.")
    former_secret_until = _moment("Until then the secret before signs too; null where it does not.")
    url = serializers.URLField(help_text="The page for people, in the language asked for.")


class WebhookWithSecretSerializer(WebhookSerializer):
    secret = _text("With what events are signed, `whsec_…`. It is shown only now.")


@extend_schema_serializer(many=False)
class WebhooksSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    results = WebhookSerializer(many=True)


class WebhookDeliverySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    message_id = _text("The `webhook-id` that it is sent with: the same whenever the same event is sent again.")
    kind = serializers.ChoiceField([*WebhookKind.values, "webhook.test"])
    code = _text("Reference or code of what it is about; null for a test.", allow_null=True)
    created_at = serializers.DateTimeField(help_text="When it was promised.")
    due_at = _moment("When it is tried next; null when it has arrived or was given up.")
    sent_at = _moment("When it arrived.")
    dead_at = _moment("When it was given up.")
    attempts_count = serializers.IntegerField(help_text="How often it was tried.")
    answer_status = serializers.IntegerField(allow_null=True, help_text="Status of the last answer; null without one.")
    answer = _text("With what the last answer began.")
    took_ms = serializers.IntegerField(allow_null=True, help_text="Milliseconds until it was there.")
    last_error = _text("What went wrong the last time.")


_ID = path_parameter("id", "Number of the webhook.", "12", "^[0-9]{1,9}$")
_OF = path_parameter("webhook", "Number of the webhook.", "12", "^[0-9]{1,9}$")
_DELIVERY = path_parameter("id", "Number of the delivery.", "310", "^[0-9]{1,18}$")
_LANG = parameter(LANG)
_READING, _WRITING = (400, 401, 403, 404), (400, 401, 403, 404, 409, 422)
_BODY = {"address": "https://partner.example/hooks/ssc", "kinds": ["practice.published", "practice.retracted"]}


def _describe(name, summary, description, **kwargs):
    return describe_call(tag=TAG, operation=name, summary=summary, description=description, **kwargs)


def describe_webhooks(webhooks, deliveries):
    """Describe the two viewsets."""
    shown_once = {"answer": WebhookWithSecretSerializer, "has_etag": True}
    extend_schema_view(
        list=_describe(
            "webhooks_list",
            "List your webhooks",
            f"The first that was added first; at most {MOST}.",
            parameters=[_LANG],
            answer=WebhooksSerializer,
            errors=_READING,
        ),
        retrieve=_describe(
            "webhooks_read",
            "Read a webhook",
            "Where it stands; never its secret.",
            parameters=[_ID, _LANG],
            answer=WebhookSerializer,
            errors=_READING,
            has_etag=True,
        ),
        create=_describe(
            "webhooks_create",
            "Add a webhook",
            "The answer holds the secret that events are signed with, this once.",
            parameters=[_LANG],
            body=NewWebhookBody,
            example=_BODY,
            status=201,
            errors=(400, 401, 403, 409, 422),
            **shown_once,
        ),
        partial_update=_describe(
            "webhooks_change",
            "Change a webhook",
            "Its address, what it is told of, or whether it is told.",
            parameters=[_ID, _LANG],
            body=WebhookBody,
            example={"kinds": ["need.opened"], "status": "paused"},
            answer=WebhookSerializer,
            errors=(*_WRITING, 412, 428),
            has_etag=True,
        ),
        destroy=_describe(
            "webhooks_remove",
            "Remove a webhook",
            "And what was sent to it.",
            parameters=[_ID, _LANG],
            answer=None,
            status=204,
            errors=(*_WRITING, 412, 428),
        ),
        secret=_describe(
            "webhooks_renew_secret",
            "Make a new secret",
            "It is shown this once. For a day, what is sent is signed with both.",
            parameters=[_ID, _LANG],
            errors=_WRITING,
            **shown_once,
        ),
        test=_describe(
            "webhooks_test",
            "Send a test event",
            "Of the kind `webhook.test`, which says nothing; at most 60 an hour are sent by hand. To a webhook that is "
            "not active it goes once that is switched on.",
            parameters=[_ID, _LANG],
            answer=WebhookDeliverySerializer,
            status=201,
            errors=_WRITING,
        ),
    )(webhooks)
    extend_schema_view(
        list=_describe(
            "webhook_deliveries_list",
            "List what was sent to a webhook",
            "In the last 30 days, and what waits; the latest first.",
            parameters=[_OF, *[parameter(one) for one in deliveries.list_parameters]],
            answer=list_of(WebhookDeliverySerializer),
            errors=_READING,
        ),
        retrieve=_describe(
            "webhook_deliveries_read",
            "Read a delivery",
            "What was sent, and what came of it.",
            parameters=[_OF, _DELIVERY, _LANG],
            answer=WebhookDeliverySerializer,
            errors=_READING,
        ),
        again=_describe(
            "webhook_deliveries_send_again",
            "Send an event again",
            "Under the same `webhook-id`, as a delivery of its own; at most 60 an hour are sent by hand.",
            parameters=[_OF, _DELIVERY, _LANG],
            answer=WebhookDeliverySerializer,
            status=201,
            errors=_WRITING,
        ),
    )(deliveries)
