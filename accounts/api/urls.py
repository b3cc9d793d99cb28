"""What accounts add to the API: (prefix, viewset, basename)."""

from accounts.api.webhooks import WebhookDeliveryViewSet, WebhookViewSet

routes = [
    ("webhooks", WebhookViewSet, "webhook"),
    ("webhooks/(?P<webhook>[0-9]{1,9})/deliveries", WebhookDeliveryViewSet, "webhook-delivery"),
]
