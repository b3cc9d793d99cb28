"""The working pages of one exchange: proposing it, where it stands, its agreement, what its parties keep, its end.

They are for the parties. A curator reads the overview of a proposal, to broker; nobody else learns that it exists here.
"""

import uuid
from dataclasses import dataclass
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.paging import Pages
from countries.models import Country
from exchanges import agreements, documents, permissions, standing, terms, waiting
from exchanges.assistance_views import number_of
from exchanges.enums import (
    TITLE_LIMIT,
    EventKind,
    ExchangeForm,
    ExchangeStatus,
    MilestoneStatus,
    Modality,
    PartyRole,
    Visibility,
)
from exchanges.exchange_forms import (
    QUESTIONS,
    ActivityForm,
    AgreementForm,
    AppraisalForm,
    BudgetLineForm,
    ClosingForm,
    CommitmentForm,
    DocumentForm,
    FollowUpForm,
    KeptForm,
    MessageForm,
    MilestoneForm,
    ProposalForm,
    ReportForm,
    sides,
    stored_agreement,
    told,
)
from exchanges.models import (
    Activity,
    Appraisal,
    BudgetLine,
    Commitment,
    Document,
    Exchange,
    FollowUp,
    Milestone,
    Report,
)
from exchanges.refusals import Stale
from exchanges.workflow import amendments
from exchanges.workflow import exchanges as workflow
from exchanges.workflow import rows as kept_rows
from practices.enums import Language
from practices.files.views import bytes_of
from practices.markdown import clean
from practices.models import Adoption, Practice
from practices.models.file import DOCUMENT
from practices.refusals import FileRefused, TransitionError

MESSAGES_PER_PAGE = 30
# So many of the last messages stand on the overview, and of the last events.
MESSAGES_SHOWN, EVENTS_SHOWN = 3, 12
# Events after which the agreement reads differently.
WRITTEN = (EventKind.EDITED, EventKind.AMENDED)


def visible(request, code):
    """The exchange ``code`` that the reader works on or brokers; Http404 for everybody else."""
    exchange = get_object_or_404(Exchange.objects.visible_to(request.user).with_parties(), code=code)
    is_broker = request.user.is_curator and exchange.status == ExchangeStatus.PROPOSED
    if not permissions.is_party(request.user, exchange) and not is_broker:
        raise Http404
    return exchange


def inside(request, exchange):
    if not permissions.may_read_inside(request.user, exchange):
        raise PermissionDenied(_("Only the parties of an exchange read and write this."))


def voice(request, exchange):
    inside(request, exchange)
    if not permissions.may_speak_in(request.user, exchange):
        raise PermissionDenied(_("Your focal point does this for your country."))


def reloaded(request, exchange):
    """The exchange as it stands now, after somebody else was quicker."""
    return visible(request, exchange.code)


def frame(request, exchange, part):
    """What the head of every page of an exchange is given."""
    prefetch_related_objects([exchange], "challenge_areas", "practices__live")
    is_inside = permissions.may_read_inside(request.user, exchange)
    counts = standing.counts_of(exchange)
    icon, tone = waiting.marks_of(exchange)
    return {
        "exchange": exchange,
        "part": part,
        "is_inside": is_inside,
        "tabs": [(name, label, _count(counts, name)) for name, label in _tab_labels().items()] if is_inside else [],
        "counts": counts,
        "moves": workflow.moves(exchange, request.user),
        "icon": icon,
        "tone": tone,
    }


def _tab_labels():
    return {
        "agreement": _("Agreement"),
        "milestones": _("Milestones"),
        "activities": _("Activities"),
        "budget": _("Budget"),
        "messages": _("Messages"),
        "documents": _("Documents"),
        "reports": _("Reports"),
        "closing": _("Closing and after"),
    }


def _count(counts, name):
    """How many rows stand behind a tab; None where counting says nothing."""
    return counts["milestones"] + counts["commitments"] if name == "milestones" else counts.get(name)


def _part_url(exchange, part):
    return reverse("assistance:exchange-part", args=[exchange.code, part])


# Proposing


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Propose an exchange in which one's own country takes part; ``?practice=`` and ``?country=`` fill it in."""
    voices = waiting.voices_of(request.user)
    if not voices:
        raise PermissionDenied(_("An exchange is proposed by whoever speaks for a country that takes part in it."))
    beginning, status = _beginning(request, voices[0]), 200
    if request.method != "POST":
        form = ProposalForm(stored=beginning)
    elif "row" in request.POST:
        form = ProposalForm.pressed(request.POST, stored=beginning)
    else:
        form = ProposalForm(request.POST, stored=beginning)
        made = _propose(request.user, form) if form.is_valid() else None
        if made:
            messages.success(request, _("Proposed. The other side has been told; write the agreement together."))
            return redirect("assistance:exchange", made.code)
        status = 422
    return render(request, "exchanges/workspace/exchange_new.html", {"form": form}, status=status)


def _propose(user, form):
    """The exchange that ``form`` proposes; None when that was refused, which the form then says."""
    try:
        with transaction.atomic():
            values, parties = form.for_workflow()
            if not permissions.may_propose_exchange(user, parties):
                raise ValidationError({"parties": _("Your own country has to be one of the parties.")})
            values["language"] = get_language()
            return workflow.propose(user, form_key=form.cleaned_data["form_key"], values=values, parties=parties)
    except ValidationError as error:
        form.refuse(error)
    return None


def _beginning(request, own):
    """What a proposal begins with: one's own country and another one, and what the address names."""
    slug, other = request.GET.get("practice"), request.GET.get("country")
    live = Practice.objects.live().filter(merged_into=None).select_related("live", "country")
    practice = get_object_or_404(live, slug=slug) if slug else None
    if other:
        other = get_object_or_404(Country, pk=other).pk
    elif practice and practice.country_id != own:
        other = practice.country_id
    party = {"organisation": "", "phase": "", "institution": ""}
    return {
        "title": practice.live.title[:TITLE_LIMIT] if practice else "",
        "form": ExchangeForm.BILATERAL.value,
        "modalities": [],
        "challenge_areas": [area.slug for area in practice.live.challenge_areas.all()] if practice else [],
        "practices": [practice] if practice else [],
        "languages": [],
        "objective": "",
        "outputs": "",
        "starts_on": None,
        "ends_on": None,
        "cost_share": "",
        "visibility": Visibility.PUBLIC.value,
        "form_key": uuid.uuid4(),
        "parties": [
            party | {"country": own, "role": PartyRole.BENEFICIARY.value},
            party | {"country": other or "", "role": PartyRole.PROVIDER.value},
        ],
    }


# Where it stands


@login_required
@require_safe
def overview(request, code):
    """Who takes part, which stage it has reached, who acts next, what is missing, and what happened."""
    return _overview(request, visible(request, code))


def _overview(request, exchange, *, wrong=None, typed=None, status=200):
    if exchange.is_recorded:
        return redirect(exchange)
    context = frame(request, exchange, "")
    events = list(exchange.events.select_related("actor").order_by("-at", "-pk")[:EVENTS_SHOWN])
    reached = exchange.events.order_by("-at", "-pk").values_list("from_status", flat=True).first()
    context |= {
        "stages": standing.stages_of(exchange, reached),
        "whereabouts": standing.who_acts_next(exchange),
        "missing": standing.missing_in(exchange, context["counts"]),
        "milestones": list(exchange.milestone_rows.all()),
        "modalities": [Modality(key).label for key in exchange.modalities],
        "languages_spoken": [Language(key).label for key in exchange.languages],
        "events": events,
        "latest": [],
        "wrong": wrong or {},
        "typed": typed or {},
    }
    context["done_count"] = sum(row.status == MilestoneStatus.DONE for row in context["milestones"])
    context["next_milestone"] = next((row for row in context["milestones"] if not row.done_on), None)
    if context["is_inside"]:
        context["latest"] = _with_sides(exchange, _latest(exchange)[:MESSAGES_SHOWN])
    return render(request, "exchanges/workspace/exchange.html", context, status=status)


def _latest(exchange):
    rows = exchange.message_rows.select_related("author").prefetch_related("author__memberships")
    return rows.order_by("-created_at", "-pk")


def _with_sides(exchange, remarks):
    """``remarks`` as a list, each with ``side``: the name of the party for which its author writes, if still so."""
    remarks, names = list(remarks), {(row.country_id, row.organisation_id): row.name for row in sides(exchange)}
    for remark in remarks:
        held = [names.get((row.country_id, row.organisation_id)) for row in remark.author.memberships.all()]
        remark.side = next(filter(None, held), "")
    return remarks


# The agreement


def _agreement(request, exchange):
    """Read the agreement, or change it on the revision that was read."""
    if request.method != "POST":
        return _agreement_page(request, exchange)
    stored, revision = stored_agreement(exchange), request.POST.get("revision", "")
    if "row" in request.POST:
        form = AgreementForm.pressed(request.POST, stored=stored)
        return _agreement_page(request, exchange, form=form, revision=revision)
    form = AgreementForm(request.POST, stored=stored)
    is_valid = form.is_valid()
    if exchange.status != ExchangeStatus.PROPOSED:  # it was signed or ended meanwhile: what was typed is not lost
        return _agreement_page(request, exchange, form=form, revision=revision, is_closed=True, status=409)
    if not is_valid:
        return _agreement_page(request, exchange, form=form, revision=revision, status=422)
    if not form.differences(stored):
        messages.info(request, _("Nothing was changed: what has been signed stays signed."))
        return redirect(_part_url(exchange, "agreement"))
    try:
        with transaction.atomic():
            values, parties = form.for_workflow()
            workflow.edit_agreement(
                exchange, by=request.user, revision=number_of(revision), values=values, parties=parties
            )
    except Stale:
        exchange = reloaded(request, exchange)
        found = form.differences(stored_agreement(exchange))
        return _agreement_page(request, exchange, form=form, differences=found, is_stale=True, status=409)
    except ValidationError as error:
        form.refuse(error)
        return _agreement_page(request, exchange, form=form, revision=revision, status=422)
    messages.success(request, _("Saved. The other side has been told; every signature is asked for anew."))
    return redirect(_part_url(exchange, "agreement"))


def _agreement_page(request, exchange, *, form=None, revision=None, problems=(), status=200, **flags):
    context = frame(request, exchange, "agreement")
    may_edit = "edit_agreement" in context["moves"]
    changed = exchange.events.filter(kind__in=WRITTEN).select_related("actor").order_by("-at", "-pk").first()
    context |= agreements.context(exchange)
    context |= {
        "form": form or (AgreementForm(stored=stored_agreement(exchange)) if may_edit else None),
        "revision": exchange.agreement_revision if revision is None else revision,
        "problems": problems or (form.problems if form and form.is_bound else ()),
        "missing": standing.missing_in_agreement(exchange),
        "mine_to_sign": workflow.unsigned_of(exchange, request.user) if "sign" in context["moves"] else [],
        "waits_for_own_voice": waits_for_own_voice(request.user, exchange, context["unsigned"]),
        "last_change": changed,
        "amendment": amendments.open_of(exchange),
        "earlier": _earlier(exchange),
        **flags,
    }
    return render(request, "exchanges/workspace/exchange_agreement.html", context, status=status)


def _earlier(exchange):
    """[(Amendment, [(label, text)])]: each change in force, with the text that held before it; the last first."""
    rows = list(agreements.amendments_in_force(exchange))
    return list(zip(rows, told(terms.read_all([row.replaced for row in rows])), strict=True))


def waits_for_own_voice(user, exchange, unsigned):
    """Whether a side of ``user`` has to sign and somebody else of it does that."""
    own = _ids(user, exchange)
    return any(party.pk in own and not permissions.may_sign(user, party) for party in unsigned)


def _sign(request, exchange):
    voice(request, exchange)
    party = get_object_or_404(exchange.parties, pk=number_of(request.POST.get("party")))
    try:
        exchange = workflow.sign(
            exchange, by=request.user, party=party, revision=number_of(request.POST.get("revision"))
        )
    except Stale:
        text = _("The agreement was changed while you were reading it. Read it again, then sign.")
        exchange = reloaded(request, exchange)
        return _agreement_page(request, exchange, problems=[("", text)], status=409)
    except ValidationError:
        problems = [(f"id_{name}", text) for name, text in standing.missing_in_agreement(exchange)]
        return _agreement_page(request, exchange, problems=problems, status=422)
    if exchange.status == ExchangeStatus.AGREED:
        messages.success(request, _("Signed by all sides: it is agreed."))
    else:
        messages.success(request, _("Signed. The other side has been told."))
    return redirect(_part_url(exchange, "agreement"))


@login_required
@require_safe
def agreement_file(request, code):
    """The agreement as PDF; a page made for printing where the libraries that draw it are missing."""
    exchange = visible(request, code)
    inside(request, exchange)
    if exchange.is_recorded:
        raise Http404
    content = agreements.pdf(exchange, get_language())
    if content is None:
        context = agreements.context(exchange)
        response = render(request, "exchanges/workspace/exchange_print.html", context)
    else:
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="{exchange.code}-{get_language()}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def document_file(request, code, key):
    """A document that its parties keep here: for them, and for readers of the exchange where they are shown it."""
    return bytes_of(documents.file_for(request.user, code, key), DOCUMENT)


# What the parties keep


@dataclass(frozen=True)
class Kind:
    """Rows of one kind: where they are shown and in which words they are asked for."""

    model: type
    form: type[KeptForm]
    page: str
    new: str
    change: str
    saved: str
    removed: str


KINDS = {
    "activities": Kind(
        Activity,
        ActivityForm,
        "activities",
        gettext_lazy("Add an activity"),
        gettext_lazy("Change this activity"),
        gettext_lazy("The activity is kept."),
        gettext_lazy("The activity has been removed."),
    ),
    "milestones": Kind(
        Milestone,
        MilestoneForm,
        "milestones",
        gettext_lazy("Add a milestone"),
        gettext_lazy("Change this milestone"),
        gettext_lazy("The milestone is kept."),
        gettext_lazy("The milestone has been removed."),
    ),
    "commitments": Kind(
        Commitment,
        CommitmentForm,
        "milestones",
        gettext_lazy("Add a commitment"),
        gettext_lazy("Change this commitment"),
        gettext_lazy("The commitment is kept."),
        gettext_lazy("The commitment has been removed."),
    ),
    "budget": Kind(
        BudgetLine,
        BudgetLineForm,
        "budget",
        gettext_lazy("Add a budget line"),
        gettext_lazy("Change this budget line"),
        gettext_lazy("The budget line is kept."),
        gettext_lazy("The budget line has been removed."),
    ),
    "documents": Kind(
        Document,
        DocumentForm,
        "documents",
        gettext_lazy("Add a document"),
        gettext_lazy("Change this document"),
        gettext_lazy("The document is kept."),
        gettext_lazy("The document has been removed."),
    ),
    "reports": Kind(
        Report,
        ReportForm,
        "reports",
        gettext_lazy("Write a report"),
        gettext_lazy("Change this report"),
        gettext_lazy("The report is kept."),
        gettext_lazy("The report has been removed."),
    ),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def part(request, code, part):
    """One part of an exchange: ``part`` is a key of PAGES or of KINDS. POST adds a row; ``?add=1`` asks for one."""
    exchange = visible(request, code)
    inside(request, exchange)
    if exchange.is_recorded:
        return redirect(exchange)
    if part == "agreement":
        return _agreement(request, exchange)
    if part in KINDS and (request.method == "POST" or "add" in request.GET):
        return _row(request, exchange, part, _new_row(exchange, part, request.user))
    if part in KINDS and KINDS[part].page != part:
        return redirect(f"{_part_url(exchange, KINDS[part].page)}#{part}")
    if part not in PAGES or request.method == "POST":
        raise Http404
    return PAGES[part](request, exchange)


def _new_row(exchange, part, user):
    row = KINDS[part].model(exchange=exchange)
    if part == "documents":
        row.added_by = user
    if part == "reports":
        row.author = user
    return row


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_row(request, code, part, pk):
    """Change or remove the row ``pk`` of a kind in KINDS, or tick it off."""
    exchange = visible(request, code)
    inside(request, exchange)
    if part not in KINDS:
        raise Http404
    if request.method != "POST":
        return _row(request, exchange, part, _row_of(exchange, part, pk))
    with transaction.atomic():
        # Two people who save the same row come one after the other, in the order in which the workflow locks.
        Exchange.objects.select_for_update().get(pk=exchange.pk)
        return _row(request, exchange, part, _row_of(exchange, part, pk))


def _row_of(exchange, part, pk):
    row = get_object_or_404(KINDS[part].model, exchange=exchange, pk=pk)
    row.exchange = exchange
    return row


def _row(request, exchange, part, row):
    """The form of ``row``, kept or new: shown, or carried out and back to the list."""
    kind, own = KINDS[part], _own_sides(request.user, exchange)
    back = _part_url(exchange, kind.page) + ("" if kind.page == part else f"#{part}")
    if part == "reports" and row.pk and row.party_id not in _ids(request.user, exchange):
        raise PermissionDenied(_("A report is changed by the side that wrote it."))
    if request.method != "POST":
        if not _may_keep(request, exchange):
            return redirect(back)
        return _row_page(request, exchange, part, row, kind.form(row=row, own=own))
    if "row" in request.POST:
        form = kind.form.pressed(request.POST, row=row, own=own)
        return _row_page(request, exchange, part, row, form, seen=request.POST.get("seen", ""))
    if "done" in request.POST and row.pk and hasattr(row, "done_on"):
        _tick_off(row, request.user)
        messages.success(request, _("Marked as done."))
        return redirect(back)
    form = kind.form(request.POST, request.FILES, row=row, own=own)
    is_stale = bool(row.pk) and request.POST.get("seen") != form.seen
    is_valid = form.is_valid()
    if is_stale and (differences := form.differences()):
        return _row_page(request, exchange, part, row, form, differences=differences, is_stale=True, status=409)
    if "remove" in request.POST and row.pk:
        kept_rows.remove_row(row, by=request.user)
        messages.success(request, kind.removed)
        return redirect(back)
    if not is_valid:
        return _row_page(request, exchange, part, row, form, status=422)
    try:
        _save(form, by=request.user)
    except ValidationError as error:
        form.add_error(None, ValidationError(error.messages))
        return _row_page(request, exchange, part, row, form, status=422)
    except FileRefused as refusal:
        form.add_error("upload", refusal.sentence)
        return refusal.noted_on(_row_page(request, exchange, part, row, form, status=refusal.status))
    except TransitionError as refusal:
        form.add_error(None, str(refusal))
        return _row_page(request, exchange, part, row, form, status=409)
    messages.success(request, kind.saved)
    return redirect(back)


def _save(form, *, by):
    row = form.save(commit=False)
    if upload := form.cleaned_data.get("upload"):
        documents.receive(row, upload, by=by)  # looked into before anything is locked
        return
    with transaction.atomic():
        facts = {"attendance": form.attendance()} if isinstance(row, Activity) else {}
        kept_rows.save_row(row, by=by, **facts)


def _tick_off(row, user):
    """Say that a milestone or commitment is done today."""
    row.done_on = timezone.localdate()
    if isinstance(row, Milestone):
        row.status = MilestoneStatus.DONE
    kept_rows.save_row(row, by=user)


def _row_page(request, exchange, part, row, form, *, seen=None, status=200, **flags):
    context = frame(request, exchange, KINDS[part].page)
    context |= {
        "kind": KINDS[part],
        "kind_name": part,
        "row": row,
        "form": form,
        "seen": form.seen if seen is None else seen,
        "problems": form.problems if form.is_bound else (),
        **flags,
    }
    return render(request, "exchanges/workspace/exchange_row.html", context, status=status)


def _may_keep(request, exchange):
    return "keep_rows" in workflow.moves(exchange, request.user)


def _own_sides(user, exchange):
    """The sides to which ``user`` belongs, each once."""
    own = {(party.country_id, party.organisation_id) for party in permissions.parties_of(user, exchange)}
    return [party for party in sides(exchange) if (party.country_id, party.organisation_id) in own]


def _ids(user, exchange):
    return {party.pk for party in permissions.parties_of(user, exchange)}


def _milestones_page(request, exchange):
    context = frame(request, exchange, "milestones")
    context["milestones"] = exchange.milestone_rows.all()
    context["commitments"] = exchange.commitment_rows.select_related("party__country", "party__organisation")
    return render(request, "exchanges/workspace/exchange_milestones.html", context)


def _activities_page(request, exchange):
    context = frame(request, exchange, "activities")
    context["activities"] = list(exchange.activity_rows.select_related("country").prefetch_related("attendance"))
    context["people"] = standing.participants_of(context["activities"])
    return render(request, "exchanges/workspace/exchange_activities.html", context)


def _budget_page(request, exchange):
    context = frame(request, exchange, "budget")
    lines = list(exchange.budgetline_rows.select_related("party__country", "party__organisation"))
    by_party, by_currency = standing.totals_of(exchange, lines)
    context |= {"lines": lines, "by_party": by_party, "by_currency": by_currency}
    return render(request, "exchanges/workspace/exchange_budget.html", context)


def _documents_page(request, exchange):
    context = frame(request, exchange, "documents")
    context["documents"] = exchange.document_rows.select_related("added_by", "file")
    return render(request, "exchanges/workspace/exchange_documents.html", context)


def _reports_page(request, exchange):
    context = frame(request, exchange, "reports")
    context["reports"] = exchange.report_rows.select_related("party__country", "party__organisation", "author")
    context["own"] = _ids(request.user, exchange)
    return render(request, "exchanges/workspace/exchange_reports.html", context)


def _messages_page(request, exchange, form=None, status=200):
    context = frame(request, exchange, "messages")
    page = Paginator(_latest(exchange), MESSAGES_PER_PAGE).get_page(request.GET.get("page"))
    context |= {
        "form": form or MessageForm(),
        "remarks": _with_sides(exchange, page),
        "listing": Pages(page, request.GET),
    }
    return render(request, "exchanges/workspace/exchange_messages.html", context, status=status)


# Closing and after


def _closing_page(request, exchange, *, closing=None, appraisal=None, check=None, status=200):
    """How the sides appraise it, its closing, and the checks after it.

    ``closing`` and ``appraisal``: forms that were refused; ``check``: the pk of a check and its refused form.
    """
    context = frame(request, exchange, "closing")
    user, today = request.user, timezone.localdate()
    own = _signing_sides(user, exchange)
    appraisals = list(exchange.appraisal_rows.select_related("party__country", "party__organisation"))
    checks = list(exchange.followup_rows.select_related("done_by"))
    adoptions = _adoptions_of(exchange) if "record_follow_up" in context["moves"] else []
    refused_check, refused_form = check or (None, None)
    for row in checks:
        is_refused = row.pk == refused_check
        row.form = refused_form if is_refused else FollowUpForm(adoptions=adoptions, prefix=f"check-{row.pk}")
        row.is_open = is_refused or (row.done_at is None and row.due_on <= today)
    context |= {
        "closing": closing or ClosingForm(),
        "appraisal": appraisal or AppraisalForm(own=own, initial=_initial_appraisal(own, appraisals)),
        "questions": QUESTIONS,
        "may_appraise": "appraise" in context["moves"] and bool(own),
        "appraisals": [
            (row, [(row._meta.get_field(name).verbose_name, getattr(row, name)) for name in QUESTIONS])
            for row in appraisals
        ],
        "without_appraisal": standing.names_of(standing.without(exchange, Appraisal)),
        "without_report": standing.names_of(standing.without(exchange, Report)),
        "checks": checks,
        "adoptions": exchange.adoptions.select_related("practice__live", "country"),
        "next_steps": _next_steps(user, exchange),
        "refused": closing or appraisal or refused_form,
    }
    return render(request, "exchanges/workspace/exchange_closing.html", context, status=status)


def _signing_sides(user, exchange):
    """The sides that ``user`` speaks for."""
    return [party for party in _own_sides(user, exchange) if permissions.may_sign(user, party)]


def _initial_appraisal(own, appraisals):
    """What the first of one's sides said before, so that it can be changed."""
    before = next((row for row in appraisals if own and row.party_id == own[0].pk), None)
    if before is None:
        return {"party": own[0].pk} if own else {}
    return {name: getattr(before, name) for name in (*QUESTIONS, "text")} | {"party": before.party_id}


def _adoptions_of(exchange):
    """Adoptions of its practices by countries that benefit from it: what it may have led to."""
    countries = [party.country_id for party in exchange.beneficiaries if party.country_id]
    rows = Adoption.objects.filter(practice__in=exchange.practices.all(), country__in=countries)
    return list(rows.select_related("practice__live", "country"))


def _next_steps(user, exchange):
    """[(label, address)]: what may come of an exchange that is closed, each form filled in as far as it can be."""
    own = {party.country_id for party in _own_sides(user, exchange)} - {None}
    title, new = quote(exchange.title[:TITLE_LIMIT]), reverse("workspace:new")
    found = []
    for practice in exchange.practices.all():
        if own - {practice.country_id}:
            text = _("Record an adoption: %(title)s") % {"title": practice.live.title}
            found.append((text, f"{reverse('workspace:adopt')}?practice={practice.slug}"))
            text = _("Write your own version of it: %(title)s") % {"title": practice.live.title}
            found.append((text, f"{new}?from={practice.slug}&title={title}"))
    if own:
        found.append((_("Write the practice that came of it"), f"{new}?title={title}"))
    return found


PAGES = {
    "milestones": _milestones_page,
    "activities": _activities_page,
    "budget": _budget_page,
    "messages": _messages_page,
    "documents": _documents_page,
    "reports": _reports_page,
    "closing": _closing_page,
}


# Doing


def _done(request, exchange, form, page, do, said, part):
    """Do what ``form`` asks; when it is refused, ``page`` shows it again with what was typed.

    ``do`` is given the clean values; ``said`` is what is told when it is done, and ``part`` where that is shown.
    """
    if not form.is_valid():
        return page(exchange, form, 422)
    try:
        do(form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, ValidationError(error.messages))
        return page(exchange, form, 422)
    except TransitionError as refusal:
        form.add_error(None, str(refusal))
        return page(reloaded(request, exchange), form, 409)
    if said:
        messages.success(request, said)
    return redirect(_part_url(exchange, part))


def _post(request, exchange):
    inside(request, exchange)
    return _done(
        request,
        exchange,
        MessageForm(request.POST),
        lambda exchange, form, status: _messages_page(request, exchange, form, status),
        lambda values: workflow.post(exchange, by=request.user, text=values["text"]),
        _("Sent to all parties."),
        "messages",
    )


def _close(request, exchange):
    voice(request, exchange)
    return _done(
        request,
        exchange,
        ClosingForm(request.POST),
        lambda exchange, form, status: _closing_page(request, exchange, closing=form, status=status),
        lambda values: workflow.close(exchange, by=request.user, **values),
        _("Closed, with its lessons. The parties are asked again after 30, 90 and 180 days."),
        "closing",
    )


def _appraise(request, exchange):
    voice(request, exchange)
    own = _signing_sides(request.user, exchange)

    def appraise(values):
        party = values.pop("party")
        workflow.appraise(exchange, by=request.user, party=party, values=values)

    return _done(
        request,
        exchange,
        AppraisalForm(request.POST, own=own),
        lambda exchange, form, status: _closing_page(request, exchange, appraisal=form, status=status),
        appraise,
        _("Your appraisal is kept. The other side reads it."),
        "closing",
    )


def _follow_up(request, exchange):
    voice(request, exchange)
    check = get_object_or_404(FollowUp, exchange=exchange, pk=number_of(request.POST.get("check")))
    return _done(
        request,
        exchange,
        FollowUpForm(request.POST, adoptions=_adoptions_of(exchange), prefix=f"check-{check.pk}"),
        lambda exchange, form, status: _closing_page(request, exchange, check=(check.pk, form), status=status),
        lambda values: workflow.record_follow_up(check, by=request.user, **values),
        _("The check is kept."),
        "closing",
    )


def _advance(move, said):
    """The button that moves an exchange on without asking for anything."""

    def advance(request, exchange):
        inside(request, exchange)
        move(exchange, by=request.user)
        messages.success(request, said)
        return redirect("assistance:exchange", exchange.code)

    return advance


def _end(move, said):
    """The button that ends an exchange early, for a reason."""

    def end(request, exchange):
        voice(request, exchange)
        note = clean(request.POST.get("note", "")).strip()
        if not note:
            wrong = {"note": _("Say why: the other side reads the reason.")}
            return _overview(request, exchange, wrong=wrong, status=422)
        move(exchange, by=request.user, note=note)
        messages.success(request, said)
        return redirect("assistance:exchange", exchange.code)

    return end


ACTIONS = {
    "sign": _sign,
    "decline": _end(workflow.decline, gettext_lazy("Declined. The other side reads why.")),
    "cancel": _end(workflow.cancel, gettext_lazy("Cancelled. The other side reads why.")),
    "prepare": _advance(workflow.prepare, gettext_lazy("Preparation has begun.")),
    "start": _advance(workflow.start_work, gettext_lazy("The work has started.")),
    "begin-reporting": _advance(workflow.begin_reporting, gettext_lazy("Reporting has begun.")),
    "close": _close,
    "appraise": _appraise,
    "follow-up": _follow_up,
    "message": _post,
}


@login_required
@require_POST
def act(request, code, action):
    """Do ``action``, a key of ACTIONS, with an exchange that the reader works on."""
    exchange = visible(request, code)
    if action not in ACTIONS:
        raise Http404
    return ACTIONS[action](request, exchange)
