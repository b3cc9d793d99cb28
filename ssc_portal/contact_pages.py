"""Writing to the people who speak for a country: with an account or without, their addresses shown to nobody."""

import datetime
import uuid

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.kinds import Kind
from accounts.models import OutboxMessage
from accounts.outbox import tell
from exchanges.workflow.telling import voices
from practices.forms import LineField, PassageField
from practices.names import names as reference_names
from practices.serial import public_serial
from ssc_portal.caching import uncached
from ssc_portal.country_pages import no_such_country

# How many messages a person with an account may write in a day; how many visitors may is in the settings.
MESSAGES_A_DAY = 10
MESSAGE_LIMIT = 4000


class ContactForm(forms.Form):
    """A message to the people who speak for a country. ``form_key`` makes a double click harmless."""

    use_required_attribute = False
    text = PassageField(
        label=gettext_lazy("Your message"),
        help_text=gettext_lazy("They read your name and your e-mail address with it, and answer you by e-mail."),
        max_length=MESSAGE_LIMIT,
        required=True,
        rows=8,
        error_messages={"required": gettext_lazy("Write something first.")},
    )
    form_key = forms.UUIDField(widget=forms.HiddenInput)


class VisitorForm(ContactForm):
    """The same from somebody without an account. ``website`` is hidden from people: what fills it in is a program."""

    name = LineField(
        label=gettext_lazy("Your name"),
        max_length=120,
        required=True,
        error_messages={"required": gettext_lazy("Give your name, so that they know who writes.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        error_messages={
            "required": gettext_lazy("Give your e-mail address, so that they can answer."),
            "invalid": gettext_lazy("This is not an e-mail address. An example of one: amina@example.org."),
        },
    )
    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))
    field_order = ("name", "email", "text")


@uncached
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request, iso3):
    """Write to the focal points of a country, or to its officers where it has none."""
    names = reference_names(public_serial())
    if iso3 not in names.countries:
        raise no_such_country(iso3)
    here, people, is_visitor = names.countries[iso3], voices(iso3), not request.user.is_authenticated
    kind = VisitorForm if is_visitor else ContactForm
    form = kind(request.POST or None, initial={"form_key": uuid.uuid4()})
    if request.method == "POST" and people and form.is_valid():
        sent = _of_visitor(request, here, people, form) if is_visitor else _of_person(request, here, people, form)
        if sent:
            return sent
    context = {
        "country": here,
        "form": form,
        "fields": [form[name] for name in ("name", "email", "text") if name in form.fields],
        "is_reachable": bool(people),
        "is_sent": is_visitor and "sent" in request.GET,
    }
    return render(request, "countries/contact.html", context, status=422 if form.errors else 200)


def _of_person(request, country, people, form):
    """Send what somebody with an account wrote; None when that is too much, which the form then says."""
    user, values = request.user, form.cleaned_data
    if _written_today(user) >= MESSAGES_A_DAY:
        form.add_error(None, _("You have written to countries ten times today. Write again tomorrow."))
        return None
    _tell(country, people, key=f"{user.pk}:{values['form_key']}", name=user.name, email=user.email, text=values["text"])
    messages.success(request, _("Your message is on its way."))
    return redirect(country)


def _of_visitor(request, country, people, form):
    """The same for a visitor, whose address nobody has checked; no cookie tells that it is done, the address does."""
    values = form.cleaned_data
    if not values["website"]:
        if not ratelimit.consume(request, action="contact", key=country.pk):
            form.add_error(None, _("Too much has been written from here today. Write again tomorrow."))
            return None
        said = {name: values[name] for name in ("name", "email", "text")}
        _tell(country, people, key=f"visitor:{values['form_key']}", is_visitor=True, **said)
    return HttpResponseRedirect(f"{request.path}?sent=1")


def _tell(country, people, *, key, name, email, text, is_visitor=False):
    tell(
        people,
        Kind.COUNTRY_CONTACTED,
        key=f"contacted:{key}",
        path=f"/countries/{country.pk}/",
        context={
            "title": "",
            "code": "",
            "country": country.pk,
            "status": "",
            "actor": f"{name} <{email}>",
            "letter": text,
            "deadline": "",
            "reply_to": email,
            "is_visitor": is_visitor,
        },
    )


def _written_today(user):
    rows = OutboxMessage.objects.filter(kind=Kind.COUNTRY_CONTACTED, key__startswith=f"contacted:{user.pk}:")
    recent = rows.filter(created_at__gte=timezone.now() - datetime.timedelta(days=1))
    return len({key.split(":")[2] for key in recent.values_list("key", flat=True)})
