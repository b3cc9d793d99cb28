"""The documented practices many times over, with all that belongs to them: whole rows, copied in SQL."""

from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Max

from practices import facets, models
from practices.models import Brief, Practice, PracticeIndex, Version
from practices.models.version import VersionRow
from practices.serial import raise_public_serial

STEP = 1_000_000  # from the number of a row to that of its next copy
ROWS_OF_PRACTICES = [models.Translation, models.Adoption, models.PracticeText]
PRACTICES_PER_BRIEF = 100
BRIEF = b"%PDF " + bytes(range(256)) * 200


def document_many(versions_count):
    """Publish what comes with the portal so many times that there are ``versions_count`` versions or a few more."""
    call_command("load_fixtures", verbosity=0)
    ordinals = PracticeIndex.objects.aggregate(last=Max("ordinal"))["last"] + 1
    times = -(-versions_count // Version.objects.count())
    with transaction.atomic():
        # A version comes after its rows: once it is there, and frozen, it takes none.
        for model in [*VersionRow.__subclasses__(), *ROWS_OF_PRACTICES]:
            _copy(model, times)
        _copy(PracticeIndex, times, ordinal=f"ordinal + n * {ordinals}")
        _copy(
            Practice,
            times,
            reference="reference || '-' || n",
            reference_number="reference_number + n * 1000",
            slug="left(slug, 110) || '-' || n",
            external_id="external_id || '-' || n",
        )
        _copy(Version, times)
        facets.rebuild()
        raise_public_serial()
    for version in Version.objects.order_by("pk")[::PRACTICES_PER_BRIEF]:
        Brief.objects.create(version=version, language="en", file=ContentFile(BRIEF, "brief.pdf"), size=len(BRIEF))


def _copy(model, times, **columns):
    """Copy every row of ``model`` ``times`` less one times; ``columns``: those of a copy that differ (SQL)."""
    names = [field.column for field in model._meta.concrete_fields]
    moved = {
        field.column: f"{field.column} + n * {STEP}"
        for field in model._meta.concrete_fields
        if field.column == "id" or field.related_model in {Practice, Version}
    }
    values = ", ".join((moved | columns).get(name, name) for name in names)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table}, generate_series(1, %s) AS n",
            [times - 1],
        )
        if "id" in moved:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
