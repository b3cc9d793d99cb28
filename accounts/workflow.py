"""How somebody joins: invitations and applications. The only file of this floor that assigns ``.status``.

Who is invited or applies has a row of User at once, without password or role: it can do nothing but be written to.
"""

from datetime import timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import audit, permissions
from accounts.enums import ApplicationStatus, AuditAction, InvitationStatus, Role
from accounts.kinds import Kind
from accounts.models import Application, Invitation, Membership, Organisation, User
from accounts.outbox import tell

VALID = timedelta(days=14)
CONFIRM_WITHIN = timedelta(days=2)


@transaction.atomic
def invite(*, by, email, role, country=None, organisation=None, language="en", name=""):
    """Invite whoever reads ``email`` to ``role``; they accept by a link. Returns the Invitation.

    The same is done and said whether or not they have an account. An open invitation to the same takes 14 more days.
    Raises PermissionDenied when ``by`` may not.
    """
    if not permissions.may_invite(by, role, country.pk if country else None):
        raise PermissionDenied(_("You may not invite to this role."))
    person = _person(email, name=name, language=language)
    facts = {"user": person, "role": role, "country": country, "organisation": organisation}
    invitation = Invitation.objects.select_for_update().filter(**facts, status=InvitationStatus.OPEN).first()
    if invitation is None:
        invitation = Invitation(**facts, invited_by=by)
    invitation.expires_at = timezone.now() + VALID
    invitation.save()
    event = audit.record(AuditAction.INVITED, actor=by, subject=person, changes={"role": ["", invitation.what]})
    key = f"accounts.invited:{event.pk}"
    tell([person], Kind.INVITED, key=key, path="/", context={"invitation": invitation.pk, "what": invitation.what})
    return invitation


@transaction.atomic
def revoke(invitation, *, by):
    """Let the link of ``invitation`` open nothing any more. False when it was accepted or revoked before."""
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if not permissions.may_invite(by, invitation.role, invitation.country_id):
        raise PermissionDenied(_("You may not revoke this invitation."))
    if invitation.status != InvitationStatus.OPEN:
        return False
    _end(invitation, InvitationStatus.REVOKED)
    changes = {"role": [invitation.what, ""]}
    audit.record(AuditAction.INVITATION_REVOKED, actor=by, subject=invitation.user, changes=changes)
    return True


@transaction.atomic
def accept(invitation, *, name="", password=None):
    """Give the invited person the role, and where they had none a name and a password. Returns the person.

    None when it is not open any more: a link works once.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if not invitation.is_open:
        return None
    person = User.objects.select_for_update().get(pk=invitation.user_id)
    if password is not None and not person.has_usable_password():
        person.name = name
        person.set_password(password)
        person.save()
    facts = {"role": invitation.role, "country": invitation.country, "organisation": invitation.organisation}
    _membership, is_new = Membership.objects.get_or_create(user=person, **facts)
    _end(invitation, InvitationStatus.ACCEPTED)
    if is_new:
        changes = {"role": ["", invitation.what]}
        audit.record(AuditAction.ROLE_GIVEN, actor=invitation.invited_by, subject=person, changes=changes)
    return person


def _end(invitation, status):
    invitation.status = status
    invitation.ended_at = timezone.now()
    invitation.save()


@transaction.atomic
def apply(*, name, email, role, country, organisation_name, why, language):
    """Keep an application and ask for the confirmation of its address. Whether it is known is said to nobody."""
    person = _person(email, language=language)
    facts = {"role": role, "country": country, "organisation_name": organisation_name, "why": why}
    application = Application.objects.create(user=person, name=name, **facts)
    key = f"accounts.application_asked:{application.pk}"
    tell([person], Kind.APPLICATION_ASKED, key=key, path="/", context={"application": application.pk})
    return application


@transaction.atomic
def confirm(application):
    """Note that the address of ``application`` is the applicant's, and ask whoever decides. False when it was so."""
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if application.status != ApplicationStatus.UNCONFIRMED:
        return False
    application.status = ApplicationStatus.WAITING
    application.confirmed_at = timezone.now()
    application.save()
    context = {"applicant": application.name, "what": application.what}
    key, path = f"accounts.application_waiting:{application.pk}", "/accounts/applications/"
    tell(_deciders(application), Kind.APPLICATION_WAITING, key=key, path=path, context=context)
    return True


@transaction.atomic
def decide(application, *, by, is_accepted, reason=""):
    """Accept ``application``, which invites the applicant, or decline it with ``reason``. False when it was decided.

    Raises PermissionDenied when ``by`` may not decide it.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not permissions.may_decide(by, application):
        raise PermissionDenied(_("You may not decide on this application."))
    if application.status != ApplicationStatus.WAITING:
        return False
    application.status = ApplicationStatus.ACCEPTED if is_accepted else ApplicationStatus.DECLINED
    application.decided_at, application.decided_by, application.reason = timezone.now(), by, reason
    application.save()
    changes = {"application": ["waiting", str(application.status)]}
    audit.record(AuditAction.APPLICATION_DECIDED, actor=by, subject=application.user, changes=changes)
    if is_accepted:
        person = application.user
        organisation = _organisation(application.organisation_name) if application.role == Role.PARTNER else None
        facts = {"role": application.role, "country": application.country, "organisation": organisation}
        invite(by=by, email=person.email, language=person.language, name=application.name, **facts)
    else:
        key = f"accounts.application_declined:{application.pk}"
        context = {"reason": reason, "what": application.what}
        tell([application.user], Kind.APPLICATION_DECLINED, key=key, path="/contact/", context=context)
    return True


def _person(email, *, language, name=""):
    """Whoever has the address ``email``: a person with an account, or a row that cannot do anything yet."""
    email = User.objects.normalize_email(email)
    person = User.objects.filter(email=email).first()
    return person or User.objects.create_user(email, None, name=name, language=language)


def _organisation(name):
    """The organisation called ``name`` of no country in particular, made where there is none."""
    known = Organisation.objects.filter(name__iexact=name, country=None).first()
    if known:
        return known
    slug = base = slugify(name)[:70] or "organisation"
    number = 1
    while Organisation.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{base}-{number}"
    return Organisation.objects.create(name=name, slug=slug)


def _deciders(application):
    """Focal points of the country for its officers, where it has one; curators for all others."""
    people = User.objects.filter(is_active=True).exclude(pk=application.user_id)
    if application.role == Role.OFFICER:
        focal = people.filter(memberships__role=Role.FOCAL_POINT, memberships__country=application.country)
        if focal.exists():
            return focal.distinct()
    return people.filter(memberships__role=Role.CURATOR).distinct()


@transaction.atomic
def forget_unfinished():
    """Delete applications that nobody confirmed in two days, and rows of people that came to nothing. Once a day."""
    before = timezone.now() - CONFIRM_WITHIN
    Application.objects.filter(status=ApplicationStatus.UNCONFIRMED, created_at__lt=before).delete()
    unfinished = User.objects.filter(
        password__startswith=UNUSABLE_PASSWORD_PREFIX, last_login=None, memberships=None, is_staff=False
    )
    invited, applied = Invitation.objects.open().values("user"), Application.objects.undecided().values("user")
    unfinished.filter(created_at__lt=before).exclude(pk__in=invited).exclude(pk__in=applied).delete()
