"""Writes of resources: funds, their calls and projects, and contributions.

Each is one transaction that raises the public serial. Each raises PermissionDenied when the person does not maintain
it, Stale when somebody saved in between, TransitionError when it was removed meanwhile, and ValidationError, before
anything is written, when values break a rule of the database. ``values``: {field: clean value}, many-to-many relations
as lists of objects.
"""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from exchanges import changes, permissions
from exchanges.models import Call, Contribution, Exchange, Fund, Project
from exchanges.numbering import give_code
from exchanges.workflow.moves import allow, fresh, locked, write
from practices.refusals import TransitionError
from practices.serial import raise_public_serial

# Who hosts a fund decides who maintains it; that a source was seen is not for those whom it is about to say.
FOR_ADMINISTRATORS = frozenset({"organisation", "is_verified"})


def add_fund(by, *, form_key, values):
    """A new fund. The same ``form_key`` again gives the fund that it began."""
    allow(permissions.may_add_fund(by))
    return _begin(Fund(slug=_free_slug(values["name"])), by, form_key, values)


def add_call(fund, *, by, form_key, values):
    return _begin(Call(fund=fund), by, form_key, values)


def add_project(fund, *, by, form_key, values):
    return _begin(Project(fund=fund), by, form_key, values)


def add_contribution(by, *, form_key, values, fund=None, exchange=None):
    """What somebody gives to ``fund``, or to the project of it that is among ``values``, or to ``exchange``."""
    return _begin(Contribution(fund=fund, exchange=exchange, recorded_by=by), by, form_key, values)


@transaction.atomic
def edit(row, *, by, revision, values):
    """Change a fund, call, project or contribution, on the ``revision`` that ``by`` read. Returns the row."""
    row = _locked(row)
    allow(_may_write(by, row, values))
    fresh(row, revision)
    row.revision += 1
    return _written(row, by, values)


@transaction.atomic
def remove(row, *, by):
    """Take back a call or a contribution that was written down by mistake."""
    row = _locked(row)
    allow(_may_write(by, row, {}))
    told_of = _exchanges_of(row)
    row.delete()
    raise_public_serial()
    changes.note_all(Exchange.objects.filter(pk__in=told_of))


def _begin(row, by, form_key, values):
    model = type(row)
    allow(_may_write(by, row, values))
    known = model.objects.filter(form_key=form_key).first()
    if known is None:
        try:
            with transaction.atomic():
                row.form_key = form_key
                if isinstance(row, Project):
                    give_code(row, values["start_year"])
                return _written(row, by, values)
        except IntegrityError:
            known = model.objects.filter(form_key=form_key).first()
            if known is None:
                raise
    allow(_may_write(by, known, {}))
    return known


def _may_write(user, row, values):
    """Whether ``user`` may write ``values`` to ``row``."""
    if isinstance(row, Fund) and row.pk is None:
        return permissions.may_add_fund(user)
    if FOR_ADMINISTRATORS & values.keys() and not isinstance(row, Contribution) and not user.is_administrator:
        return False
    if isinstance(row, Contribution):
        return permissions.may_record_contribution(user, fund=_fund_of(row), exchange=row.exchange)
    return permissions.may_maintain_fund(user, row if isinstance(row, Fund) else row.fund)


def _fund_of(contribution):
    return contribution.project.fund if contribution.project_id else contribution.fund


def _locked(row):
    try:
        return locked(row)
    except type(row).DoesNotExist:
        raise TransitionError(_("It was removed while you were writing. Nothing was saved.")) from None


def _written(row, by, values):
    if isinstance(row, Contribution) and "project" in values:
        # Money for a project of the fund is the project's; it counts once.
        fund, project = _fund_of(row), values["project"]
        if project and project.fund_id != fund.pk:
            raise ValidationError({"project": _("This is not a project of the fund.")})
        values = values | {"fund": None if project else fund}
    told_of = _exchanges_of(row) if row.pk else set()
    row.updated_at, row.updated_by = timezone.now(), by
    write(row, values)
    raise_public_serial()
    changes.note_all(Exchange.objects.filter(pk__in=told_of | _exchanges_of(row)))
    return row


def _exchanges_of(row):
    """The ids of the exchanges that show ``row``: those that a project pays for, that of a contribution."""
    if isinstance(row, Project):
        return set(row.exchanges.values_list("pk", flat=True))
    return {row.exchange_id} if isinstance(row, Contribution) and row.exchange_id else set()


def _free_slug(name):
    base = slugify(name)[:70].strip("-") or "fund"
    taken = set(Fund.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug for slug in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3))) if slug not in taken
    )
