"""What the practices hold of people, and how it is forgotten."""

from django.urls import reverse
from django.utils.translation import gettext as _

from countries.personal import ALL, Table
from practices.enums import ScanResult, SubmissionStatus
from practices.models import Contact, File, ReviewCard, Submission

# Who wrote a case study is given what stands in it; what was published stays.
_AUTHORS = {"submission__lead": ALL, "submission__coauthors": ALL}
_BELOW = {f"version__{link}": ALL for link in _AUTHORS}
_CASE = "change_note complete_percent contact_email contact_name contact_organisation country created_at decided_at"
_CASE += " different_because has_clearance id practice revision status submitted_at updated_at version"

TABLES = {
    "practices.Submission": Table(
        links={
            "lead": _CASE,
            "coauthors": _CASE,
            "updated_by": "id updated_at",
            "endorsed_by": "id country submitted_at",
            "holder": "id country claimed_at letter_draft",
            "decided_by": "id country status decided_at",
            "contact_email": "id country contact_name contact_organisation contact_email",
        },
        identity="contact_name contact_organisation contact_email",
        words="different_because change_note letter_draft",
        impersonal="form_key",
    ),
    "practices.Snapshot": Table(links={"submission__lead": ALL, "submission__coauthors": ALL}, words="content"),
    "practices.SubmissionEvent": Table(links={"actor": ALL}, words="note"),
    "practices.Review": Table(links={"reviewer": ALL}, words="gates scores comments private_note"),
    "practices.ChangeRequest": Table(
        links={
            "author": "id submission field text is_must_fix status created_at sent_at closed_at",
            "answered_by": "id submission field text answer answered_at",
            "closed_by": "id submission field closed_at",
        },
        words="text answer",
        impersonal="field",
    ),
    "practices.Comment": Table(links={"author": ALL}, words="text"),
    "practices.PreviewLink": Table(links={"made_by": ALL}, apart="token_digest", impersonal="token_digest"),
    "practices.AdoptionProposal": Table(
        links={"proposed_by": ALL, "decided_by": "id practice country status decided_at reason"},
        words="kept changed result source reason",
    ),
    "practices.ReviewCard": Table(
        links={"version__submission__reviews__reviewer": "id version label reviewed_on reviewers"},
        identity="reviewers",
        impersonal="label scores",
    ),
    "practices.Contact": Table(links={"email": ALL}, identity="name organisation email"),
    "practices.Version": Table(
        links=_AUTHORS,
        words="title summary scale_note setting places challenge objectives beneficiary_groups beneficiaries_note "
        "approach results_narrative evaluation_note enabling_conditions constraints what_did_not_work cost_note "
        "funding equity sustainability replication_keep replication_change replication_preconditions "
        "replication_support learnt_from shared_with consent_statement",
        impersonal="content_digest cost_currency licence",
    ),
    "practices.VersionArea": Table(links=_BELOW),
    "practices.VersionTopic": Table(links=_BELOW),
    "practices.VersionTarget": Table(links=_BELOW),
    "practices.VersionCountry": Table(links=_BELOW),
    "practices.VersionInstitution": Table(links=_BELOW),
    "practices.PartnerRole": Table(links=_BELOW, words="role"),
    "practices.ResultIndicator": Table(links=_BELOW, words="name unit source method"),
    "practices.Lesson": Table(links=_BELOW, words="text for_whom"),
    "practices.BuildingBlock": Table(links=_BELOW, words="title text"),
    "practices.Reference": Table(links=_BELOW, words="title publisher url"),
    "practices.File": Table(
        links={"uploader": "id key kind name size uploaded_at consent_kind consent_until hidden_at removed_at"},
        words="name",
        impersonal="key stored checksum renditions last_error",
    ),
    "practices.VersionFile": Table(links=_BELOW, words="caption alt credit", impersonal="licence"),
    # What the world reads, and what is made of it for searching: of practices, not of people.
    "practices.Practice": Table(
        impersonal="reference slug external_id import_digest verified_sources unverified_parts retraction_reason"
    ),
    "practices.Translation": Table(impersonal="source_digest title summary sections"),
    "practices.Adoption": Table(impersonal="note kept changed result source"),
    "practices.Brief": Table(impersonal="file"),
    "practices.PracticeIndex": Table(
        impersonal="title_key country countries partner_countries regions areas topics targets languages "
        "adoption_countries document related"
    ),
    "practices.PracticeText": Table(impersonal="title summary sections vector short heading"),
    "practices.FacetBits": Table(impersonal="facet value bits"),
    "practices.SearchWord": Table(impersonal="word"),
    "practices.SearchTerm": Table(impersonal="concept text lexemes code"),
    "practices.ChallengeArea": Table(impersonal="slug texts source source_url"),
    "practices.Topic": Table(impersonal="slug names"),
    "practices.SdgGoal": Table(impersonal="names colour"),
    "practices.SdgTarget": Table(impersonal="code texts"),
}


def reasons_to_stay(person):
    """Why ``person`` cannot leave now, as sentences: reviews that wait for them alone."""
    held = Submission.objects.filter(holder=person, status=SubmissionStatus.IN_REVIEW).select_related("version")
    text = _("You hold the review of “%(title)s” (%(address)s). Decide it, give it back or hand it over first.")
    return [
        text % {"title": row.version.title, "address": reverse("review:detail", args=[row.pk])}
        for row in held.order_by("pk")
    ]


def files_of(person):
    """The files that ``person`` gave, as [(name in a copy of their data, name in storage)]: not what is gone or was
    refused for malware. The number in the name is that of the row.
    """
    rows = File.objects.kept().exclude(scan=ScanResult.FOUND).filter(uploader=person).order_by("pk")
    return [(f"files/{pk}-{name}", stored) for pk, name, stored in rows.values_list("pk", "name", "stored")]


def forget(person, label):
    """Take ``person`` off the cards of reviews on which they agreed to be named, and out of the contacts.

    A contact is known by its e-mail address. Histories keep the number of the account, which has no name any more.
    """
    empty = {"contact_name": "", "contact_organisation": "", "contact_email": ""}
    Submission.objects.filter(contact_email__iexact=person.email).update(**empty)
    Contact.objects.filter(email__iexact=person.email).update(name="", organisation="", email="")
    if label == person.name:  # as they wish
        return
    cards = ReviewCard.objects.filter(version__submission__reviews__reviewer=person)
    for card in cards.filter(reviewers__contains=[person.name]):
        card.reviewers.remove(person.name)
        card.save(update_fields=["reviewers"])
