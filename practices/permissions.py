"""Who may do what with a submission: pure questions about a person and a thing, asked by whoever needs to know.

Whether the state allows it is asked of ``workflow.moves``; who may read a row is ``visible_to`` in ``querysets.py``.
"""

from accounts.enums import Role
from accounts.models import Membership
from practices.enums import Thread


def _is_present(user):
    return user.is_authenticated and user.is_active


def writes_for(user, country_id):
    """Whether ``user`` is an officer or the focal point of the country."""
    return _is_present(user) and country_id in user.country_codes


def is_focal_point_of(user, country_id):
    return _is_present(user) and any(held[:2] == (Role.FOCAL_POINT, country_id) for held in user.held)


def is_on_team(user, submission):
    """Whether ``user`` is the lead or a co-author."""
    return submission.lead_id == user.pk or any(person.pk == user.pk for person in submission.coauthors.all())


def people_of_country(submission):
    """The ids of everybody who is too close to judge, of whom ``has_conflict`` is true; two queries."""
    office = Membership.objects.in_countries().filter(country=submission.country_id).values_list("user", flat=True)
    return {submission.lead_id, *office, *submission.coauthors.values_list("pk", flat=True)}


def has_conflict(user, submission):
    """Whether ``user`` is too close to judge: of the same country, or one of its authors."""
    return writes_for(user, submission.country_id) or is_on_team(user, submission)


def _is_neutral_curator(user, submission):
    return _is_present(user) and user.is_curator and not has_conflict(user, submission)


def may_read_contact(user, practice):
    """Curators, administrators and the people of its country learn whom to ask about ``practice``."""
    return _is_present(user) and (user.is_curator or user.is_administrator or writes_for(user, practice.country_id))


def may_read_contact_by_key(user, practice):
    """Partners learn it too, with a key that was made for it."""
    return may_read_contact(user, practice) or (_is_present(user) and user.is_partner)


# The country's side


def may_start(user, country_id):
    """Officers write for their own country; a partner's draft names a country, whose focal point endorses it."""
    return writes_for(user, country_id) or (_is_present(user) and user.is_partner)


def may_import(user):
    """Officers bring case studies of their own countries from a sheet."""
    return _is_present(user) and user.is_officer


def may_edit(user, submission):
    """The authors and the country's focal point, for as long as they hold the role by which they came."""
    if not _is_present(user):
        return False
    if is_focal_point_of(user, submission.country_id):
        return True
    return is_on_team(user, submission) and (writes_for(user, submission.country_id) or user.is_partner)


may_submit = may_withdraw = may_answer = may_share_preview = may_edit


def may_keep_consent(user, submission):
    """The people of the country, also when it is published, and whoever writes the text.

    They keep the consent to show a picture, and look at one that is hidden without it.
    """
    return writes_for(user, submission.country_id) or may_edit(user, submission)


def may_manage_team(user, submission):
    """The lead and the focal point invite, remove and hand over."""
    return may_edit(user, submission) and (
        submission.lead_id == user.pk or is_focal_point_of(user, submission.country_id)
    )


def may_endorse(user, submission):
    return is_focal_point_of(user, submission.country_id)


def may_propose_change(user, practice):
    return writes_for(user, practice.country_id)


def may_propose_adoption(user, country_id):
    return writes_for(user, country_id)


# The curators' side


def may_claim(user, submission):
    """A curator who neither belongs to the country nor wrote it; a role, not a rank: administrators may not."""
    return _is_neutral_curator(user, submission)


may_review = may_decide = may_claim


def may_release(user, submission):
    return _is_neutral_curator(user, submission) and submission.holder_id == user.pk


may_reassign = may_claim


def may_keep_letter(user, submission):
    """Who has it and whoever has filed a review share one draft of the letter, which says what they found."""
    has_it = submission.holder_id == user.pk
    return _is_neutral_curator(user, submission) and (has_it or sees_internal(user, submission))


def sees_holder(user, submission):
    """Whether ``user`` is told which curator has it: other curators who may judge it, to share the work, and those who
    manage the portal."""
    return _is_neutral_curator(user, submission) or (
        user.is_administrator and not writes_for(user, submission.country_id)
    )


def sees_internal(user, submission):
    """Whether ``user`` reads the curators' thread and others' scores: curators once their own review is filed.

    Administrators do, and that they do is written to the log by the page.
    """
    if not _is_present(user):
        return False
    if user.is_administrator and not writes_for(user, submission.country_id):
        return True
    return _is_neutral_curator(user, submission) and any(
        review.reviewer_id == user.pk and review.filed_at for review in submission.reviews.all()
    )


def may_comment(user, submission, thread):
    """The shared thread: authors, focal point and neutral curators; the curators' thread: neutral curators."""
    if _is_neutral_curator(user, submission):
        return True
    return thread == Thread.SHARED and may_edit(user, submission)


def may_retract(user, practice):
    """A curator who does not belong to the country."""
    return _is_present(user) and user.is_curator and not writes_for(user, practice.country_id)


def may_confirm_adoption(user, proposal):
    return _is_present(user) and user.is_curator and not writes_for(user, proposal.country_id)
