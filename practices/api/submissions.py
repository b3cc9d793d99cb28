"""The API door for authors: their case studies from the first line to the answer, with files; curators have another."""

import uuid
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.api.permissions import Needs
from accounts.api.private import PrivateViewSet, tagged
from accounts.enums import Scope
from countries.api.bodies import NothingBody, sent, unknown_members
from countries.api.parameters import LANG, PAGE, PAGE_SIZE, SHOWN_OF_VALUE, Parameter, read
from countries.api.reading import envelope, window
from countries.api.writing import check_unchanged
from countries.models import Country
from practices import drafting, permissions, workflow, workspace
from practices.api import submission_bodies as own_bodies
from practices.api import texts
from practices.api.submission_documentation import describe_submissions
from practices.api.submission_rows import file_row, submission_detail, submission_row
from practices.enums import TITLE_LIMIT, SubmissionStatus, Thread
from practices.files import drafts, intake
from practices.files.forms import DocumentForm, PictureForm
from practices.models import Practice, Submission

PAGE_ROWS = 20
STATUS = Parameter(
    "status", "Where it stands; several mean *or*.", tuple(SubmissionStatus.values), many=True, example="draft"
)
COUNTRY = Parameter("country", "Country that leads it, by its ISO3 code; several mean *or*.", many=True, example="KEN")


class SubmissionViewSet(PrivateViewSet):
    """What its reader writes, and what the countries write for which they work."""

    permission_classes = [Needs(Scope.DRAFT)]
    lookup_value_regex = "[0-9]{1,9}"
    list_parameters = [STATUS, COUNTRY, PAGE, PAGE_SIZE, LANG]

    # Reading

    def list(self, request):
        codes = tuple(Country.objects.values_list("pk", flat=True))
        chosen = read(request.query_params, [STATUS, replace(COUNTRY, values=codes), PAGE, PAGE_SIZE, LANG])
        user = request.user
        rows = workspace.submissions_of(user).filter(pk__in=Submission.objects.visible_to(user).values("pk"))
        if chosen["status"]:
            rows = rows.filter(status__in=chosen["status"])
        if chosen["country"]:
            rows = rows.filter(country__in=chosen["country"])
        count = rows.count()
        page, last, shown = window(chosen, count, default_size=PAGE_ROWS, is_whole=False)
        found = [submission_row(row, request) for row in rows.select_related("adapts")[shown]]
        return Response(envelope(request, found, count=count, page=page, last=last))

    def retrieve(self, request, pk):
        read(request.query_params, [LANG])
        return self._answer(self._found(pk))

    def _found(self, pk):
        """The case study, if its reader is of its country or its authors; for curators there is another door."""
        user = self.request.user
        rows = Submission.objects.visible_to(user).select_related("version", "country", "lead", "practice", "adapts")
        found = get_object_or_404(rows, pk=pk)
        if not permissions.writes_for(user, found.country_id) and not permissions.is_on_team(user, found):
            raise PermissionDenied(_("This address is for the country and its authors. Curators have “reviews”."))
        return found

    def _answer(self, submission, **more):
        return tagged(submission, submission_detail(submission, self.request), **more)

    # Writing

    @transaction.atomic
    def create(self, request):
        data = _object(request.data)
        begun = own_bodies.BeginningBody(data={name: data[name] for name in own_bodies.BEGINNING if name in data})
        begun.is_valid(raise_exception=True)
        made = self._begun(begun.validated_data)
        text = {
            name: value for name, value in data.items() if name in texts.MEMBERS or name not in own_bodies.BEGINNING
        }
        drafting.fill(made, texts.read(text, made), by=request.user)
        address = reverse("api:submission-detail", args=[made.pk])
        return self._answer(self._found(made.pk), status=201, headers={"Location": request.build_absolute_uri(address)})

    def _begun(self, asked):
        user = self.request.user
        if not (user.is_officer or user.is_partner):
            raise PermissionDenied(_("Only the officers of a country write its case studies."))
        update = _practice(asked, "practice")
        source = _practice(asked, "adapts")
        if update and source:
            raise ValidationError({"adapts": [_("A case study updates a practice or adapts another, not both.")]})
        title = asked.get("title") or (source.live.title if source else "")
        if not update and not title:
            raise ValidationError({"title": [_("Give it a title; it can be changed later.")]})
        return workflow.start(
            user,
            update.country if update else _country(user, asked.get("country")),
            title=title[:TITLE_LIMIT],  # of a longer one the form says so
            language=asked.get("language", get_language()),
            form_key=uuid.uuid4(),
            base_practice=update,
            earlier=_earlier(update, asked),
            adapts=source,
        )

    def update(self, request, pk):
        return self._save(pk, is_whole=True)

    def partial_update(self, request, pk):
        return self._save(pk, is_whole=False)

    def _save(self, pk, *, is_whole):
        found, data, user = self._found(pk), _object(self.request.data), self.request.user
        with transaction.atomic():
            locked = drafts.taken(found, user)
            check_unchanged(self.request, locked, lambda: texts.differences(locked, data))
            revision = locked.revision
            for step, values in texts.read(data, locked, is_whole=is_whole).items():
                revision = drafting.save_step(locked, step, values, by=user, revision=revision).revision
        return self._answer(self._found(pk))

    # Moves

    @action(detail=True, methods=["post"])
    def submit(self, request, pk):
        found = self._found(pk)
        sent(NothingBody, request)
        workflow.submit(found, by=request.user)
        return self._answer(self._found(pk))

    @action(detail=True, methods=["post"])
    def endorse(self, request, pk):
        return self._judged(pk, "endorse", workflow.endorse, NothingBody)

    @action(detail=True, methods=["post"], url_path="send-back", url_name="send-back")
    def send_back(self, request, pk):
        return self._judged(pk, "send_back", workflow.send_back, own_bodies.SendingBackBody)

    @transaction.atomic
    def _judged(self, pk, name, move, body):
        """The answer to a ``move`` of the focal point, who names the text that was read."""
        found, values = self._found(pk), sent(body, self.request)
        check_unchanged(self.request, workflow.taken(found, name, self.request.user), list)
        move(found, by=self.request.user, **values)
        return self._answer(self._found(pk))

    @action(detail=True, methods=["post"])
    def withdraw(self, request, pk):
        found = self._found(pk)
        workflow.withdraw(found, by=request.user, note=sent(own_bodies.WithdrawalBody, request)["note"])
        return self._answer(self._found(pk))

    @action(detail=True, methods=["post"], url_path="change-requests/(?P<number>[0-9]{1,9})/answer")
    def answer(self, request, pk, number):
        asked = get_object_or_404(self._found(pk).change_requests.sent(), pk=number)
        workflow.answer(asked, by=request.user, text=sent(own_bodies.AnswerBody, request)["text"])
        return self._answer(self._found(pk))

    @action(detail=True, methods=["post"])
    def comments(self, request, pk):
        found = self._found(pk)
        text = sent(own_bodies.RemarkBody, request)["text"]
        workflow.comment(found, by=request.user, thread=Thread.SHARED, text=text)
        return self._answer(self._found(pk), status=201)


class SubmissionFileViewSet(PrivateViewSet):
    """The pictures and documents of a draft."""

    permission_classes = [Needs(Scope.DRAFT)]
    lookup_value_regex = "[0-9]{1,9}"
    _found = SubmissionViewSet._found

    def get_parsers(self):
        is_upload = self.request is not None and self.action_map.get(self.request.method.lower()) == "create"
        return [MultiPartParser()] if is_upload else super().get_parsers()

    def list(self, request, submission):
        read(request.query_params, [LANG])
        rows = [file_row(row, request) for row in drafts.rows(self._found(submission))]
        return Response({"count": len(rows), "results": rows})

    def retrieve(self, request, submission, pk):
        read(request.query_params, [LANG])
        return self._answer(self._row(self._found(submission), pk))

    def create(self, request, submission):
        found = self._found(submission)
        errors = unknown_members(request.data, ["file"])
        uploads = request.FILES.getlist("file")
        if len(uploads) != 1:
            errors["file"] = [_("Send one file, as the part “file”.")]
        if errors:
            raise ValidationError(errors)
        row = intake.receive(found, uploads[0], by=request.user)
        address = reverse("api:submission-file-detail", args=[found.pk, row.pk])
        return self._answer(row, status=201, headers={"Location": request.build_absolute_uri(address)})

    def partial_update(self, request, submission, pk):
        found, data = self._found(submission), _object(request.data)
        with transaction.atomic():
            drafts.taken(found, request.user)
            row = self._row(found, pk)
            stored = texts.shown_of_file(row)
            check_unchanged(request, _seen(row), lambda: texts.differing(stored, data))
            values = texts.read_about_file(data, row, PictureForm if row.file.is_image else DocumentForm)
            drafts.describe(found, row, values, by=request.user, seen=drafts.digest(drafts.said(row)))
        return self._answer(self._row(found, pk))

    def destroy(self, request, submission, pk):
        found = self._found(submission)
        with transaction.atomic():
            drafts.taken(found, request.user)
            row = self._row(found, pk)
            check_unchanged(request, _seen(row), list)
            drafts.remove(found, row, by=request.user)
        return Response(status=204)

    def _row(self, found, pk):
        return get_object_or_404(drafts.rows(found), pk=pk)

    def _answer(self, row, **more):
        return tagged(_seen(row), file_row(row, self.request), **more)


def _seen(row):
    """``row`` with the digest of what is said about it in the place of a revision."""
    row.revision = drafts.digest(drafts.said(row))[:16]
    return row


def _object(data):
    if not isinstance(data, dict):
        raise ValidationError(_("Send an object."))
    return data


def _practice(asked, name):
    """The live practice whose slug ``asked`` has under ``name``; None where it is not asked for."""
    if name not in asked:
        return None
    rows = Practice.objects.live().filter(merged_into=None).select_related("live", "country")
    found = rows.filter(slug=asked[name]).first()
    if found is None:
        text = _("There is no practice with the slug “%(slug)s”.")
        raise ValidationError({name: [text % {"slug": asked[name][:SHOWN_OF_VALUE]}]})
    return found


def _earlier(practice, asked):
    """The published version of ``practice`` to begin from, or None where it is the live one."""
    if "version" not in asked:
        return None
    found = practice and practice.versions.filter(frozen_at__isnull=False, number=asked["version"]).first()
    if found is None:
        raise ValidationError({"version": [_("“practice” has no published version with this number.")]})
    return found


def _country(user, code):
    """The country with ``code`` for which ``user`` begins a case study; without one, the only one of theirs."""
    own = user.country_codes
    if code is None and len(own) == 1:
        code = next(iter(own))
    found = Country.objects.filter(pk=code).first() if code else None
    if found is None or not (found.pk in own or found.is_global_south):
        raise ValidationError({"country": [_("Name the country that leads it by its code of three letters.")]})
    return found


describe_submissions(SubmissionViewSet, SubmissionFileViewSet)
