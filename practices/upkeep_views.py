"""What people with a role do with a practice that is published: say that a country adopted it, or take it back."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from countries.models import Country
from practices import permissions, workflow
from practices.enums import ProposalStatus
from practices.forms import FIRST_YEAR, LineField, PassageField
from practices.markdown import clean
from practices.models import AdoptionProposal, Practice, Submission
from practices.refusals import TransitionError

DECIDED_SHOWN = 20
DECISIONS = ("confirm", "refuse")


def _practice(slug):
    rows = Practice.objects.live().filter(merged_into=None).select_related("live", "country")
    return get_object_or_404(rows, slug=slug)


class AdoptionForm(forms.Form):
    """What an officer says of a practice that their country took over."""

    country = forms.ModelChoiceField(
        label=gettext_lazy("Country that took it over"), queryset=Country.objects.none(), empty_label=None
    )
    year = forms.IntegerField(
        label=gettext_lazy("Since which year"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    kept = PassageField(label=gettext_lazy("What was kept"), rows=3)
    changed = PassageField(label=gettext_lazy("What was changed"), rows=3)
    result = PassageField(
        label=gettext_lazy("What came of it"),
        rows=3,
        help_text=gettext_lazy("A result at another place raises how sure readers can be of the practice."),
    )
    source = LineField(
        label=gettext_lazy("Source"),
        required=True,
        help_text=gettext_lazy("A report or an address where a curator can check it."),
        error_messages={"required": gettext_lazy("Name a source: a curator checks it before anybody reads this.")},
    )

    def __init__(self, *args, countries, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["country"].queryset = countries
        self.fields["country"].initial = countries.first()

    def clean_year(self):
        year, last = self.cleaned_data["year"], timezone.now().year
        if year is not None and not FIRST_YEAR <= year <= last:
            text = _("Give a year between %(first)d and %(last)d, or leave it empty.")
            raise forms.ValidationError(text % {"first": FIRST_YEAR, "last": last})
        return year


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def propose_adoption(request):
    """Say that one's country took ``?practice=`` over; a curator confirms it before it is shown."""
    practice = _practice(request.GET.get("practice", ""))
    countries = request.user.countries().exclude(pk=practice.country_id)
    if not countries.exists():
        raise PermissionDenied(_("The officers of another country say that it took a practice over."))
    form = AdoptionForm(request.POST or None, countries=countries)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        facts = dict(form.cleaned_data)
        try:
            workflow.propose_adoption(practice, facts.pop("country"), by=request.user, **facts)
        except TransitionError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("Thank you. A curator checks the source, then it shows on the practice."))
            return redirect("workspace:home")
    context = {"form": form, "practice": practice}
    return render(request, "practices/workspace/adoption.html", context, status=status)


@login_required
@require_safe
def adoptions(request):
    """Adoptions that officers proposed: those that wait for a curator, and the last that were decided on."""
    return _adoptions(request)


def _adoptions(request, *, wrong=None, status=200):
    user = request.user
    if not user.is_curator:
        raise PermissionDenied(_("The queue is for curators."))
    rows = AdoptionProposal.objects.select_related("practice__live", "practice__country", "country", "proposed_by")
    waiting = list(rows.filter(status=ProposalStatus.PROPOSED))
    for proposal in waiting:
        proposal.is_mine_to_decide = permissions.may_confirm_adoption(user, proposal)
    decided = rows.exclude(status=ProposalStatus.PROPOSED).order_by("-decided_at")[:DECIDED_SHOWN]
    context = {"waiting": waiting, "decided": decided, "wrong": wrong or {}}
    return render(request, "practices/review/adoptions.html", context, status=status)


@login_required
@require_POST
def decide_adoption(request, pk, action):
    """Confirm or refuse a proposed adoption; ``action``: confirm | refuse."""
    if not request.user.is_curator or action not in DECISIONS:
        raise Http404
    proposal = get_object_or_404(AdoptionProposal, pk=pk)
    reason = clean(request.POST.get("reason", "")).strip()
    if action == "refuse" and not reason:
        wrong = {f"reason-{proposal.pk}": _("Say why: the officer who proposed it reads the reason.")}
        return _adoptions(request, wrong=wrong, status=422)
    workflow.decide_adoption(proposal, by=request.user, confirm=action == "confirm", reason=reason)
    done = (
        _("Confirmed. It shows on the practice now.") if action == "confirm" else _("Refused. The officer reads why.")
    )
    messages.success(request, done)
    return redirect("review:adoptions")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def retract(request, slug):
    """Take a published practice back, after a look at what that ends; the reason is public for good."""
    if not request.user.is_curator:
        raise Http404
    practice = _practice(slug)
    if not permissions.may_retract(request.user, practice):
        raise PermissionDenied(_("You belong to the country of this practice: another curator decides."))
    reason, problem = clean(request.POST.get("reason", "")).strip(), ""
    if request.method == "POST":
        if not reason:
            problem = _("Say why: everybody who follows a link to it reads the reason.")
        elif request.POST.get("is_sure") != "1":
            problem = _("Confirm that it should be taken back: this cannot be undone.")
        else:
            workflow.retract(practice, by=request.user, reason=reason)
            messages.success(request, _("Retracted. Its addresses now say when and why."))
            return redirect("review:queue")
    context = {
        "practice": practice,
        "reason": reason,
        "problem": problem,
        "updates": Submission.objects.filter(practice=practice).still_open().count(),
        "adoptions": practice.adoptions.count(),
    }
    return render(request, "practices/review/retract.html", context, status=422 if problem else 200)
