"""The addresses of the API, put together from what each app brings."""

from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.routers import APIRootView, DefaultRouter

from accounts.api.urls import routes as accounts
from countries.api.renderers import FormatNegotiation, JsonRenderer
from countries.api.urls import routes as countries
from exchanges.api.urls import routes as exchanges
from practices.api.urls import routes as practices
from ssc_portal import api_docs, dump_api
from ssc_portal.impact_api import routes as impact

app_name = "api"


class RootView(APIRootView):
    """The lists that there are."""

    permission_classes = [AllowAny]
    content_negotiation_class = FormatNegotiation
    renderer_classes = [JsonRenderer]


class Router(DefaultRouter):
    APIRootView = RootView
    include_format_suffixes = False
    root_view_name = "root"


router = Router()
for prefix, viewset, basename in [*practices, *countries, *exchanges, *accounts, *impact]:
    router.register(prefix, viewset, basename)

urlpatterns = [
    path("schema/", api_docs.SchemaViewSet.as_view({"get": "list"}), name="schema"),
    path("docs/", api_docs.docs, name="docs"),
    path("dump/", dump_api.DumpViewSet.as_view({"get": "list"}), name="dump"),
    path("dump/<str:file>", dump_api.DumpFile.as_view({"get": "retrieve"}), name="dump-file"),
    path("catalog/", dump_api.CatalogueViewSet.as_view({"get": "list"}), name="catalog"),
    *router.urls,
]
