"""What all moves share: locking, asking whether it may be, writing the line of history."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import WebhookKind
from accounts.webhooks.announcing import Happening, announce
from exchanges import changes
from exchanges.enums import EventKind, NeedStatus, Visibility
from exchanges.models import Exchange, ExchangeEvent, Need, NeedEvent, Offer, OfferEvent
from exchanges.numbering import give_code
from exchanges.refusals import Stale
from practices.refusals import TransitionError

# Offers and needs write it alike.
_OPEN = NeedStatus.OPEN
EVENTS = {Offer: (OfferEvent, "offer"), Need: (NeedEvent, "need"), Exchange: (ExchangeEvent, "exchange")}


def locked(row):
    """The row as it stands now, locked until the transaction ends; rows that name it can be written meanwhile."""
    return type(row).objects.select_for_update(of=("self",), no_key=True).get(pk=row.pk)


def allow(is_allowed):
    if not is_allowed:
        raise PermissionDenied(_("You may read this, but not do this with it."))


def expect(row, states):
    if row.status not in states:
        text = _("This is not possible any more: it now stands at “%(status)s”.") % {"status": row.get_status_display()}
        raise TransitionError(text, status=row.status)


def stated(text):
    """``text`` without blanks around it; a move that has to give a reason gives one."""
    if not text.strip():
        raise TransitionError(_("Say why: the reader of this needs a reason."))
    return text.strip()


def move(row, to, kind, *, by, arrows, note=""):
    """Set the status along one of ``arrows`` and write the event. Returns the event."""
    if to not in arrows[row.status]:
        raise TransitionError(_("This move does not exist."), status=row.status)
    event = note_event(row, kind, by=by, to=to, note=note)
    row.status, row.updated_at = to, timezone.now()
    row.save()
    if is_public(row):
        changes.note(row)
        _announce(row, event)
    return event


def _announce(row, event):
    """Tell webhooks of a move of ``row``, where everybody may read it."""
    name = row._meta.model_name
    kind = _kind(name, event)
    if kind is None or row.visibility != Visibility.PUBLIC:
        return
    pages = "exchanges" if name == "exchange" else f"exchanges/{name}s"
    happening = Happening(
        kind,
        about=f"{name}:{row.pk}",
        facts={"code": row.code, "status": row.status},
        path=f"/{pages}/{row.code}/",
        api_path=f"/api/v1/{name}s/{row.code}/",
    )
    announce([happening])


def _kind(name, event):
    """What webhooks call the move that ``event`` tells; None for one that the public does not notice."""
    if name == "exchange":
        is_new = event.kind == EventKind.AGREED
        return WebhookKind.EXCHANGE_PUBLISHED if is_new else WebhookKind.EXCHANGE_CHANGED
    if event.to_status == _OPEN:
        return WebhookKind(f"{name}.opened")
    return WebhookKind(f"{name}.closed") if event.from_status == _OPEN else None


def note_event(row, kind, *, by, to=None, note=""):
    model, name = EVENTS[type(row)]
    return model.objects.create(
        **{name: row}, kind=kind, actor=by, from_status=row.status, to_status=to or row.status, note=note
    )


def is_public(row):
    """Whether the public may open ``row``, so that what it sees changes with the row."""
    since = row.published_at if isinstance(row, Exchange) else row.opened_at
    return since is not None


def begin(model, by, form_key, make):
    """The row that ``form_key`` began before, else the one that ``make()`` makes now: a form sent twice makes one row.

    ``make`` returns an unsaved row and a function that writes what hangs on it.
    """
    known = model.objects.filter(form_key=form_key).first()
    if known is None:
        try:
            with transaction.atomic():
                row, write_rest = make()
                give_code(row, timezone.localdate().year)
                checked(row)
                row.save()
                write_rest(row)
                return row
        except IntegrityError:
            known = model.objects.filter(form_key=form_key).first()
            if known is None:
                raise
    allow(owner_of(known) == by.pk)
    return known


def owner_of(row):
    return row.proposed_by_id if isinstance(row, Exchange) else row.lead_id


def checked(row):
    """Ask the constraints of the database before the database is asked. Raises ValidationError with its messages."""
    row.clean_fields(exclude=[field.name for field in row._meta.fields if field.is_relation])
    row.validate_constraints()


def write(row, values):
    """Set ``values`` {field: clean value} on ``row`` and save; lists of objects go to many-to-many relations.

    Raises ValidationError, before anything is written, when they break a rule.
    """
    many = {field.name for field in row._meta.many_to_many}
    for name, value in values.items():
        if name not in many:
            setattr(row, name, value)
    checked(row)
    row.save()
    relate(row, values)


def relate(row, values):
    for field in row._meta.many_to_many:
        if field.name in values and field.remote_field.through._meta.auto_created:
            getattr(row, field.name).set(values[field.name])


def fresh(row, revision, column="revision"):
    """Refuse a save that was begun on another revision than the one that is stored."""
    if getattr(row, column) != revision:
        raise Stale(row)


def refuse(field, message):
    raise ValidationError({field: message})
