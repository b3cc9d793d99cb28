"""Fields of forms that the rooms of this floor share; messages say what would be accepted."""

import datetime
import decimal

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from exchanges.currencies import CURRENCIES
from practices.forms import LineField

NOT_A_CHOICE = _("“%(value)s” is not one of the choices. Choose from the list.")


class OneOfField(forms.ChoiceField):
    """A list to choose from; ``blank`` is the text of "nothing chosen"."""

    def __init__(self, choices=(), *, blank=None, required=False, **kwargs):
        choices = [("", blank), *choices] if blank else choices
        super().__init__(choices=choices, required=required, **kwargs)
        self.error_messages["invalid_choice"] = NOT_A_CHOICE


class SomeOfField(forms.MultipleChoiceField):
    """Ticks. Cleans to the chosen keys in the order of the page."""

    def __init__(self, choices=(), *, required=False, **kwargs):
        super().__init__(choices=choices, required=required, widget=forms.CheckboxSelectMultiple, **kwargs)
        self.error_messages["invalid_choice"] = NOT_A_CHOICE


class CurrencyField(LineField):
    """A currency of ISO 4217 by its code, in capitals."""

    def clean(self, value):
        code = super().clean(value).upper()
        if code and code not in CURRENCIES:
            raise forms.ValidationError(
                _("“%(code)s” is not a currency. Write its code of three letters, for example USD or XOF."),
                params={"code": code[:20]},
            )
        return code


def words(field, value):
    """``value`` of a form's ``field`` as a reader would say it: keys by their labels, days as they are written."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if hasattr(field, "choices"):
        value, labels = field.prepare_value(value), {}
        for key, label in field.choices:
            labels.update(label if isinstance(label, list | tuple) else {key: label})
        keys = value if isinstance(value, list | tuple) else [value]
        return ", ".join(str(labels.get(key, labels.get(str(key), key))) for key in keys if key not in (None, ""))
    if isinstance(value, datetime.date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, decimal.Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(field.prepare_value(value))
