"""What a person may ask of the portal: everything that it holds about them, and to be forgotten.

Both follow the register (``personal.py``); nothing here knows a table by name.
"""

import json
import logging
import zipfile

from django.apps import apps
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone

import accounts.personal
import practices.personal
from accounts import audit
from accounts.enums import AuditAction
from accounts.models import Membership, User
from practices.serial import raise_public_serial
from ssc_portal import personal

logger = logging.getLogger(__name__)


def held_of(person):
    """{table: {link: [row]}} of all rows that lead to ``person``, with the columns that they are shown.

    A fixed number of queries: one per link of the register.
    """
    found = {}
    for label, table in personal.registered().items():
        model = apps.get_model(label)
        columns = [field.name for field in model._meta.concrete_fields]
        for link in table.links:
            rows = _linked(model, link, person).order_by("pk").values(*table.shown(link, columns))
            if rows := list(rows):
                found.setdefault(label, {})[link] = rows
    return found


def _linked(model, link, person):
    """The rows of ``model`` that lead to ``person`` by ``link``: the key, a relation, or a column of addresses."""
    if link == "pk":
        return model.objects.filter(pk=person.pk)
    if isinstance(model._meta.get_field(link.partition("__")[0]), models.EmailField):
        return model.objects.filter(**{f"{link}__iexact": person.email})
    return model.objects.filter(**{link: person})


def export(person):
    """All that the portal holds about ``person``: the bytes of a zip file, piece by piece as they are asked for.

    It holds data.json, a README in the active language, and under files/ the files that the person gave.
    """
    data = {"made_at": timezone.now(), "person": person.pk, "tables": held_of(person)}
    texts = {
        "data.json": json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1),
        "README.txt": render_to_string("portal/data_readme.txt", {"person": person}),
    }
    files = practices.personal.files_of(person)
    audit.record(AuditAction.EXPORTED, actor=person, subject=person)
    return _zipped(texts, files, made_at=data["made_at"])


def _zipped(texts, files, *, made_at):
    """Pieces of a zip file of ``texts`` {name: text} and ``files`` [(name, name in storage)].

    Neither the whole nor a whole file is ever held in memory or written to the disk, so that nobody fills either.
    """
    waiting = _Waiting()
    with zipfile.ZipFile(waiting, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
            yield waiting.taken()
        for name, stored in files:
            try:
                content = default_storage.open(stored)
            except FileNotFoundError:  # it was removed since
                continue
            # Pictures and documents are compressed as they are.
            with content, archive.open(zipfile.ZipInfo(name, made_at.timetuple()[:6]), "w") as part:
                for chunk in content.chunks():
                    part.write(chunk)
                    yield waiting.taken()
    yield waiting.taken()


class _Waiting:
    """What a zip file is written to: keeps the bytes until they are taken."""

    def __init__(self):
        self.parts = []

    def write(self, data):
        self.parts.append(bytes(data))
        return len(data)

    def flush(self):
        """Nothing to do: what was written waits to be taken."""

    def taken(self):
        data, self.parts = b"".join(self.parts), []
        return data


def reasons_to_stay(person):
    """Why ``person`` cannot be erased now, as sentences, each with what to do first; an empty list when they can."""
    return [*accounts.personal.reasons_to_stay(person), *practices.personal.reasons_to_stay(person)]


@transaction.atomic
def erase(person, *, keeps_name=False):
    """Forget ``person``: what names or reaches them is emptied, what they hold and their sessions end.

    What they wrote stays, under their office or, if they wish (``keeps_name``), under their name. Returns the reasons
    why nothing was done; an empty list when it was.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    # Two who hold one role do not both leave in the same moment.
    roles = {role for role, _country, _organisation in person.held}
    list(Membership.objects.select_for_update().filter(role__in=roles).order_by("pk").values_list("pk"))
    if reasons := reasons_to_stay(person):
        return reasons
    label = person.name if keeps_name else accounts.personal.label_of(person)
    practices.personal.forget(person, label)
    personal.forget(person, label)
    for name, table in personal.registered().items():
        for link in table.columns("removed"):
            _linked(apps.get_model(name), link, person).delete()
    accounts.personal.forget(person, label)
    raise_public_serial()  # histories show names of curators who agreed to it
    audit.record(AuditAction.ACCOUNT_CHANGED, actor=person, subject=person, changes={"is_erased": [False, True]})
    # In the log too: a backup that is restored does not know of it (manage.py erase_people).
    logger.info("Account %s is erased.", person.pk)
    return []
