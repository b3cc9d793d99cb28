"""The pages of an officer's workspace: what waits, beginning, where a case study stands, sending it, showing it."""

import uuid

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.paging import Pages
from countries.models import Country
from practices import completeness, duplicates, permissions, previews, reviewing, workflow, workspace
from practices.enums import TITLE_LIMIT, EvidenceLevel, Language, Thread
from practices.markdown import clean
from practices.models import Practice, Submission
from practices.refusals import Incomplete


def _visible(request, pk):
    rows = Submission.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("version", "country", "lead", "holder", "practice"), pk=pk)


@login_required
@require_safe
def home(request):
    """What waits for the reader, and all case studies of their country by where they stand."""
    user = request.user
    if not (user.is_officer or user.is_partner):
        raise PermissionDenied(_("The workspace is for country officers and partners."))
    labels, counts = workspace.tab_labels(), workspace.tab_counts(user)
    tab = request.GET.get("status", "all")
    if tab not in labels:
        tab = "all"
    rows = workspace.submissions_of(user)
    if tab in workspace.TABS:
        rows = rows.filter(status__in=workspace.TABS[tab])
    page = Paginator(rows, workspace.PAGE_SIZE).get_page(request.GET.get("page"))
    practices = list(workspace.practices_of(user))
    under_way = set(
        workspace.submissions_of(user).still_open().filter(practice__isnull=False).values_list("practice", flat=True)
    )
    due = [row for row in practices if row.is_review_due and row.pk not in under_way]
    context = {
        "due": due[: workspace.DUE_SHOWN],
        "waiting": workspace.waiting_for(user),
        "lines": [workspace.line(row, user) for row in page],
        "listing": Pages(page, request.GET),
        "tab": tab,
        "tabs": [(name, label, counts[name]) for name, label in labels.items()],
        "practices": practices,
        "adoptions": workspace.adoptions_of(user),
        "countries": user.countries(),
    }
    return render(request, "practices/workspace/home.html", context)


class NewForm(forms.Form):
    """How a case study begins."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=TITLE_LIMIT,
        help_text=gettext_lazy("Say what was done and where. It can be changed later."),
        error_messages={"required": gettext_lazy("Give it a title; it can be changed later.")},
    )
    language = forms.ChoiceField(label=gettext_lazy("Language in which you write"), choices=Language)
    country = forms.ModelChoiceField(label=gettext_lazy("Country"), queryset=Country.objects.none(), empty_label=None)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        own = user.countries()
        self.fields["country"].queryset = own if user.is_officer else Country.objects.filter(is_global_south=True)
        self.fields["country"].initial = own.first()

    def clean_title(self):
        return " ".join(clean(self.cleaned_data["title"]).split())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Begin a case study; ``?update=`` a practice of one's own country, also from an earlier ``&version=``; ``?from=``
    one that is adapted. ``?title=`` fills the title in.
    """
    user = request.user
    if not (user.is_officer or user.is_partner):
        raise PermissionDenied(_("Only the officers of a country write its case studies."))
    practices = Practice.objects.live().filter(merged_into=None).select_related("live", "country")
    update = get_object_or_404(practices, slug=request.GET["update"]) if "update" in request.GET else None
    source = get_object_or_404(practices, slug=request.GET["from"]) if "from" in request.GET else None
    earlier = _earlier(update, request.GET["version"]) if update and "version" in request.GET else None
    if update and not permissions.may_propose_change(user, update):
        raise PermissionDenied(_("Only the officers of a country write its case studies."))
    begins = earlier or (update or source).live if update or source else None
    initial = {"language": begins.language if begins else get_language(), "form_key": uuid.uuid4()}
    if "title" in request.GET:
        initial["title"] = clean(request.GET["title"])[:TITLE_LIMIT]
    elif begins:
        initial["title"] = begins.title
    form = NewForm(request.POST or None, user=user, initial=initial)
    if update:
        del form.fields["country"]
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        made = workflow.start(
            user,
            update.country if update else values["country"],
            title=values["title"],
            language=values["language"],
            form_key=values["form_key"],
            base_practice=update,
            earlier=earlier,
            adapts=source,
        )
        return redirect("workspace:step", made.pk, "basics")
    status = 422 if form.errors else 200
    context = {"form": form, "update": update, "earlier": earlier, "source": source}
    return render(request, "practices/workspace/new.html", context, status=status)


def _earlier(practice, number):
    """The published version of ``practice`` that an address names by its ``number``."""
    if not (number.isascii() and number.isdecimal() and len(number) < 9):
        raise Http404
    return get_object_or_404(practice.versions.filter(frozen_at__isnull=False), number=int(number))


@login_required
@require_safe
def submission(request, pk):
    """Where a case study stands: who acts next, what was asked, the conversation, the team and the history."""
    found = _visible(request, pk)
    return _overview(request, found)


def _overview(request, found, *, wrong=None, typed=None, token="", status=200):
    user = request.user
    if not permissions.writes_for(user, found.country_id) and not permissions.is_on_team(user, found):
        return redirect("review:detail", found.pk)
    context = {
        "submission": found,
        "line": workspace.line(found, user),
        "moves": workflow.moves(found, user),
        "may_edit": permissions.may_edit(user, found),
        "may_manage": permissions.may_manage_team(user, found) and found.is_open,
        "requests": workspace.requests(found),
        "remarks": workspace.conversation(found),
        "may_comment": found.is_open and permissions.may_comment(user, found, Thread.SHARED),
        "team": found.coauthors.all(),
        "history": workspace.history(found),
        "links": previews.open_links(found),
        "token_url": settings.SITE_URL + reverse("workspace:shared-preview", args=[token]) if token else "",
        "wrong": wrong or {},
        "typed": typed or {},
    }
    response = render(request, "practices/workspace/submission.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_safe
def check(request, pk):
    """What is still missing, how sure readers can be, what reads alike, and the button that sends it."""
    return _check(request, _visible(request, pk))


def _check(request, found, *, missing=(), status=200):
    if not permissions.may_edit(request.user, found):
        return redirect(found)
    similar = duplicates.similar(found, request.user)
    state = completeness.check(found, similar=similar)
    context = {
        "submission": found,
        "completeness": state,
        "evidence_label": EvidenceLevel(state.evidence).label,
        "similar": similar,
        "changes": reviewing.changes_of_update(found),
        "moves": workflow.moves(found, request.user),
        "missing": missing,
    }
    return render(request, "practices/workspace/check.html", context, status=status)


@login_required
@require_safe
def preview(request, pk):
    """The case study as readers will see it."""
    found = _visible(request, pk)
    return _preview(request, found, back_url=found.get_absolute_url())


@require_safe
def shared_preview(request, token):
    """The same for somebody who was given a secret address; nobody keeps a copy and no search engine lists it."""
    found = previews.submission_for(token)
    if found is None:
        raise Http404
    if request.method == "GET":
        previews.note_opened(token, by=request.user)
    response = _preview(request, found, back_url="", token=token)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _preview(request, found, *, back_url, token=""):
    edition = previews.edition(found, get_language())
    context = {"submission": found, "edition": edition, "version": edition.version, "back_url": back_url}
    context["token"] = token
    response = render(request, "practices/workspace/preview.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


# Doing


def _text(request, name):
    return clean(request.POST.get(name, "")).strip()


def _number(request, name):
    """The id that a form names; 0, which nothing has, for anything else."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 15 else 0


def _submit(request, found):
    try:
        found = workflow.submit(found, by=request.user)
    except Incomplete as refusal:
        return _check(request, found, missing=[item.text for item in refusal.items], status=422)
    messages.success(request, workspace.whereabouts(found))
    return redirect(found)


def _endorse(request, found):
    workflow.endorse(found, by=request.user)
    messages.success(request, _("Endorsed. The curators have it now."))
    return redirect(found)


def _send_back(request, found):
    return _with_reason(request, found, workflow.send_back, _("Sent back to the authors."), name="note")


def _with_reason(request, found, move, done, *, name):
    text = _text(request, name)
    if not text:
        wrong = {name: _("Say why: the reader of this needs a reason.")}
        return _overview(request, found, wrong=wrong, status=422)
    move(found, by=request.user, note=text)
    messages.success(request, done)
    return redirect(found)


def _withdraw(request, found):
    return _with_reason(request, found, workflow.withdraw, _("Withdrawn."), name="withdrawal")


def _invite(request, found):
    """The answer is the same whether or not there is such an account."""
    email = User.objects.normalize_email(request.POST.get("email", ""))
    if "@" not in email:
        wrong = {"email": _("Type an e-mail address, such as name@example.org.")}
        return _overview(request, found, wrong=wrong, typed={"email": email}, status=422)
    if not permissions.may_manage_team(request.user, found):
        raise PermissionDenied(_("Only the lead and the focal point invite."))
    person = User.objects.filter(email=email, is_active=True).first()
    if person and permissions.writes_for(person, found.country_id) and person.pk != found.lead_id:
        workflow.invite(found, by=request.user, user=person)
    messages.success(request, _("If this is an officer of the same country, they are now a co-author."))
    return redirect(found)


def _of_team(request, found):
    return get_object_or_404(found.coauthors, pk=_number(request, "person"))


def _remove(request, found):
    workflow.remove(found, by=request.user, user=_of_team(request, found))
    return redirect(found)


def _hand_over(request, found):
    workflow.hand_over(found, by=request.user, user=_of_team(request, found))
    return redirect(found)


def _answer(request, found):
    asked = get_object_or_404(found.change_requests.sent(), pk=_number(request, "request"))
    text = _text(request, "answer")
    if not text:
        wrong = {f"answer-{asked.pk}": _("Say what you changed, or why not.")}
        return _overview(request, found, wrong=wrong, status=422)
    workflow.answer(asked, by=request.user, text=text)
    messages.success(request, _("Your answer is kept. It is sent with the case study."))
    return redirect(found)


def _comment(request, found):
    text = _text(request, "text")
    if not text:
        return _overview(request, found, wrong={"text": _("Write something first.")}, status=422)
    workflow.comment(found, by=request.user, thread=Thread.SHARED, text=text)
    return redirect(found)


def _make_preview(request, found):
    _link, token = previews.make_link(found, by=request.user)
    return _overview(request, found, token=token)


def _revoke_preview(request, found):
    previews.revoke_links(found, by=request.user)
    messages.success(request, _("The links no longer open the case study."))
    return redirect(found)


ACTIONS = {
    "submit": _submit,
    "endorse": _endorse,
    "send-back": _send_back,
    "withdraw": _withdraw,
    "invite": _invite,
    "remove": _remove,
    "hand-over": _hand_over,
    "answer": _answer,
    "comment": _comment,
    "preview-make": _make_preview,
    "preview-revoke": _revoke_preview,
}


@login_required
@require_POST
def act(request, pk, action):
    """Do ``action``, a key of ACTIONS, with a case study that the reader may see."""
    found = _visible(request, pk)
    if action not in ACTIONS:
        raise Http404
    return ACTIONS[action](request, found)
