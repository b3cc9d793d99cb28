"""The API door for curators: the queue, one submission, reviews and decisions; each call is a move of the workflow."""

from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from accounts import audit
from accounts.api.permissions import Needs
from accounts.api.private import PrivateViewSet, tagged
from accounts.enums import AuditAction, Scope
from countries.api.bodies import NothingBody, sent
from countries.api.parameters import LANG, PAGE, Parameter, read
from countries.api.reading import envelope, no_such_page
from countries.api.writing import check_unchanged
from countries.enums import AREAS
from practices import queue as waiting
from practices import reviewing, workflow
from practices.api import bodies
from practices.api.review_documentation import describe_reviews
from practices.api.review_rows import comment_row, queue_row, request_row, review_row, submission_detail
from practices.enums import Check, Criterion, Gate, Language
from practices.field_names import fields_by_step
from practices.markdown import clean
from practices.models import ChangeRequest, Practice, Submission
from practices.names import names
from practices.serial import public_serial


class Words(Parameter):
    """Any words: without control characters, and no more of them than are looked for."""

    def _one(self, text):
        return clean(text)[:100].replace("\n", " ").strip()


TABS = ("mine", "unassigned", "in-review", "third-reader", "with-country", "decided")
COUNTRY = Parameter("country", "Country that wrote it, ISO 3166-1 alpha-3.", example="KEN")
FILTERS = [
    Parameter("tab", "Part of the queue; `unassigned` by default.", TABS, example="mine"),
    Words("q", "Words of the title or of the country's name.", example="nutrition"),
    Parameter("area", "Challenge area.", AREAS, example="wash"),
    Parameter("language", "Language in which it is written.", tuple(Language.values), example="fr"),
    Parameter(
        "check",
        "What the portal found when it was handed in; `found`: anything, `none`: nothing.",
        ("found", "none", *Check.values),
        example="found",
    ),
    Parameter("overdue", "`1`: only what waits for longer than was promised.", ("0", "1"), example="1"),
    Parameter("scope", "`all`: also beyond the areas and regions that you curate.", ("own", "all"), example="all"),
]
LIST_PARAMETERS = [*FILTERS, COUNTRY, PAGE, LANG]


class ReviewViewSet(PrivateViewSet):
    """Submissions as curators read and judge them."""

    permission_classes = [Needs(Scope.REVIEW)]
    lookup_value_regex = "[0-9]{1,9}"

    def list(self, request):
        countries = replace(COUNTRY, values=tuple(names(public_serial()).countries))
        chosen = read(request.query_params, [*FILTERS, countries, PAGE, LANG])
        user = request.user
        if not user.is_curator:
            raise PermissionDenied(_("The queue is for curators."))
        asked = waiting.Asked(
            words=chosen["q"] or "",
            area=chosen["area"] or "",
            language=chosen["language"] or "",
            country=chosen["country"] or "",
            check=chosen["check"] or "",
            is_overdue=chosen["overdue"] == "1",
            everywhere=chosen["scope"] == "all",
        )
        tab, page = chosen["tab"] or "unassigned", chosen["page"] or 1
        found = waiting.page_of(user, asked, tab=tab, page=page, query=request.query_params)
        if page > found.pages_count:
            raise no_such_page(page, found.pages_count)
        address = self._addresses()
        rows = [queue_row(row, address(row)) for row in found.rows]
        return Response(
            envelope(
                request,
                rows,
                count=found.counts[tab],
                page=page,
                last=found.pages_count,
                tabs=found.counts,
                overdue_count=found.overdue_count,
            )
        )

    def _addresses(self):
        """A function of a submission: the absolute address of its page."""
        start = self.request.build_absolute_uri(reverse("review:detail", args=[0])).removesuffix("0/")
        return lambda submission: f"{start}{submission.pk}/"

    def retrieve(self, request, pk):
        read(request.query_params, [LANG])
        found = get_object_or_404(reviewing.readable_to(request.user), pk=pk)
        if request.user.is_administrator:
            audit.record(AuditAction.DRAFT_READ, actor=request.user, subject=found)
        return self._answer(found)

    def _answer(self, submission):
        reading = reviewing.reading(submission, self.request.user)
        changes = reviewing.changes_since_last_review(submission)
        return Response(submission_detail(submission, reading, changes, self._addresses()(submission)))

    def _taken(self, pk, body):
        """(the submission that the caller may read as a curator, what they sent)."""
        read(self.request.query_params, [LANG])
        user = self.request.user
        if not Submission.objects.visible_to(user).filter(pk=pk).exists():
            raise NotFound
        found = reviewing.readable_to(user).filter(pk=pk).first()
        if found is None:  # the country reads its own case studies elsewhere, and judges none of them
            raise PermissionDenied(_("You may read this, but not do this with it."))
        return found, sent(body, self.request)

    def _moved(self, pk):
        """The answer to a move: where the submission stands now."""
        return self._answer(reviewing.readable_to(self.request.user).get(pk=pk))

    # Who has it

    @action(detail=True, methods=["post"])
    def claim(self, request, pk):
        found, values = self._taken(pk, bodies.DeclarationBody)
        workflow.claim(found, by=request.user, **values)
        return self._moved(pk)

    @action(detail=True, methods=["post"])
    def join(self, request, pk):
        found, values = self._taken(pk, bodies.DeclarationBody)
        workflow.join(found, by=request.user, **values)
        return self._moved(pk)

    @action(detail=True, methods=["post"])
    def release(self, request, pk):
        found, _values = self._taken(pk, NothingBody)
        workflow.release(found, by=request.user)
        return self._moved(pk)

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def reassign(self, request, pk):
        found, values = self._taken(pk, bodies.ReassignBody)
        workflow.taken(found, "reassign", request.user)
        to = next((user for user, _reasons in reviewing.suggestions(found) if user.pk == values["to"]), None)
        if to is None:
            raise ValidationError({"to": [_("Choose one of the curators in the list.")]})
        workflow.reassign(found, by=request.user, to=to)
        return self._moved(pk)

    # One's own review

    @action(detail=True, url_path="review", url_name="own")
    def own(self, request, pk):
        read(request.query_params, [LANG])
        found = get_object_or_404(reviewing.readable_to(request.user), pk=pk)
        review = found.reviews.filter(reviewer=request.user).first()
        if review is None:
            raise NotFound(_("You have not begun a review of it."))
        return tagged(review, review_row(review))

    @own.mapping.put
    @transaction.atomic
    def save_own(self, request, pk):
        found, values = self._taken(pk, bodies.ReviewBody)
        review = workflow.taken(found, "review", request.user).reviews.filter(reviewer=request.user).first()
        if review is None:
            raise NotFound(_("You have not begun a review of it."))
        rubric = values | {"comments": dict.fromkeys(Criterion.values, "") | values["comments"]}
        check_unchanged(request, review, lambda: differences(rubric, review))
        review = workflow.save_review(found, by=request.user, revision=review.revision, rubric=rubric)
        return tagged(review, review_row(review))

    @action(detail=True, methods=["post"])
    @transaction.atomic
    def file(self, request, pk):
        found, _values = self._taken(pk, NothingBody)
        review = workflow.taken(found, "review", request.user).reviews.filter(reviewer=request.user).first()
        if review is None:
            raise NotFound(_("You have not begun a review of it."))
        workflow.file_review(review, by=request.user)
        return self._moved(pk)

    # What the country is asked and told

    @action(detail=True, methods=["post"])
    def requests(self, request, pk):
        found, values = self._taken(pk, bodies.RequestBody)
        if values["field"] not in {key for _step, fields in fields_by_step() for key, _name in fields}:
            raise ValidationError(
                {"field": [_("Say what should change, and choose the part of the form that it is about.")]}
            )
        return Response(request_row(workflow.add_request(found, by=request.user, **values)), status=201)

    @action(detail=True, methods=["post"], url_path="requests/(?P<asked>[0-9]{1,9})/close", url_name="close-request")
    def close_request(self, request, pk, asked):
        found, _values = self._taken(pk, NothingBody)
        asked = get_object_or_404(ChangeRequest.objects.select_related("submission"), submission=found, pk=asked)
        closed = workflow.close(asked, by=request.user)
        return Response(status=204) if closed is None else Response(request_row(closed))

    @action(detail=True, methods=["post"])
    def comments(self, request, pk):
        found, values = self._taken(pk, bodies.CommentBody)
        comment = workflow.comment(found, by=request.user, **values)
        return Response(comment_row(comment, reviewing.reading(found, request.user)), status=201)

    @action(detail=True, methods=["post"])
    def letter(self, request, pk):
        found, values = self._taken(pk, bodies.DraftLetterBody)
        workflow.keep_letter(found, by=request.user, **values)
        return self._moved(pk)

    # Decisions

    @action(detail=True, methods=["post"], url_path="request-changes", url_name="request-changes")
    def request_changes(self, request, pk):
        return self._decided(pk, workflow.request_changes, bodies.LetterBody)

    @action(detail=True, methods=["post"])
    def publish(self, request, pk):
        return self._decided(pk, workflow.publish, bodies.PublishBody)

    @action(detail=True, methods=["post"])
    def decline(self, request, pk):
        return self._decided(pk, workflow.decline, bodies.LetterBody)

    def _decided(self, pk, move, body):
        found, values = self._taken(pk, body)
        move(found, by=self.request.user, **values)
        return self._moved(pk)

    @action(detail=False, methods=["post"])
    def retractions(self, request):
        read(request.query_params, [LANG])
        values = sent(bodies.RetractionBody, request)
        if not request.user.is_curator:
            raise PermissionDenied(_("The queue is for curators."))
        practice = get_object_or_404(Practice.objects.filter(merged_into=None), slug=values["practice"])
        practice = workflow.retract(practice, by=request.user, reason=values["reason"])
        row = {
            "practice": practice.slug,
            "reference": practice.reference,
            "reason": practice.retraction_reason,
            "retracted_at": practice.retracted_at,
        }
        return Response(row, status=201)


def differences(rubric, review):
    """Where ``rubric`` differs from what is stored as ``review``: [{field, yours, stored}]; "" for no answer."""
    found = []
    for name, yours in rubric.items():
        stored = getattr(review, name)
        pairs = [(name, yours, stored)]
        if isinstance(yours, dict):
            keys = Gate.values if name == "gates" else Criterion.values
            pairs = [(f"{name}.{key}", yours.get(key, ""), stored.get(key, "")) for key in keys]
        found += [{"field": field, "yours": mine, "stored": theirs} for field, mine, theirs in pairs if mine != theirs]
    return found


describe_reviews(ReviewViewSet, LIST_PARAMETERS)
