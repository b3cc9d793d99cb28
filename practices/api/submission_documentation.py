"""The authors' part of the API in the OpenAPI document: shapes and descriptions. The API reference is in English."""

import functools

from django import forms
from django.utils.text import format_lazy
from drf_spectacular.utils import extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from countries.api.documentation import describe_call, list_of, parameter, path_parameter
from countries.api.parameters import LANG
from practices.api import submission_bodies as own_bodies
from practices.api.submission_rows import MOVES
from practices.api.texts import FIELDS, MEMBERS
from practices.drafting import ROWS
from practices.enums import EventKind, FileKind, Language, RequestStatus, SubmissionStatus
from practices.files.forms import PictureForm
from practices.forms import ROW_KINDS, ROWS_LIMIT, FigureField, LinesField, TargetsField
from practices.steps import SLUGS

TAG = "submissions"
_MORE = {
    "challenge_areas": "Slugs from `/areas/`, the primary one first.",
    "topics": "Slugs from `/topics/`.",
    "sdg_targets": "Codes from `/sdg-targets/`.",
    "further_countries": "ISO 3166-1 alpha-3.",
    "partner_countries": "ISO 3166-1 alpha-3.",
    "change_note": "Of updates only; null in others.",
}


def _text(about="", **kwargs):
    return serializers.CharField(help_text=about, **kwargs)


def _moment(about=""):
    return serializers.DateTimeField(allow_null=True, help_text=about)


def _member(name, field, **kwargs):
    """A member as OpenAPI knows it, of the ``field`` of a form."""
    about = format_lazy("{label}. {more}", label=field.label, more=_MORE.get(name, field.help_text))
    kwargs["help_text"] = about
    if isinstance(field, forms.BooleanField):
        return serializers.BooleanField(**kwargs)
    if isinstance(field, (LinesField, TargetsField, forms.MultipleChoiceField)):
        return serializers.ListField(child=serializers.CharField(), **kwargs)
    if isinstance(field, (FigureField, forms.DecimalField)):
        return serializers.FloatField(allow_null=True, **kwargs)
    if isinstance(field, forms.IntegerField):
        return serializers.IntegerField(allow_null=True, **kwargs)
    if isinstance(field, forms.DateField):
        return serializers.DateField(allow_null=True, **kwargs)
    if isinstance(field, forms.ChoiceField):
        return serializers.ChoiceField([value for value, _label in field.choices], **kwargs)
    return serializers.CharField(allow_blank=True, allow_null=name == "change_note", **kwargs)


@functools.cache
def _row(kind, *, of_answer):
    """The serializer of a row of one ``kind``; in an answer each has all its columns."""
    form = ROW_KINDS[kind].form
    columns = ROWS.get(kind, tuple(form.base_fields))
    members = {name: _member(name, form.base_fields[name], required=of_answer or name == form.key) for name in columns}
    name = f"{'Kept' if of_answer else 'Written'}{kind.title().replace('_', '')}Serializer"
    return type(name, (serializers.Serializer,), members)


def _rows(kind, *, of_answer):
    about = format_lazy("{title}. At most {limit}.", title=ROW_KINDS[kind].title, limit=ROWS_LIMIT)
    return _row(kind, of_answer=of_answer)(many=True, help_text=about, required=of_answer)


def _members(*, of_answer):
    made = {}
    for name in MEMBERS:
        if name in ROW_KINDS:
            made[name] = _rows(name, of_answer=of_answer)
        else:
            made[name] = _member(name, FIELDS[name], required=of_answer)
    return made


_WRITTEN = _members(of_answer=False)
SubmissionTextSerializer = type("SubmissionTextSerializer", (serializers.Serializer,), _WRITTEN)
NewSubmissionSerializer = type(
    "NewSubmissionSerializer",
    (own_bodies.BeginningBody,),
    {name: member for name, member in _members(of_answer=False).items() if name not in own_bodies.BEGINNING},
)


class SubmissionRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(SubmissionStatus.values)
    title = _text()
    summary = _text()
    language = serializers.ChoiceField(Language.values, help_text="Language in which it is written.")
    country = _text("The country that leads it, ISO 3166-1 alpha-3.")
    challenge_areas = serializers.ListField(child=serializers.CharField(), help_text=_MORE["challenge_areas"])
    practice = _text("Slug of the practice that it updates or has become, else null.", allow_null=True)
    adapts = _text("Slug of the practice that it adapts, else null.", allow_null=True)
    lead = _text("Who leads the writing.")
    complete_percent = serializers.IntegerField(help_text="How much of what is needed is there.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    submitted_at = _moment("When it was last handed in.")
    answer_due_at = _moment("By when curators promised an answer; null while it does not wait for them.")
    url = serializers.URLField(help_text="The page for people, in the language asked for.")


class TodoSerializer(serializers.Serializer):
    field = _text()
    step = serializers.ChoiceField(SLUGS, help_text="Step of the form on which it stands.")
    message = _text("What to do.")


class AlikeSerializer(serializers.Serializer):
    title = _text()
    url = serializers.URLField()


class RequestedSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    field = _text("Field or step of the form that it is about.")
    text = _text()
    must_fix = serializers.BooleanField(help_text="Whether it has to be answered before it can be sent again.")
    status = serializers.ChoiceField(RequestStatus.values)
    answer = _text()
    sent_at, answered_at, closed_at = _moment(), _moment(), _moment()


class RemarkSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    by = _text("Name, or that it is a curator.")
    text = _text()


class StudyEventSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(EventKind.values)
    from_status = serializers.ChoiceField(["", *SubmissionStatus.values])
    status = serializers.ChoiceField(SubmissionStatus.values, help_text="Where it stood afterwards.")
    by = _text("Name, or the curators.")
    note = _text("What was written with it, such as the letter of a decision.")


class DraftFileSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = _text()
    kind = serializers.ChoiceField(FileKind.values)
    size = serializers.IntegerField(help_text="Bytes that are kept.")
    checksum = _text("SHA-256 of the bytes that are kept; a picture is written anew.")
    caption, alt, credit, licence = _text(), _text("In the place of a picture."), _text(), _text()
    consent_kind = serializers.ChoiceField(
        [value for value, _label in PictureForm.base_fields["consent_kind"].choices],
        help_text="Who agreed that a picture is shown.",
    )
    consent_until = serializers.DateField(allow_null=True)
    is_described = serializers.BooleanField(help_text="Whether all that readers need is said.")
    is_prepared = serializers.BooleanField(help_text="Whether it was looked through and can be read.")
    is_refused = serializers.BooleanField(help_text="Whether malware was found in it.")
    url = serializers.URLField(
        allow_null=True, help_text="The bytes, for whoever may read the draft; null until ready."
    )


@extend_schema_serializer(many=False)
class DraftFilesSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    results = DraftFileSerializer(many=True)


_SHOWN = {
    **_members(of_answer=True),
    "licence": _text("Licence of the text."),
    "moves": serializers.ListField(
        child=serializers.ChoiceField(list(MOVES.values())),
        help_text="What you could do now: each is an address below this one.",
    ),
    "missing": TodoSerializer(many=True, help_text="What is needed before it can be sent."),
    "wished": TodoSerializer(many=True, help_text="What would make it more useful."),
    "similar": AlikeSerializer(many=True, help_text="What reads alike in the same country."),
    "change_requests": RequestedSerializer(many=True, help_text="What curators asked to change."),
    "comments": RemarkSerializer(many=True, help_text="Between the country and the curators."),
    "events": StudyEventSerializer(many=True, help_text="What happened, the newest first."),
    "files": DraftFileSerializer(many=True),
}
SubmissionSerializer = type("SubmissionSerializer", (SubmissionRowSerializer,), _SHOWN)
FileDescriptionSerializer = type(
    "FileDescriptionSerializer",
    (serializers.Serializer,),
    {name: _member(name, field, required=False) for name, field in PictureForm.base_fields.items()},
)

_ID = path_parameter("id", "Number of the case study.", "12", "^[0-9]{1,9}$")
_OF = path_parameter("submission", "Number of the case study.", "12", "^[0-9]{1,9}$")
_FILE = path_parameter("id", "Number of the file in the case study.", "31", "^[0-9]{1,9}$")
_READING, _WRITING = (400, 401, 403, 404), (400, 401, 403, 404, 409, 415, 422)
_SAVING = (*_WRITING, 412, 428)
_BODY = {
    "country": "KEN",
    "title": "Kangaroo mother care in county hospitals",
    "language": "en",
    "challenge_areas": ["newborn-health"],
    "start_year": 2019,
    "results": [
        {"name": "Neonatal deaths", "unit": "per 1,000", "latest": 20, "latest_year": 2023, "source": "Survey"}
    ],
}
_UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}},
        "required": ["file"],
    }
}


def describe_submissions(studies, files):
    """Describe the two viewsets."""
    parameters = [parameter(one) for one in studies.list_parameters]
    whole = {"tag": TAG, "answer": SubmissionSerializer, "has_etag": True}
    one_file = {"tag": TAG, "answer": DraftFileSerializer, "has_etag": True}
    extend_schema_view(
        list=describe_call(
            summary="List your case studies",
            description="What you write, and what is written for the countries that you work for, the latest first.",
            tag=TAG,
            operation="submissions_list",
            parameters=parameters,
            answer=list_of(SubmissionRowSerializer),
            errors=(400, 401, 403, 404),
        ),
        retrieve=describe_call(
            summary="Read a case study on its way",
            description="The whole text, what is missing, what curators asked, and what happened.",
            operation="submissions_read",
            parameters=[_ID, parameter(LANG)],
            errors=_READING,
            **whole,
        ),
        create=describe_call(
            summary="Begin a case study",
            description="From nothing, as an update of a `practice` of your country, or as one that `adapts` another. "
            "Any part of the text may come along. What partners write is endorsed by the focal point of its country.",
            operation="submissions_create",
            parameters=[],
            body=NewSubmissionSerializer,
            example=_BODY,
            errors=(400, 401, 403, 409, 415, 422),
            status=201,
            **whole,
        ),
        partial_update=describe_call(
            summary="Change parts of the text",
            description="Members that are left out stay. Lists and rows are replaced as a whole.",
            operation="submissions_change",
            parameters=[_ID],
            body=SubmissionTextSerializer,
            example={"challenge": "Too many newborns died of cold.", "end_year": None},
            errors=_SAVING,
            **whole,
        ),
        update=describe_call(
            summary="Replace the text",
            description="Members that are left out become empty; `title` is needed.",
            operation="submissions_replace",
            parameters=[_ID],
            body=SubmissionTextSerializer,
            example={name: _BODY[name] for name in ("title", "challenge_areas")},
            errors=_SAVING,
            **whole,
        ),
        submit=describe_call(
            summary="Send it",
            description="To the curators, or first to the focal point. 422 with `errors` while something is missing.",
            operation="submissions_submit",
            parameters=[_ID],
            errors=_WRITING,
            **whole,
        ),
        endorse=describe_call(
            summary="Endorse it",
            description="Let it go to the curators for the country, as its focal point.",
            operation="submissions_endorse",
            parameters=[_ID],
            errors=_SAVING,
            **whole,
        ),
        send_back=describe_call(
            summary="Send it back to its authors",
            description="As the focal point of the country, which does not endorse it as it is.",
            operation="submissions_send_back",
            parameters=[_ID],
            body=own_bodies.SendingBackBody,
            example={"note": "Name the districts, and take the figures of the last survey."},
            errors=_SAVING,
            **whole,
        ),
        withdraw=describe_call(
            summary="Withdraw it",
            description="For good; its text stays readable for the country.",
            operation="submissions_withdraw",
            parameters=[_ID],
            body=own_bodies.WithdrawalBody,
            example={"note": "The ministry will write it anew."},
            errors=_WRITING,
            **whole,
        ),
        answer=describe_call(
            summary="Answer a change request",
            description="The answer is sent with the case study.",
            operation="submissions_answer",
            parameters=[_ID, path_parameter("number", "Number of the request.", "7", "^[0-9]{1,9}$")],
            body=own_bodies.AnswerBody,
            example={"text": "The source is named now."},
            errors=_WRITING,
            **whole,
        ),
        comments=describe_call(
            summary="Write to the curators",
            description="In the conversation that authors, focal point and curators share.",
            operation="submissions_comment",
            parameters=[_ID],
            body=own_bodies.RemarkBody,
            example={"text": "Which survey do you mean?"},
            errors=_WRITING,
            status=201,
            **whole,
        ),
    )(studies)
    extend_schema_view(
        list=describe_call(
            summary="List the files of a case study",
            description="In their order.",
            tag=TAG,
            operation="submission_files_list",
            parameters=[_OF, parameter(LANG)],
            answer=DraftFilesSerializer,
            errors=_READING,
        ),
        retrieve=describe_call(
            summary="Read about a file",
            description="What it is, what is said about it, and where its bytes are.",
            operation="submission_files_read",
            parameters=[_OF, _FILE, parameter(LANG)],
            errors=_READING,
            **one_file,
        ),
        create=describe_call(
            summary="Attach a file",
            description="A picture (JPEG, PNG, WebP) or document (PDF, DOCX, XLSX) of at most 25 MB, as part `file`.",
            operation="submission_files_attach",
            parameters=[_OF],
            body=_UPLOAD,
            errors=(*_WRITING, 413, 429, 507),
            status=201,
            **one_file,
        ),
        partial_update=describe_call(
            summary="Describe a file",
            description="A picture needs caption, alt, credit, licence and consent; a document caption and licence.",
            operation="submission_files_describe",
            parameters=[_OF, _FILE],
            body=FileDescriptionSerializer,
            example={"caption": "A mother and her child", "consent_kind": "written", "consent_until": "2028-03-31"},
            errors=_SAVING,
            **one_file,
        ),
        destroy=describe_call(
            summary="Remove a file",
            description="Its bytes go too, unless a published version shows it.",
            tag=TAG,
            operation="submission_files_remove",
            parameters=[_OF, _FILE],
            answer=None,
            errors=(400, 401, 403, 404, 409, 412, 422, 428),
            status=204,
        ),
    )(files)
