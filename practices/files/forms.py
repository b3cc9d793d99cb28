"""What is asked about a file: of a picture also the text in its place and the consent of whom it shows."""

import datetime

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from practices.enums import CONTENT_LICENCE, ConsentKind
from practices.forms import DayField, LineField, PassageField

CAPTION_LIMIT, CREDIT_LIMIT, LICENCE_LIMIT = 300, 150, 40
LONGEST_CONSENT_YEARS = 20


def _needed(**messages):
    return {"required": True, "error_messages": messages}


class ConsentForm(forms.Form):
    """Who agreed that a picture is shown, and until when. Cleans to what ``consent.keep`` takes."""

    consent_kind = forms.ChoiceField(
        label=_("Consent"),
        choices=[("", _("Choose")), *ConsentKind.choices],
        help_text=_("Ask everybody who can be recognised, and the parents or guardians of children."),
        error_messages={
            "required": _("Say who agreed that this picture is shown. Without consent it cannot be published."),
            "invalid_choice": _("“%(value)s” is not one of the choices. Choose from the list."),
        },
    )
    consent_until = DayField(
        label=_("Consent ends on"),
        help_text=_("From the day after, the picture is hidden. Leave it empty if nobody can be recognised."),
    )

    def clean(self):
        values = super().clean()
        until = values.get("consent_until")
        if values.get("consent_kind") in ("", None) or "consent_until" in self.errors:
            return values
        today = timezone.now().date()
        if values["consent_kind"] == ConsentKind.NOBODY:
            values["consent_until"] = None
        elif until is None:
            self.add_error("consent_until", gettext("Say until when they agreed, for example two years from now."))
        elif until < today:
            self.add_error("consent_until", gettext("This day has passed. Ask them again, or remove the picture."))
        elif until > today + datetime.timedelta(days=366 * LONGEST_CONSENT_YEARS):
            text = gettext("Write a day within the next %(count)d years; then ask them again.")
            self.add_error("consent_until", text % {"count": LONGEST_CONSENT_YEARS})
        return values


class DocumentForm(forms.Form):
    """What is said about a document. Cleans to values in the shape of ``drafts.said``."""

    caption = LineField(
        label=_("Caption"),
        max_length=CAPTION_LIMIT,
        help_text=_("What is it, and what does it show?"),
        **_needed(required=_("Give it a caption, so that readers know what it is.")),
    )
    credit = LineField(label=_("Credit"), max_length=CREDIT_LIMIT, help_text=_("Who made it."))
    licence = LineField(
        label=_("Licence"),
        max_length=LICENCE_LIMIT,
        initial=CONTENT_LICENCE,
        help_text=_("Others may use it as this licence says, for example CC BY 4.0 or All rights reserved."),
        **_needed(required=_("Say under which licence others may use it, for example CC BY 4.0.")),
    )


class PictureForm(DocumentForm, ConsentForm):
    """What is said about a picture."""

    alt = PassageField(
        label=_("Text in its place"),
        rows=2,
        max_length=CAPTION_LIMIT,
        help_text=_("For people who do not see it: what is there to be seen, in a sentence or two."),
        **_needed(required=_("Say what is to be seen, for people who do not see the picture.")),
    )
    credit = LineField(
        label=_("Credit"),
        max_length=CREDIT_LIMIT,
        help_text=_("Who took it, for example: UNICEF Bangladesh, or the name of the photographer."),
        **_needed(required=_("Say who took the picture.")),
    )
    field_order = ["caption", "alt", "credit", "licence", "consent_kind", "consent_until"]
