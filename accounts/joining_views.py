"""How people join: applications, invitations, and the pages of those who decide."""

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import links, permissions, workflow
from accounts.enums import ApplicationStatus, Role
from accounts.forms import ApplicationForm, DecisionForm, InvitationForm, JoinForm
from accounts.identity import shown_lately
from accounts.models import Application, Invitation
from countries.models import Country
from countries.names import by_name

ROLES_TO_APPLY_FOR = (Role.OFFICER, Role.FOCAL_POINT, Role.PARTNER)


# Applying


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request):
    """Ask for an account. What is answered does not depend on whether there is one."""
    form = ApplicationForm(request.POST or None, countries=by_name(Country.objects.all()), roles=ROLES_TO_APPLY_FOR)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if values.pop("website"):
            return redirect("applied")
        if ratelimit.consume(request, action="apply", key=values["email"].lower()):
            workflow.apply(**values, language=get_language())
            return redirect("applied")
        form.add_error(None, _("Too many tries. Try again tomorrow."))
    return render(request, "account/apply.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_application(request, token):
    """Confirm the address of an application: by a button, for programs follow links in mails."""
    application = links.application_of(token)
    if application is not None and request.method == "POST":
        workflow.confirm(application)
        application.refresh_from_db()
    is_confirmed = application is not None and application.status != ApplicationStatus.UNCONFIRMED
    context = {"application": application, "is_confirmed": is_confirmed}
    return render(request, "account/confirm_application.html", context, status=200 if application else 410)


@never_cache
@require_safe
@login_required
def applications(request):
    """Who waits for a decision of the reader."""
    return _applications(request)


def _applications(request, *, typed=None, status=200):
    """``typed``: (application, its DecisionForm) where that was wrong."""
    if not permissions.may_see_invitations(request.user):
        raise PermissionDenied
    waiting = Application.objects.waiting().visible_to(request.user).exclude(user=request.user)
    context = {"applications": waiting.select_related("user", "country"), "typed": typed}
    return render(request, "account/applications.html", context, status=status)


@require_POST
@login_required
@shown_lately
def decide(request, pk):
    """Accept an application or decline it with a reason."""
    rows = Application.objects.visible_to(request.user).exclude(status=ApplicationStatus.UNCONFIRMED)
    application = get_object_or_404(rows, pk=pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _applications(request, typed=(application, form), status=422)
    is_accepted = form.cleaned_data["decision"] == "accept"
    if workflow.decide(application, by=request.user, is_accepted=is_accepted, reason=form.cleaned_data["reason"]):
        messages.success(request, _("They are told by e-mail."))
    else:
        messages.error(request, _("Somebody has decided on it in the meantime."))
    return redirect("applications")


# Inviting


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@shown_lately
def invitations(request):
    """Invite somebody; the invitations that are open."""
    user = request.user
    roles = permissions.roles_to_invite(user)
    if not roles:
        raise PermissionDenied
    form = InvitationForm(
        request.POST or None, roles=roles, countries=_countries_for(user), initial={"language": get_language()}
    )
    if request.method == "POST" and form.is_valid():
        workflow.invite(by=user, **form.cleaned_data)
        messages.success(request, _("The invitation is on its way."))
        return redirect("invitations")
    rows = Invitation.objects.open().visible_to(user).select_related("user", "country", "organisation")
    context = {"form": form, "invitations": rows, "time_zone": user.time_zone}
    return render(request, "account/invitations.html", context, status=422 if form.errors else 200)


def _countries_for(user):
    rows = Country.objects.all()
    if not (user.is_administrator or user.is_curator):
        rows = rows.filter(pk__in=permissions.focal_countries(user))
    return by_name(rows)


@require_POST
@login_required
@shown_lately
def revoke(request, pk):
    """Let the link of an invitation open nothing any more."""
    invitation = get_object_or_404(Invitation.objects.visible_to(request.user), pk=pk)
    if workflow.revoke(invitation, by=request.user):
        messages.success(request, _("The invitation is revoked."))
    return redirect("invitations")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, token):
    """Accept an invitation: with a name and a password, or, who has an account, signed in to it."""
    found = links.invitation_of(token)
    if found is None:
        return render(request, "account/invitation.html", {"invitation": None}, status=410)
    is_new = not found.user.has_usable_password() and found.user.last_login is None
    is_theirs = request.user.is_authenticated and request.user.pk == found.user_id
    form = JoinForm(request.POST or None, person=found.user) if is_new else None
    if request.method == "POST" and (form.is_valid() if is_new else is_theirs):
        values = form.cleaned_data if is_new else {}
        if workflow.accept(found, **values):
            messages.success(request, _("Welcome. You can begin."))
            return redirect("account_login" if is_new else "home")
    context = {"invitation": found, "form": form, "is_theirs": is_theirs}
    return render(request, "account/invitation.html", context, status=422 if form and form.errors else 200)
