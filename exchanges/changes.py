"""When what is public about each exchange, offer and need changed last, as ``practices.changes`` keeps it of practices.

What was never public has no position, so that nobody learns of it by its tombstone.
"""

from django.db.models import Q

from exchanges.models import Exchange, ExchangeChange, Need, NeedChange, Offer, OfferChange
from practices import changes
from practices.serial import raise_public_serial

POSITIONS = {Exchange: ExchangeChange, Offer: OfferChange, Need: NeedChange}


def public(model):
    """The rows of ``model`` that anybody may open by their code, also when they are over."""
    return model.objects.live() if model is Exchange else model.objects.published()


def note(row):
    """Raise the public serial and note, in the transaction that changes it, that ``row`` changed. Call it late.

    An exchange names its need and a need its exchanges, so both change.
    """
    raise_public_serial()
    note_all(type(row).objects.filter(pk=row.pk))
    if isinstance(row, Exchange):
        note_all(Need.objects.filter(pk=row.need_id))
    elif isinstance(row, Need):
        note_all(Exchange.objects.filter(need=row))


def note_all(rows):
    """Note that ``rows`` (a queryset) changed, as far as they are public or were so."""
    known = rows.filter(Q(pk__in=public(rows.model).values("pk")) | Q(public_change__isnull=False))
    if ids := list(known.order_by("pk").values_list("pk", flat=True).distinct()):
        changes.note(ids, POSITIONS[rows.model])


def note_naming_practices(practice_ids):
    """Note the rows that name these practices, which changed or can be read no more."""
    ids = list(practice_ids)
    note_all(Exchange.objects.filter(Q(practices__in=ids) | Q(adoptions__practice__in=ids)))
    note_all(Offer.objects.filter(practices__in=ids))
    note_all(Need.objects.filter(practice__in=ids))


def note_showing_file(file):
    """Note the exchange that has ``file`` among its documents, which can be opened now."""
    note_all(Exchange.objects.filter(document_rows__file=file))


def note_naming_organisation(organisation):
    """Note the rows that show the name of ``organisation``."""
    gave = Q(contributions__organisation=organisation)
    note_all(Exchange.objects.filter(Q(parties__organisation=organisation) | gave))
    note_all(Offer.objects.filter(organisation=organisation))
