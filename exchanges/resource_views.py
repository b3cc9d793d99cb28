"""The pages of funds and projects: to read for everybody, to maintain for administrators and the hosts of a fund."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from exchanges import permissions, services, thread
from exchanges.listing import browse
from exchanges.models import Contribution, Exchange, Fund, Project
from exchanges.refusals import Stale
from exchanges.resource_filters import FundFilter, ProjectFilter
from exchanges.resource_forms import CallForm, ContributionForm, FundForm, ProjectForm
from practices.listing import filled

# Reading


@require_safe
def funds(request):
    """Funds for the query string, with what they hold and their next deadline."""
    listing = browse(FundFilter, filled(request.GET), with_facets=True)
    return _list(request, listing, "funds", reverse("api:fund-list"))


@require_safe
def projects(request):
    """Projects for the query string, of all funds."""
    listing = browse(ProjectFilter, filled(request.GET), with_facets=True)
    return _list(request, listing, "projects", reverse("api:project-list"))


def _list(request, listing, name, api):
    context = {
        "listing": listing,
        "clear_url": reverse(f"exchanges:{name}"),
        "kept": _not_in_form(listing),
        "rescues": [] if listing.count else listing.rescues(),
        "data_links": _data_links(listing, api, has_iati=name == "projects"),
        "api_address": settings.SITE_URL + _with_query(api, listing.query_string),
        "today": timezone.localdate(),
        "may_add": permissions.may_add_fund(request.user),
    }
    return render(request, f"exchanges/resources/{name}.html", context)


def _not_in_form(listing):
    """Chosen values that no control of the form holds, as [(name, value)], so that sending it does not lose them."""
    shown = {(facet.name, option.value) for facet in listing.facets for option in facet.options}
    controls = {"q", "ordering", "year_from", "year_to", "page"}
    return [
        (name, value)
        for name, values in listing.query.lists()
        for value in dict.fromkeys(values)
        if name not in controls and (name, value) not in shown and value
    ]


def _data_links(listing, api, *, has_iati):
    """The same query for programs and spreadsheets: [(label, address, icon)]."""
    language = get_language()
    query = listing.query_string
    if language != settings.LANGUAGE_CODE:
        query = "&".join(filter(None, [query, f"lang={language}"]))
    rows = ngettext("CSV (%(count)d row)", "CSV (%(count)d rows)", listing.count) % {"count": listing.count}
    links = [
        ("JSON", _with_query(api, query, "format=json"), "file-json"),
        (rows, _with_query(api, query, "format=csv"), "file-spreadsheet"),
    ]
    return links + ([(_("IATI (XML)"), _with_query(api, query, "format=iati"), "file-text")] if has_iati else [])


def _with_query(address, *queries):
    query = "&".join(filter(None, queries))
    return f"{address}?{query}" if query else address


@require_safe
def fund(request, slug):
    """A fund: what it holds, who may apply and until when, what it pays for, and what was given to it."""
    fund = get_object_or_404(Fund.objects.live().for_cards(), slug=slug)
    today = timezone.localdate()
    calls = list(fund.calls.prefetch_related("challenge_areas"))
    given = Contribution.objects.live().of_fund(fund)
    context = {
        "fund": fund,
        "today": today,
        "calls": [call for call in calls if call.closes_on >= today],
        "past_calls": [call for call in calls if call.closes_on < today],
        "projects": fund.projects.live().for_cards(),
        "amounts": fund.projects.live().amounts(),
        "contributions": given.for_lists(),
        "totals": given.totals(),
        "may_maintain": permissions.may_maintain_fund(request.user, fund),
        "api_address": settings.SITE_URL + reverse("api:fund-detail", args=[fund.slug]),
        "crumbs": [(_("Funds"), reverse("exchanges:funds"))],
    }
    return render(request, "exchanges/resources/fund.html", context)


@require_safe
def project(request, code):
    """A project and the thread that begins with it, from money to people."""
    rows = Project.objects.live().for_cards().select_related("fund__organisation")
    project = get_object_or_404(rows, code=code)
    given = Contribution.objects.live().filter(project=project)
    context = {
        "project": project,
        "thread": thread.of_project(project),
        "totals": given.totals(),
        "may_maintain": permissions.may_maintain_fund(request.user, project.fund),
        "api": reverse("api:project-detail", args=[project.code]),
        "thread_address": settings.SITE_URL + reverse("api:project-thread", args=[project.code]),
        "crumbs": [(_("Funds"), reverse("exchanges:funds")), (project.fund.name, project.fund.get_absolute_url())],
    }
    return render(request, "exchanges/resources/project.html", context)


# Maintaining


def _fund_of(request, slug):
    """The fund at ``slug``. Whoever does not maintain it may read it, but not this page."""
    fund = get_object_or_404(Fund.objects.live().select_related("organisation"), slug=slug)
    if not permissions.may_maintain_fund(request.user, fund):
        raise PermissionDenied(_("Administrators and members of its host organisation maintain a fund."))
    return fund


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_fund(request):
    if not permissions.may_add_fund(request.user):
        raise PermissionDenied(_("Administrators add funds."))
    form = FundForm(request.POST or None, for_administrator=True)
    return _begin(
        request,
        form,
        lambda key: services.add_fund(request.user, form_key=key, values=form.values),
        title=_("New fund"),
        back=reverse("exchanges:funds"),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_fund(request, slug):
    """The fund itself, and the ways to its calls, projects and contributions."""
    fund = _fund_of(request, slug)
    more = {
        "fund": fund,
        "calls": fund.calls.all(),
        "projects": fund.projects.order_by("code"),
        "contributions": Contribution.objects.of_fund(fund).for_lists(),
    }
    form = {"form_class": FundForm, "for_administrator": request.user.is_administrator}
    return _edit(request, fund, form, title=fund.name, back=fund.get_absolute_url(), done=fund, **more)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_call(request, slug):
    """Announce a call; ``?area=`` and ``?region=`` say what it begins with."""
    fund = _fund_of(request, slug)
    asked = {"challenge_areas": request.GET.getlist("area"), "regions": request.GET.getlist("region")}
    form = CallForm(request.POST or None, initial=asked)
    return _begin(
        request,
        form,
        lambda key: services.add_call(fund, by=request.user, form_key=key, values=form.values),
        title=_("New call"),
        back=_edit_address(fund),
        about=fund.name,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_call(request, slug, pk):
    fund = _fund_of(request, slug)
    call = get_object_or_404(fund.calls, pk=pk)
    back = _edit_address(fund)
    return _edit(
        request,
        call,
        {"form_class": CallForm},
        title=call.title,
        back=back,
        about=fund.name,
        may_remove=True,
        done=back,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_project(request, slug):
    fund = _fund_of(request, slug)
    form = ProjectForm(request.POST or None, for_administrator=request.user.is_administrator)
    return _begin(
        request,
        form,
        lambda key: services.add_project(fund, by=request.user, form_key=key, values=form.values),
        title=_("New project"),
        back=_edit_address(fund),
        about=fund.name,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_project(request, slug, code):
    fund = _fund_of(request, slug)
    project = get_object_or_404(fund.projects, code=code)
    form = {"form_class": ProjectForm, "for_administrator": request.user.is_administrator}
    back = project.get_absolute_url()
    return _edit(request, project, form, title=project.title, back=back, about=fund.name, done=back)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_contribution(request, slug):
    """What somebody gives to the fund, or to a project of it (``?project=<code>``)."""
    fund = _fund_of(request, slug)
    initial = {"project": request.GET.get("project", "")}
    form = ContributionForm(request.POST or None, projects=fund.projects.order_by("code"), initial=initial)
    return _begin(
        request,
        form,
        lambda key: services.add_contribution(request.user, form_key=key, values=form.values, fund=fund),
        title=_("New contribution"),
        back=_edit_address(fund),
        about=fund.name,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_contribution(request, slug, pk):
    fund = _fund_of(request, slug)
    contribution = get_object_or_404(Contribution.objects.of_fund(fund), pk=pk)
    form = {"form_class": ContributionForm, "projects": fund.projects.order_by("code")}
    back = _edit_address(fund)
    title = _("Contribution")
    return _edit(request, contribution, form, title=title, back=back, about=fund.name, may_remove=True, done=back)


def _exchange_of(request, code):
    exchange = get_object_or_404(Exchange.objects.visible_to(request.user), code=code)
    if not permissions.may_record_contribution(request.user, exchange=exchange):
        raise PermissionDenied(_("The parties of an exchange write down what was given to it."))
    return exchange


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_contribution_to_exchange(request, code):
    exchange = _exchange_of(request, code)
    form = ContributionForm(request.POST or None)
    return _begin(
        request,
        form,
        lambda key: services.add_contribution(request.user, form_key=key, values=form.values, exchange=exchange),
        title=_("New contribution"),
        back=exchange.get_absolute_url(),
        about=exchange.title,
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_contribution_to_exchange(request, code, pk):
    exchange = _exchange_of(request, code)
    contribution = get_object_or_404(exchange.contributions, pk=pk)
    back = exchange.get_absolute_url()
    form = {"form_class": ContributionForm}
    title = _("Contribution")
    return _edit(request, contribution, form, title=title, back=back, about=exchange.title, may_remove=True, done=back)


def _edit_address(fund):
    return reverse("assistance:edit-fund", args=[fund.slug])


def _begin(request, form, save, *, title, back, about=""):
    """A form for a row that is not there yet. ``save`` takes the key that makes a form sent twice one row."""
    context = {"form": form, "title": title, "back": back, "about": about}
    if request.method != "POST":
        return _page(request, context | {"form_key": uuid.uuid4()})
    key = _key(request.POST.get("form_key", ""))
    if form.is_valid():
        try:
            with transaction.atomic():
                row = save(key)
        except ValidationError as refusal:
            form.take_over(refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(row if isinstance(row, Fund | Project) else back)
    return _page(request, context | {"form_key": key}, status=422)


def _key(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def _edit(request, row, form, *, title, back, done, about="", may_remove=False, **more):
    """A form for ``row``. ``form``: its class and further arguments; ``done``: where to go when it is saved."""
    form_class = form.pop("form_class")
    context = {"row": row, "title": title, "back": back, "about": about, "may_remove": may_remove, **more}
    if request.method != "POST":
        return _page(
            request,
            context | {"form": form_class(initial=form_class.initial_of(row), **form), "revision": row.revision},
        )
    if may_remove and "remove" in request.POST:
        services.remove(row, by=request.user)
        messages.success(request, _("Removed."))
        return redirect(done)
    bound = form_class(request.POST, **form)
    revision = _number(request.POST.get("revision"))
    if bound.is_valid():
        try:
            with transaction.atomic():
                services.edit(row, by=request.user, revision=revision, values=bound.values)
        except ValidationError as refusal:
            bound.take_over(refusal)
        except Stale as stale:
            differences = bound.differences(stale.row)
            if differences:
                again = {"form": bound, "row": stale.row, "revision": stale.row.revision, "differences": differences}
                return _page(request, context | again, status=409)
            return redirect(done)  # the second press of a button
        else:
            messages.success(request, _("Saved."))
            return redirect(done)
    return _page(request, context | {"form": bound, "revision": revision}, status=422)


def _number(text):
    """The revision that a form carries; -1, which never was one, for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _page(request, context, *, status=200):
    return render(request, "exchanges/resources/form.html", context, status=status)
