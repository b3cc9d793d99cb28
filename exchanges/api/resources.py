"""The API door to funds and projects: lists, each one in full, the thread of a project, and activities of IATI."""

from django.conf import settings
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response

from countries.api import exports
from countries.api.documentation import describe, parameter, path_parameter
from countries.api.parameters import BOM, LANG, expand_parameter, fields_parameter, format_parameter, parts_of, read
from countries.api.reading import PAGING
from countries.api.renderers import CsvRenderer, JsonRenderer, XlsxRenderer
from exchanges import iati, thread
from exchanges.api.documentation import fields_behind
from exchanges.api.expansion import OF_FUNDS, OF_PROJECTS
from exchanges.api.parameters import FACETS
from exchanges.api.resource_documentation import (
    BEHIND,
    FUND_PARAMETERS,
    PROJECT_PARAMETERS,
    FundFacetsSerializer,
    FundRowSerializer,
    FundSerializer,
    ListedFundSerializer,
    ListedProjectSerializer,
    ProjectFacetsSerializer,
    ProjectRowSerializer,
    ProjectSerializer,
    ThreadSerializer,
    describe_resources,
)
from exchanges.api.resource_rows import fund_detail, fund_row, project_detail, project_row, thread_answer
from exchanges.api.viewsets import READ_AT_ONCE, RowsViewSet
from exchanges.models import Fund, Project
from exchanges.resource_filters import FundFilter, ProjectFilter


class IatiRenderer(BaseRenderer):
    """Activities of the International Aid Transparency Initiative, 2.03, as ``exchanges.iati`` wrote them."""

    media_type = "application/xml"
    format = "iati"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


def _formats(renderers):
    return format_parameter([renderer.format for renderer in renderers])


def _shape(members, serializer, expandable):
    fields = {**serializer().fields, **fields_behind(expandable, BEHIND)}
    return fields_parameter(members, parts_of(fields, {*members, *expandable})), expand_parameter(expandable)


class FundViewSet(RowsViewSet):
    """Funds and standing mechanisms."""

    lookup_field = "slug"
    filter_class, page, file_name = FundFilter, "exchanges:fund", "funds"
    members = tuple(FundRowSerializer().fields)
    filters = FUND_PARAMETERS
    expansions = OF_FUNDS
    list_parameters = [
        FACETS,
        *_shape(members, ListedFundSerializer, OF_FUNDS),
        LANG,
        _formats(RowsViewSet.list_renderers),
        BOM,
    ]
    parameters = [
        *_shape(FundSerializer().fields, FundSerializer, OF_FUNDS),
        LANG,
        _formats(RowsViewSet.renderer_classes),
    ]
    get_row, get_detail = staticmethod(fund_row), staticmethod(fund_detail)

    def in_full(self):
        return Fund.objects.live().for_rows()


class ProjectViewSet(RowsViewSet):
    """Projects that funds pay for."""

    filter_class, page, file_name = ProjectFilter, "exchanges:project", "projects"
    renderer_classes = [JsonRenderer, IatiRenderer]
    list_renderers = [JsonRenderer, CsvRenderer, XlsxRenderer, IatiRenderer]
    members = tuple(ProjectRowSerializer().fields)
    filters = PROJECT_PARAMETERS
    expansions = OF_PROJECTS
    list_parameters = [
        FACETS,
        *_shape(members, ListedProjectSerializer, OF_PROJECTS),
        LANG,
        _formats(list_renderers),
        BOM,
    ]
    parameters = [*_shape(ProjectSerializer().fields, ProjectSerializer, OF_PROJECTS), LANG, _formats(renderer_classes)]
    thread_parameters = [LANG, _formats([JsonRenderer])]
    get_row, get_detail = staticmethod(project_row), staticmethod(project_detail)

    def in_full(self):
        return Project.objects.live().for_rows()

    def get_renderers(self):
        return [JsonRenderer()] if self.action == "thread" else super().get_renderers()

    def list(self, request):
        if request.accepted_renderer.format != "iati":
            return super().list(request)
        is_whole = not any(request.query_params.get(name) for name in PAGING)
        listing, _chosen = self._listing(request, with_rows=not is_whole)
        rows = listing.filter.ordered(listing.filter.rows()).for_iati()
        if is_whole:
            projects = rows.iterator(chunk_size=READ_AT_ONCE)
        else:
            found = rows.in_bulk([project.pk for project in listing.cards])
            projects = [found[project.pk] for project in listing.cards]
        return exports.stream(request, iati.parts(projects, self._home()), name=self.file_name)

    def retrieve(self, request, code):
        if request.accepted_renderer.format != "iati":
            return super().retrieve(request, code=code)
        read(request.query_params, self.parameters)
        project = self.find(Project.objects.live().for_iati(), code)
        return Response(iati.document([project], self._home()))

    @action(detail=True)
    def thread(self, request, code):
        """From the money of the project to the people reached by the practices that came into it."""
        read(request.query_params, self.thread_parameters)
        project = self.find(self.in_full(), code)
        return Response(thread_answer(project, thread.of_project(project), request.build_absolute_uri))

    def _home(self):
        return settings.SITE_URL or self.request.build_absolute_uri("/").removesuffix("/")


describe_resources(
    FundViewSet,
    one="a fund",
    many="funds",
    about="Funds and standing mechanisms for South-South cooperation, with their calls.",
    key=path_parameter("slug", "Slug of the fund.", "ibsa-fund", "^[a-z0-9-]+$"),
    row=ListedFundSerializer,
    detail=FundSerializer,
    facets=FundFacetsSerializer,
)
_CODE = path_parameter("code", "Code of the project.", "PR-2014-1", "^PR-[0-9]{4}-[0-9]+$")
describe_resources(
    ProjectViewSet,
    one="a project",
    many="projects",
    about="What funds pay for. `format=iati` gives activities of IATI 2.03: the whole list, or the page asked for.",
    key=_CODE,
    row=ListedProjectSerializer,
    detail=ProjectSerializer,
    facets=ProjectFacetsSerializer,
    thread=describe(
        summary="Follow a project from money to people",
        description="Contribution, project, exchange, practice, adoption and people reached, in one answer.",
        tag="projects",
        operation="projects_thread",
        parameters=[_CODE, *[parameter(known) for known in ProjectViewSet.thread_parameters]],
        response=ThreadSerializer,
        renderers=[JsonRenderer],
        errors=(400, 404, 406),
    ),
)

routes = [("funds", FundViewSet, "fund"), ("projects", ProjectViewSet, "project")]
